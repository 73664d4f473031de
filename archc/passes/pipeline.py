"""Passes in order, the graph verified after each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from archc.ir import Network
from archc.ir.program import Program, verify_program
from archc.ir.verify import verify
from archc.passes.concat_of_concat import FlattenConcat
from archc.passes.drop_inert import DropInert
from archc.passes.explicit_padding import ExplicitPadding
from archc.passes.fold_norm import FoldNorm
from archc.passes.fold_scale import FoldScale
from archc.passes.fuse_activation import FuseActivation
from archc.passes.fuse_add import FuseAdd
from archc.passes.logits import Logits
from archc.passes.merge_siblings import MergeSiblings
from archc.passes.project_first import ProjectFirst
from archc.passes.split_separable import SplitSeparable

__all__ = ["FOR_EXECUTION", "FOR_GRAPH", "FOR_SOURCE", "Pass", "ProgramPass", "run", "run_program"]


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
"""What the executor gets, by name and in order; on a program that `linearize` made."""

FOR_GRAPH: Mapping[str, ProgramPass] = {
    name: each for name, each in FOR_EXECUTION.items() if name != "merge_siblings"
}
"""What a graph compiler gets: a slice would end what it fuses, and it starts kernels cheaply."""


def run(network: Network, passes: Sequence[Pass]) -> Network:
    """Apply ``passes`` in order. Raises `archc.ir.verify.InvalidGraphError` on a broken one."""
    for apply in passes:
        rewritten = apply(network)
        if rewritten is not network:
            verify(rewritten)
        network = rewritten
    return network


def run_program(program: Program, passes: Iterable[ProgramPass]) -> Program:
    """Apply ``passes`` in order. Raises `archc.ir.verify.InvalidGraphError` on a broken one."""
    for one in passes:
        program = one(program)
        verify_program(program)
    return program
