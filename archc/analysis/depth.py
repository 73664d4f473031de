"""Depth: the longest chain of convolution and linear layers."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ir import Operation, Value

__all__ = ["depth"]


def depth(operations: Iterable[Operation]) -> int:
    """The most layers with kernels on any path through ``operations``, given in order.

    GoogLeNet's paper counts this way: "22 layers deep when counting only layers with
    parameters" (section 5).
    """
    reached: dict[Value, int] = {}
    for operation in operations:
        inputs = operation.inputs
        if len(inputs) == 1:
            before = reached.get(inputs[0], 0)
        else:
            before = max((reached.get(value, 0) for value in inputs), default=0)
        reached[operation.output] = before + operation.op.layers
    return max(reached.values(), default=0)
