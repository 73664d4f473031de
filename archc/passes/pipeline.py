"""From a network to the program that runs: the passes in order, verified after each.

`FOR_SOURCE` lowers the graph, `linearize` makes a program of it, `FOR_EXECUTION` improves that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from archc.ir import Network, Operation
from archc.ir.program import Instruction, Program, verify_program
from archc.ir.verify import verify
from archc.ir.weights import StoredWeight, Weights
from archc.naming import numbered
from archc.passes.arranging import DropInert, FlattenConcat, MergeSiblings, ProjectFirst
from archc.passes.folding import FoldNorm, FoldScale
from archc.passes.fusing import FuseActivation, FuseAdd
from archc.passes.lowering import ExplicitPadding, Logits, SplitSeparable
from archc.tensors.initial import starts

__all__ = [
    "FOR_EXECUTION",
    "FOR_GRAPH",
    "FOR_SOURCE",
    "Pass",
    "ProgramPass",
    "linearize",
    "run",
    "run_program",
]


class Pass(Protocol):
    """A rewrite of a network, itself where there is nothing to do; its fields are its options."""

    def __call__(self, network: Network) -> Network:
        """The rewritten network; the argument stays as it is."""


class ProgramPass(Protocol):
    """A rewrite of a program; its fields are its options."""

    def __call__(self, program: Program) -> Program:
        """The rewritten program; the argument stays as it is."""


FOR_SOURCE: tuple[Pass, ...] = (Logits(), SplitSeparable(), ExplicitPadding())
"""What every target that prints source needs: only what a framework has layers for."""

FOR_EXECUTION: Mapping[str, ProgramPass] = {
    # What does nothing must not stand between those that can be one.
    "drop_inert": DropInert(),
    "flatten_concat": FlattenConcat(),
    # All of a convolution's arithmetic is in its weights before anything else looks at it: a
    # pool in between, or a sum, would keep a norm or a factor out.
    "fold_norm": FoldNorm(),
    "fold_scale": FoldScale(),
    "project_first": ProjectFirst(),
    # A residual's activation comes after its sum, and is fused into what is there then.
    "fuse_add": FuseAdd(),
    "fuse_activation": FuseActivation(),
    # Siblings are merged where they end alike, which is only known now.
    "merge_siblings": MergeSiblings(),
}
"""The passes for the executor, by name and in order, on a program that `linearize` made."""

FOR_GRAPH: Mapping[str, ProgramPass] = {
    name: program_pass for name, program_pass in FOR_EXECUTION.items() if name != "merge_siblings"
}
"""The passes for a graph compiler, without `MergeSiblings`.

A slice would end what it fuses, and starting kernels costs it little.
"""


def run(network: Network, passes: Sequence[Pass]) -> Network:
    """Apply ``passes`` in order. Raises `archc.ir.verify.InvalidGraphError` on a broken graph."""
    for apply in passes:
        rewritten = apply(network)
        if rewritten is not network:
            verify(rewritten)
        network = rewritten
    return network


def run_program(program: Program, passes: Iterable[ProgramPass]) -> Program:
    """Apply ``passes`` in order. Raises `archc.ir.verify.InvalidGraphError` on a broken graph."""
    for apply in passes:
        program = apply(program)
        verify_program(program)
    return program


def linearize(network: Network, paths: Mapping[Operation, str]) -> Program:
    """Lay a network that has been through `FOR_SOURCE` out as a program: its main path alone.

    Before (rows, blocks)::

        conv1 = [convolution 7×7/2 -> batch norm -> relu]

    After (one instruction per operation, weights by name)::

        %1 = convolution 7×7/2 (%0)    conv1.conv
        %2 = batch norm (%1)           conv1.bn
        %3 = relu (%2)                 conv1.relu

    ``paths`` are the layers' places in the emitted module. Operations without a layer there
    are called after their row.
    """
    taken: set[str] = set()
    instructions = []
    for row in network.rows:
        for operation in row.operations():
            name = paths.get(operation) or f"{row.name}.{operation.name}"
            name = numbered(name, taken)
            taken.add(name)
            weights: dict[str, Weights] = {
                key.rpartition(".")[2]: StoredWeight(key, start.shape)
                for key, start in starts([operation], {operation: paths.get(operation, "")}).items()
            }
            instructions.append(
                Instruction(
                    name, operation.op, operation.inputs, operation.output, row.name, weights
                )
            )
    return Program(network.name, network.input, network.output, tuple(instructions))
