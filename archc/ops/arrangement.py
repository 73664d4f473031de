"""Operations that join, reshape, pad, scale or drop, and learn nothing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from archc.diagnostics import Code
from archc.ops.attributes import Number, Rate, Spread
from archc.ops.base import Elementwise, Op, expect_map, one
from archc.ops.kind import Kind
from archc.ops.shape import Shape, ShapeError, format_shapes, is_map

__all__ = ["Add", "Concat", "Dropout", "Flatten", "Identity", "Pad", "Scale"]


_STRIDES = "check the strides and padding of what it joins"


def expect_one_kind(op: Op, inputs: Sequence[Shape]) -> None:
    """An error where vectors are joined with feature maps."""
    if len({is_map(shape) for shape in inputs}) > 1:
        raise ShapeError(
            Code.WRONG_RANK,
            f"{op.names[0]} needs feature maps or vectors, not both, "
            f"these are {format_shapes(inputs)}",
            "flatten all of them, or none",
        )


class Concat(Op):
    """Tensors one after the other along the channels."""

    fresh: ClassVar = True
    kind: ClassVar = Kind.JOIN
    names: ClassVar = ("concat", "filter concat", "concatenation")
    arity: ClassVar = (1, None)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(sum of C, H, W): all sizes but the channels must agree."""
        first = inputs[0]
        for shape in inputs[1:]:
            if shape[1:] != first[1:]:
                expect_one_kind(self, inputs)
                raise ShapeError(
                    Code.SPATIAL_MISMATCH,
                    "concat needs inputs of the same height and width, "
                    f"these are {format_shapes(inputs)}",
                    _STRIDES,
                )
        return sum((shape[0] for shape in inputs[1:]), first[0]), *first[1:]


class Add(Op):
    """The sum of tensors of one shape."""

    fresh: ClassVar = True
    kind: ClassVar = Kind.JOIN
    names: ClassVar = ("add", "sum")
    arity: ClassVar = (1, None)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The shape that all inputs have."""
        first = inputs[0]
        if all(shape == first for shape in inputs[1:]):
            return first
        expect_one_kind(self, inputs)
        if all(shape[1:] == first[1:] for shape in inputs):
            raise ShapeError(
                Code.CHANNEL_MISMATCH,
                f"add needs inputs of the same channels, these are {format_shapes(inputs)}",
                f"project one of them with a {'1×1 convolution' if is_map(first) else 'linear'}",
            )
        raise ShapeError(
            Code.SPATIAL_MISMATCH,
            f"add needs inputs of the same shape, these are {format_shapes(inputs)}",
            _STRIDES,
        )


class Flatten(Op):
    """A feature map as a vector, channel by channel: (C, H, W) to (C·H·W,)."""

    names: ClassVar = ("flatten",)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C·H·W,); a vector stays."""
        shape = one(inputs)
        if not is_map(shape):
            return shape
        channels, height, width = shape
        return (channels * (height * width),)


class Pad(Op):
    """Cells of ``value`` around a feature map."""

    names: ClassVar = ("zero pad", "pad")

    padding: Spread
    value: float = 0.0

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, top + H + bottom, left + W + right)."""
        channels, height, width = expect_map(self, one(inputs))
        top, bottom, left, right = self.padding
        return channels, top + height + bottom, left + width + right

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """Whether it pads zeros."""
        return self.value == 0


class Scale(Elementwise):
    """The input times a constant (Inception-ResNet's residual scaling)."""

    names: ClassVar = ("scale",)

    by: Number


class Dropout(Elementwise):
    """Zeroes a share ``rate`` of the elements in training."""

    names: ClassVar = ("dropout",)
    parenthesis: ClassVar = "rate"

    rate: Rate = 0.5


class Identity(Elementwise):
    """The input."""

    names: ClassVar = ("identity", "pass through")
