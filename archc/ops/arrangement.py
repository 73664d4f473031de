"""Operations that join, reshape, pad, scale or drop, and learn nothing."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import ClassVar

from archc.diagnostics import Code
from archc.fields import Real, Whole, field
from archc.ops.attributes import NUMBER, RATE, SPREAD, Pads
from archc.ops.base import Elementwise, Op, expect_map, one
from archc.ops.family import Family
from archc.ops.shape import Reach, Shape, ShapeError, format_shapes, is_map
from archc.ops.wording import number_words

__all__ = [
    "Add",
    "Concat",
    "Dropout",
    "Flatten",
    "Identity",
    "Join",
    "Pad",
    "Scale",
    "Slice",
]


_STRIDES = "check the strides and padding of what it joins"


class Join(Op):
    """Several tensors made one; a join of one tensor gives that."""

    fresh: ClassVar = True
    is_linear: ClassVar = True
    keeps_sign: ClassVar = True
    family: ClassVar = Family.JOIN
    has_substitutes: ClassVar = True
    arity: ClassVar = (1, None)

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Each cell sees its own place in every input."""
        return None

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether there is one tensor alone."""
        return len(inputs) == 1

    def expect_one_kind(self, inputs: Sequence[Shape]) -> None:
        """An error where vectors are joined with feature maps."""
        if len({is_map(shape) for shape in inputs}) > 1:
            raise ShapeError(
                Code.WRONG_RANK,
                f"{self.names[0]} needs feature maps or vectors, not both, "
                f"these are {format_shapes(inputs)}",
                "flatten all of them, or none",
            )


class Concat(Join):
    """Tensors one after the other along the channels."""

    is_concatenation: ClassVar = True
    may_overwrite: ClassVar = False
    is_associative: ClassVar = True
    names: ClassVar = ("concat", "filter concat", "concatenation")
    absorbs: ClassVar = True

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(sum of C, H, W): all sizes but the channels must agree."""
        first = inputs[0]
        for shape in inputs[1:]:
            if shape[1:] != first[1:]:
                self.expect_one_kind(inputs)
                raise ShapeError(
                    Code.SPATIAL_MISMATCH,
                    "concat needs inputs of the same height and width, "
                    f"these are {format_shapes(inputs)}",
                    _STRIDES,
                )
        return sum((shape[0] for shape in inputs[1:]), first[0]), *first[1:]

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Filter Concat``, as papers call it."""
        return ("Filter Concat",)


class Add(Join):
    """The sum of tensors of one shape."""

    is_sum: ClassVar = True
    takes_activation: ClassVar = True
    is_associative: ClassVar = True
    order_matters: ClassVar = False
    names: ClassVar = ("add", "sum")

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The shape that all inputs have."""
        first = inputs[0]
        if all(shape == first for shape in inputs[1:]):
            return first
        self.expect_one_kind(inputs)
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

    def temporaries(self, inputs: Sequence[Shape], output: Shape, element: int) -> int:
        """A sum of three tensors or more adds two at a time."""
        return prod(output) * element if len(inputs) > 2 else 0

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``+``."""
        return ("+",)


class Flatten(Op):
    """A feature map as a vector, channel by channel: (C, H, W) to (C·H·W,)."""

    is_linear: ClassVar = True
    is_view: ClassVar = True
    keeps_sign: ClassVar = True
    may_overwrite: ClassVar = False
    names: ClassVar = ("flatten",)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C·H·W,); a vector stays."""
        shape = one(inputs)
        if not is_map(shape):
            return shape
        channels, height, width = shape
        return (channels * (height * width),)

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """All elements of the vector together see the whole map."""
        return Reach(source[1]), Reach(source[2])

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether it is a vector already."""
        return not is_map(one(inputs))


class Pad(Op):
    """Cells of ``value`` around a feature map."""

    is_linear: ClassVar = True
    may_overwrite: ClassVar = False
    names: ClassVar = ("zero pad", "pad")

    padding: Pads = field(SPREAD)
    value: float = field(Real(), default=0.0)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, top + H + bottom, left + W + right)."""
        channels, height, width = expect_map(self, one(inputs))
        top, bottom, left, right = self.padding
        return channels, top + height + bottom, left + width + right

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """Whether it pads zeros."""
        return self.value == 0

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """The cell in its place, behind the padding."""
        top, _, left, _ = self.padding
        return Reach(1, 1, top), Reach(1, 1, left)

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether it pads nothing."""
        return not any(self.padding)

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Pad 1``, or the cells on each side."""
        sides = self.padding[:1] if len(set(self.padding)) == 1 else self.padding
        return (f"Pad {', '.join(map(str, sides))}",)


class Scale(Elementwise):
    """The input times a constant (Inception-ResNet's residual scaling)."""

    is_linear: ClassVar = True
    names: ClassVar = ("scale",)

    by: float = field(NUMBER)

    @property
    def factor(self) -> float:
        """``by``."""
        return self.by

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether it is times one."""
        return self.by == 1

    def describe(self) -> str:
        """``scale by 0.1``."""
        return f"{self.names[0]} by {number_words(self.by)}"

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``× 0.1``."""
        return (f"× {self.by:g}",)


class Dropout(Elementwise):
    """Zeroes a share ``rate`` of the elements in training."""

    is_linear: ClassVar = True
    is_view: ClassVar = True
    keeps_sign: ClassVar = True
    is_noise: ClassVar = True
    names: ClassVar = ("dropout",)
    parenthesis: ClassVar = "rate"

    rate: float = field(RATE, default=0.5)

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """In evaluation it drops nothing."""
        return True

    def describe(self) -> str:
        """``dropout 40%``."""
        return f"{self.names[0]} {number_words(100 * self.rate)}%"

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Dropout 40%``."""
        return (f"Dropout {self.rate:.0%}",)


class Identity(Elementwise):
    """The input."""

    is_linear: ClassVar = True
    is_view: ClassVar = True
    keeps_sign: ClassVar = True
    names: ClassVar = ("identity", "pass through")

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Always."""
        return True


class Slice(Op):
    """The channels from ``start`` to ``stop``, which is not included.

    Only programs have it (see `archc.ir.program`): no table says it, so `OPS` leaves it out.
    """

    is_linear: ClassVar = True
    is_view: ClassVar = True
    keeps_sign: ClassVar = True
    names: ClassVar = ("slice",)
    said_elsewhere: ClassVar = frozenset({"start", "stop"})

    start: int = field(Whole())
    stop: int = field(Whole())

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(stop - start, H, W)."""
        return self.stop - self.start, *one(inputs)[1:]

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Each cell sees its own place."""
        return None

    def size_words(self) -> str:
        """``64:128``."""
        return f"{self.start}:{self.stop}"
