"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from archc.diagnostics import Code
from archc.fields import Maybe, field
from archc.ops.attributes import CHANNELS, FLAG, NUMBER
from archc.ops.base import Op, one
from archc.ops.convolution import kernel_and_bias
from archc.ops.family import Family
from archc.ops.initialization import INITIAL, Initializer
from archc.ops.shape import Reach, Shape, ShapeError, format_shape, is_map
from archc.ops.tensor import LayerTensor

__all__ = ["Linear"]


class Linear(Op):
    """A fully connected layer, (N,) to (filters,)."""

    fresh: ClassVar = True
    folds: ClassVar = True
    takes_activation: ClassVar = True
    may_overwrite: ClassVar = False
    is_linear: ClassVar = True
    family: ClassVar = Family.LINEAR
    names: ClassVar = ("linear", "fully connected", "fc", "dense")
    layers: ClassVar = 1
    has_substitutes: ClassVar = True
    said_elsewhere: ClassVar = frozenset({"bias"})

    filters: int = field(CHANNELS)
    bias: bool = field(FLAG, default=True)
    weight_init: Initializer | None = field(INITIAL, default=None)
    bias_init: float | None = field(Maybe(NUMBER), default=None)

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

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """A vector has no cells."""
        return None

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """A kernel (filters, N), and a bias for each filter."""
        kernel = (self.filters, one(inputs)[0])
        return kernel_and_bias(kernel, self.bias, self.weight_init, self.bias_init)

    def describe(self) -> str:
        """``linear 1000``."""
        return f"{self.names[0]} {self.filters}"

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Linear``, and the filters."""
        return "Linear", f"{self.filters}"
