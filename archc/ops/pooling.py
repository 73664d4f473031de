"""Pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import field_validator, model_validator

from archc.diagnostics import Code
from archc.ops.attributes import Affirmed, Pair
from archc.ops.base import Op, Windows, expect_map, one
from archc.ops.kind import Kind
from archc.ops.shape import Shape, ShapeError
from archc.ops.windowed import Windowed

__all__ = ["AdaptiveAvgPool", "AvgPool", "GlobalAvgPool", "MaxPool", "Pool"]


class Pool(Windowed):
    """Max or average over windows, (C, H, W) to (C, H', W').

    ``ceil`` lets the last window hang over the end, as Caffe's pools do.
    """

    ceil: Affirmed = False

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, H', W'); the padding is at most half a window, so that none is empty."""
        channels, height, width = expect_map(self, one(inputs))
        top, bottom, left, right = self.pads(height, width)
        tall, wide = self.kernel
        if self.padding != "same" and (2 * max(top, bottom) > tall or 2 * max(left, right) > wide):
            raise ShapeError(
                Code.BAD_PADDING,
                f"padding {max(top, bottom)}×{max(left, right)} is more than half "
                f"of the {tall}×{wide} window",
                f"pad by at most {tall // 2}×{wide // 2}",
                ("padding", "kernel"),
            )
        return channels, *self.spatial(height, width, self.ceil)

    def even_padding(self, height: int, width: int) -> tuple[int, int] | None:
        """Symmetric padding (height, width) that gives the same windows in ceil mode, if any.

        Windows that hang over the end in ceil mode ignore what is not there, as SAME's do.
        """
        top, bottom, left, right = self.pads(height, width)
        tall, wide = self.extents
        if not (top <= bottom and left <= right):
            return None
        if 2 * top > self.kernel[0] or 2 * left > self.kernel[1]:
            return None
        hanging = (
            Windows.count(height, tall, self.stride[0], (top, top), True),
            Windows.count(width, wide, self.stride[1], (left, left), True),
        )
        return (top, left) if hanging == self.spatial(height, width, self.ceil) else None


class MaxPool(Pool):
    """The largest value of each window; padding never wins."""

    kind: ClassVar = Kind.MAX_POOL
    names: ClassVar = ("max pool", "max pooling", "max")


class AvgPool(Pool):
    """The mean of each window; ``count include pad`` says whether padding counts as zeros."""

    kind: ClassVar = Kind.AVG_POOL
    names: ClassVar = ("avg pool", "average pool", "average pooling", "ave pool", "avg")

    count_include_pad: Affirmed = True

    @model_validator(mode="before")
    @classmethod
    def _same_excludes_padding(cls, data: Any) -> Any:
        """TensorFlow's SAME pools average over real cells only, unless the spec says so."""
        if not isinstance(data, dict) or data.get("padding") != "same":
            return data
        if "count_include_pad" in data or "count include pad" in data:
            return data
        return {**data, "count_include_pad": False}

    @field_validator("dilation")
    @classmethod
    def _no_dilation(cls, value: tuple[int, int]) -> tuple[int, int]:
        if value != (1, 1):
            raise ValueError("leave it out: an average pool has no dilation")
        return value

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, H', W'). Uneven padding can be left out of the mean only where ceil mode can."""
        shape = super().infer(inputs)
        _, height, width = one(inputs)
        pads = self.pads(height, width)
        uneven = pads[0] != pads[1] or pads[2] != pads[3]
        if uneven and not self.count_include_pad and self.even_padding(height, width) is None:
            raise ShapeError(
                Code.BAD_PADDING,
                f"padding {list(pads)} differs between sides and is not counted in the mean",
                "use `count include pad: true`, or the same padding on both sides",
                ("padding", "count_include_pad"),
            )
        return shape


class AdaptiveAvgPool(Op):
    """The mean over a grid of ``output`` cells whatever the input's size (torch's rule)."""

    kind: ClassVar = Kind.AVG_POOL
    names: ClassVar = ("adaptive avg pool", "adaptive average pool")

    output: Pair

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, *output)."""
        channels, _, _ = expect_map(self, one(inputs))
        return channels, *self.output


class GlobalAvgPool(Op):
    """The mean of each channel, (C, H, W) to (C, 1, 1)."""

    kind: ClassVar = Kind.AVG_POOL
    names: ClassVar = ("global avg pool", "global average pool", "global pool")

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, 1, 1)."""
        channels, _, _ = expect_map(self, one(inputs))
        return channels, 1, 1
