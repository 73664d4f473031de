"""Lay a graph out as a program: one instruction per operation, weights by name.

Before (rows, blocks)::

    conv1 = [convolution 7×7/2 -> batch norm -> relu]

After::

    %1 = convolution 7×7/2 (%0)    conv1.conv
    %2 = batch norm (%1)           conv1.bn
    %3 = relu (%2)                 conv1.relu
"""

from __future__ import annotations

from collections.abc import Mapping

from archc.ir import Network, Operation
from archc.ir.program import Instruction, Program
from archc.ir.weights import Stored, Weights
from archc.naming import numbered
from archc.tensors.initial import starts

__all__ = ["linearize"]


def linearize(network: Network, paths: Mapping[Operation, str]) -> Program:
    """The main path of a network that has been through `archc.passes.pipeline.FOR_SOURCE`.

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
                key.rpartition(".")[2]: Stored(key, start.shape)
                for key, start in starts([operation], {operation: paths.get(operation, "")}).items()
            }
            instructions.append(
                Instruction(
                    name, operation.op, operation.inputs, operation.output, row.name, weights
                )
            )
    return Program(network.name, network.input, network.output, tuple(instructions))
