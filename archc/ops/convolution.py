"""Convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from archc.diagnostics import Code
from archc.ops.attributes import Affirmed, Channels, Number
from archc.ops.base import expect_map, one
from archc.ops.initialization import Initial
from archc.ops.kind import Kind
from archc.ops.shape import Shape, ShapeError
from archc.ops.windowed import Windowed

__all__ = ["Convolution", "SeparableConvolution"]


class Convolution(Windowed):
    """A two-dimensional convolution, (C, H, W) to (filters, H', W')."""

    fresh: ClassVar = True
    kind: ClassVar = Kind.CONVOLUTION
    names: ClassVar = ("convolution", "conv", "conv2d")
    short: ClassVar = "conv"
    layers: ClassVar = 1

    filters: Channels
    groups: Channels = 1
    bias: Affirmed = True
    weight_init: Initial = None
    bias_init: Number | None = None

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

    def weights(self, inputs: Sequence[Shape]) -> int:
        """Kernel height · kernel width · C / groups · filters."""
        channels = one(inputs)[0]
        return self.kernel[0] * self.kernel[1] * (channels // self.groups) * self.filters

    def params(self, inputs: Sequence[Shape]) -> int:
        """Weights, and one bias per filter."""
        return self.weights(inputs) + (self.filters if self.bias else 0)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Every weight once per output position."""
        return self.weights(inputs) * output[1] * output[2]


class SeparableConvolution(Windowed):
    """A depthwise convolution of ``multiplier`` kernels per channel, then a 1×1 convolution.

    The depthwise part has no bias and no activation, as in GoogLeNet's and TF-slim's stems.
    """

    fresh: ClassVar = True
    kind: ClassVar = Kind.CONVOLUTION
    names: ClassVar = ("separable convolution", "depthwise-separable convolution", "sepconv")
    short: ClassVar = "conv"
    layers: ClassVar = 2

    filters: Channels
    multiplier: Channels = 1
    bias: Affirmed = True
    weight_init: Initial = None
    bias_init: Number | None = None

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, H', W')."""
        _, height, width = expect_map(self, one(inputs))
        return self.filters, *self.spatial(height, width)

    def weights(self, inputs: Sequence[Shape]) -> int:
        """Kh · kw · C · multiplier depthwise and C · multiplier · filters pointwise."""
        middle = one(inputs)[0] * self.multiplier
        return self.kernel[0] * self.kernel[1] * middle + middle * self.filters

    def params(self, inputs: Sequence[Shape]) -> int:
        """Weights, and one bias per filter of the 1×1 convolution."""
        return self.weights(inputs) + (self.filters if self.bias else 0)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Both parts work on the output's positions, as the depthwise one has the stride."""
        return self.weights(inputs) * output[1] * output[2]
