"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from archc.diagnostics import Code
from archc.ops.attributes import Affirmed, Channels, Number
from archc.ops.base import Op, one
from archc.ops.initialization import Initial
from archc.ops.kind import Kind
from archc.ops.shape import Shape, ShapeError, format_shape, is_map

__all__ = ["Linear"]


class Linear(Op):
    """A fully connected layer, (N,) to (filters,)."""

    fresh: ClassVar = True
    kind: ClassVar = Kind.LINEAR
    names: ClassVar = ("linear", "fully connected", "fc", "dense")
    layers: ClassVar = 1

    filters: Channels
    bias: Affirmed = True
    weight_init: Initial = None
    bias_init: Number | None = None

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(filters,)."""
        shape = one(inputs)
        if is_map(shape):
            raise ShapeError(
                Code.WRONG_RANK,
                f"linear needs a vector, its input is a feature map of {format_shape(shape)}",
                "put `{type: flatten, unlisted: true}` before it",
            )
        return (self.filters,)

    def weights(self, inputs: Sequence[Shape]) -> int:
        """N · filters."""
        return one(inputs)[0] * self.filters

    def params(self, inputs: Sequence[Shape]) -> int:
        """Weights, and one bias per filter."""
        return self.weights(inputs) + (self.filters if self.bias else 0)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Every weight once."""
        return self.weights(inputs)
