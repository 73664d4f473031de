"""Convolutions."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import ClassVar, TypeGuard

from archc.diagnostics import Code
from archc.fields import Maybe, field
from archc.ops.attributes import CHANNELS, FLAG, NUMBER, Pair
from archc.ops.base import Op, expect_map, one
from archc.ops.family import Family
from archc.ops.initialization import INITIAL, Initializer
from archc.ops.shape import Shape, ShapeError
from archc.ops.tensor import LayerTensor, Role
from archc.ops.windowed import Windowed
from archc.ops.wording import pair_words

__all__ = ["Convolution", "SeparableConvolution", "is_pointwise", "kernel_and_bias"]


class Convolution(Windowed):
    """A two-dimensional convolution, (C, H, W) to (filters, H', W')."""

    fresh: ClassVar = True
    folds: ClassVar = True
    takes_sum: ClassVar = True
    takes_activation: ClassVar = True
    is_linear: ClassVar = True
    family: ClassVar = Family.CONVOLUTION
    names: ClassVar = ("convolution", "conv", "conv2d")
    short: ClassVar = "conv"
    layers: ClassVar = 1
    has_substitutes: ClassVar = True
    said_elsewhere: ClassVar = Windowed.said_elsewhere | {"bias"}

    filters: int = field(CHANNELS)
    groups: int = field(CHANNELS, default=1)
    bias: bool = field(FLAG, default=True)
    weight_init: Initializer | None = field(INITIAL, default=None)
    bias_init: float | None = field(Maybe(NUMBER), default=None)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, H', W'); both channel counts must be multiples of ``groups``."""
        channels, height, width = expect_map(self, one(inputs))
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(
                Code.BAD_GROUPS,
                f"{self.groups} groups do not divide {channels} input channels "
                f"and {self.filters} filters",
                "choose a number of groups that divides both",
                ("groups", "filters"),
            )
        return self.filters, *self.spatial(height, width)

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """A kernel of C / groups · kernel height · kernel width for each filter, and its bias."""
        kernel = (self.filters, one(inputs)[0] // self.groups, *self.kernel)
        return kernel_and_bias(kernel, self.bias, self.weight_init, self.bias_init)

    def describe(self) -> str:
        """``convolution 3×3/1, 64 filters``."""
        return f"{super().describe()}, {self.filters} filters"

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """Leave out padding below and right of what the last window reaches: it has no effect.

        Neither has the stride of a single window, nor the dilation of a kernel of one cell.
        """
        top, _, left, _ = self.pads(*source[1:])
        steps = _where(self.stride, output[1:])
        gaps = _where(self.dilation, self.kernel)
        windows = self.kernel, steps, gaps, (top, left)
        return Convolution, windows, self.filters, self.groups, self.bias, output

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``3×3``, what is special about the window, and the filters."""
        depthwise = self.groups == one(inputs)[0] > 1
        grouped = "" if self.groups == 1 else f", {self.groups} groups"
        return (
            f"{pair_words(self.kernel)}{' depthwise' if depthwise else grouped}",
            *self.window_lines(),
            f"{self.filters}",
        )


class SeparableConvolution(Windowed):
    """A depthwise convolution of ``multiplier`` kernels per channel, then a 1×1 convolution.

    The depthwise part has no bias and no activation, as in GoogLeNet's and TF-slim's stems.
    """

    fresh: ClassVar = True
    is_linear: ClassVar = True
    family: ClassVar = Family.CONVOLUTION
    names: ClassVar = ("separable convolution", "depthwise-separable convolution", "sepconv")
    short: ClassVar = "conv"
    layers: ClassVar = 2
    has_substitutes: ClassVar = True
    said_elsewhere: ClassVar = Convolution.said_elsewhere

    filters: int = field(CHANNELS)
    multiplier: int = field(CHANNELS, default=1)
    bias: bool = field(FLAG, default=True)
    weight_init: Initializer | None = field(INITIAL, default=None)
    bias_init: float | None = field(Maybe(NUMBER), default=None)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, H', W')."""
        _, height, width = expect_map(self, one(inputs))
        return self.filters, *self.spatial(height, width)

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """Kh · kw · C · multiplier depthwise, C · multiplier · filters pointwise, and a bias.

        Both parts work on the output's positions, as the depthwise one has the stride.
        """
        middle = one(inputs)[0] * self.multiplier
        (depthwise,) = kernel_and_bias((middle, 1, *self.kernel), False, self.weight_init, None)
        pointwise = (self.filters, middle, 1, 1)
        parts = kernel_and_bias(pointwise, self.bias, self.weight_init, self.bias_init)
        return (
            depthwise._replace(name="depthwise.weight"),
            *(part._replace(name=f"pointwise.{part.name}") for part in parts),
        )

    def describe(self) -> str:
        """``separable convolution 7×7/2, 64 filters``."""
        return f"{super().describe()}, {self.filters} filters"

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``3×3 separable``, what is special about the window, and the filters."""
        return f"{pair_words(self.kernel)} separable", *self.window_lines(), f"{self.filters}"


def _where(values: Pair, sizes: Sequence[int]) -> Pair:
    """Keep the values of directions with more than one of ``sizes``; 1 in the others."""
    (down, right), (rows, columns) = values, sizes
    return down if rows > 1 else 1, right if columns > 1 else 1


def is_pointwise(op: Op, source: Shape) -> TypeGuard[Convolution]:
    """Whether ``op`` is a 1×1 convolution of all channels and all cells of ``source``."""
    return (
        isinstance(op, Convolution)
        and op.kernel == op.stride == (1, 1)
        and op.groups == 1
        and not any(op.pads(*source[1:]))
    )


def kernel_and_bias(
    shape: tuple[int, ...], bias: bool, kernel_start: Initializer | None, bias_start: float | None
) -> tuple[LayerTensor, ...]:
    """A kernel (out, in, …), and a bias for each output where there is one."""
    fan_in = prod(shape[1:])
    kernel = LayerTensor("weight", shape, Role.KERNEL, kernel_start, fan_in)
    if not bias:
        return (kernel,)
    return kernel, LayerTensor("bias", shape[:1], Role.BIAS, bias_start, fan_in)
