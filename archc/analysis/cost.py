"""What operations cost, in params, weights and multiply-adds (see `archc.ops.base`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archc.ir import Operation

__all__ = ["CONVENTION", "Cost", "cost", "total"]

CONVENTION = (
    "params: learned weights and biases, and a norm's scale and shift; "
    "weights: kernels of convolutions and linear layers alone; "
    "ops: multiply-adds of convolutions and linear layers for one sample, one operation each, "
    "without bias, norm and pooling"
)
"""The counting convention, in words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Params, kernel weights and multiply-adds for one sample."""

    params: int = 0
    weights: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params, self.weights + other.weights, self.macs + other.macs
        )


def cost(operation: Operation) -> Cost:
    """The cost of one operation."""
    op, shapes = operation.op, operation.input_shapes
    return Cost(op.params(shapes), op.weights(shapes), op.macs(shapes, operation.output.shape))


def total(operations: Iterable[Operation]) -> Cost:
    """The cost of several operations."""
    params = weights = macs = 0
    for operation in operations:
        op, shapes = operation.op, operation.input_shapes
        its_params, its_weights = op.counts(shapes)
        params += its_params
        weights += its_weights
        if its_weights:
            macs += its_weights * op.positions(shapes, operation.output.shape)
    return Cost(params, weights, macs)
