"""Pooling."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import prod
from typing import Any, ClassVar

from archc.diagnostics import Code
from archc.fields import Written, field
from archc.ops.attributes import FLAG, PAIR, Pads, Pair
from archc.ops.base import Op, expect_map, one
from archc.ops.family import Family
from archc.ops.shape import Reach, Shape, ShapeError
from archc.ops.windowed import Windowed, Windows
from archc.ops.wording import pair_words

__all__ = ["AdaptiveAvgPool", "AvgPool", "GlobalAvgPool", "MaxPool", "Pool"]

Cells = tuple[int, ...]
"""Places along one direction of a map."""

Share = tuple[Cells, int]
"""The real cells of a mean, and the number that it divides by."""


class Pool(Windowed):
    """Max or average over windows, (C, H, W) to (C, H', W').

    ``ceil`` lets the last window hang over the end, as Caffe's pools do.
    """

    keeps_sign: ClassVar = True
    has_substitutes: ClassVar = True

    ceil: bool = field(FLAG, default=False)

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

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether each window is the one cell in its place."""
        source = expect_map(self, one(inputs))
        _, height, width = source
        return self.spatial(height, width, self.ceil) == (height, width) and all(
            cells == (place,)
            for axis in (0, 1)
            for place, cells in enumerate(self._real_cells(source, source, axis))
        )

    def _windows(self, source: Shape, output: Shape, axis: int) -> Iterator[range]:
        """The cells of each window along an axis, those in the padding too."""
        extent, step, gap = self.extents[axis], self.stride[axis], self.dilation[axis]
        before = self.pads(*source[1:])[2 * axis]
        for index in range(output[1 + axis]):
            start = index * step - before
            yield range(start, start + extent, gap)

    def _real_cells(self, source: Shape, output: Shape, axis: int) -> tuple[Cells, ...]:
        """The cells of each window along an axis that are not in the padding."""
        size = source[1 + axis]
        return tuple(
            tuple(cell for cell in window if 0 <= cell < size)
            for window in self._windows(source, output, axis)
        )

    def layer_takes(self, height: int, width: int) -> bool:
        """A layer's padding is at most half its kernel."""
        return 2 * height <= self.kernel[0] and 2 * width <= self.kernel[1]

    @property
    def ignores_padding(self) -> bool:
        """Whether padding never reaches the result, so that a window may as well hang over it."""
        return True

    def reached_padding(self, source: Shape, output: Shape) -> Pads:
        """The padding that some window reaches.

        In ceil mode a window may not start in the padding behind the input; once that padding is
        part of the input it may, unless it ends with the last window.
        """
        top, bottom, left, right = self.pads(*source[1:])
        (tall, wide), (down, across) = self.extents, self.stride
        below = Windows.beyond(source[1], tall, down, top, output[1])
        behind = Windows.beyond(source[2], wide, across, left, output[2])
        return top, max(min(bottom, below), 0), left, max(min(right, behind), 0)

    def even_padding(self, height: int, width: int) -> tuple[int, int] | None:
        """Symmetric padding (height, width) that gives the same windows in ceil mode, if any.

        Windows that hang over the end in ceil mode ignore what is not there, as SAME's do.
        """
        if not self.ignores_padding:
            return None
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

    family: ClassVar = Family.MAX_POOL
    names: ClassVar = ("max pool", "max pooling", "max")
    pad_value: ClassVar = -float("inf")

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """The real cells of each window."""
        return MaxPool, *(self._real_cells(source, output, axis) for axis in (0, 1))

    def temporaries(self, inputs: Sequence[Shape], output: Shape, element: int) -> int:
        """Indices that nobody reads, in int64.

        ``torch.max_pool2d`` calls ``max_pool2d_with_indices``.
        """
        return 8 * prod(output)

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Pool``, the window, and what is special about it."""
        return "Pool", f"{pair_words(self.kernel)} max", *self.window_lines()


def _undilated(value: Any) -> Any:
    if value not in (1, [1, 1], (1, 1)) or isinstance(value, bool):
        raise ValueError("leave it out: an average pool has no dilation")
    return 1, 1


class AvgPool(Pool):
    """The mean of each window; ``count include pad`` says whether padding counts as zeros."""

    is_linear: ClassVar = True
    takes_activation: ClassVar = True
    family: ClassVar = Family.AVG_POOL
    names: ClassVar = ("avg pool", "average pool", "average pooling", "ave pool", "avg")

    dilation: Pair = field(Written(_undilated, PAIR.described), default=(1, 1))
    count_include_pad: bool = field(FLAG, default=True)

    @classmethod
    def prepare(cls, values: dict[str, Any]) -> dict[str, Any]:
        """TensorFlow's SAME pools average over real cells only, unless the spec says so."""
        if values.get("padding") != "same" or "count_include_pad" in values:
            return values
        return {**values, "count_include_pad": False}

    @property
    def ignores_padding(self) -> bool:
        """Whether padding is left out of the mean."""
        return not self.count_include_pad

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, H', W'). Uneven padding can be left out of the mean only where ceil mode can."""
        shape = super().infer(inputs)
        _, height, width = one(inputs)
        pads = self.pads(height, width)
        uneven = pads[0] != pads[1] or pads[2] != pads[3]
        if uneven and self.ignores_padding and self.even_padding(height, width) is None:
            raise ShapeError(
                Code.BAD_PADDING,
                f"padding {list(pads)} differs between sides and is not counted in the mean",
                "use `count include pad: true`, or the same padding on both sides",
                ("padding", "count_include_pad"),
            )
        return shape

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """The real cells of each mean, and the number that it divides by."""
        return AvgPool, *(self._shares(source, output, axis) for axis in (0, 1))

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether each mean is that of the one cell in its place, divided by one."""
        source = expect_map(self, one(inputs))
        _, height, width = source
        return self.spatial(height, width, self.ceil) == (height, width) and all(
            share == ((place,), 1)
            for axis in (0, 1)
            for place, share in enumerate(self._shares(source, source, axis))
        )

    def _shares(self, source: Shape, output: Shape, axis: int) -> tuple[Share, ...]:
        cells = self._real_cells(source, output, axis)
        if self.ignores_padding:
            return tuple((each, len(each)) for each in cells)
        end = source[1 + axis] + self.pads(*source[1:])[2 * axis + 1]
        windows = self._windows(source, output, axis)
        divisors = (min(window.stop, end) - window.start for window in windows)
        return tuple(zip(cells, divisors, strict=True))

    def absorbing(self, before: Op, source: Shape) -> Op | None:
        """The same window with the padding of a layer before it, if that counts in the mean."""
        return None if self.ignores_padding else super().absorbing(before, source)

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Pool``, the window, and what is special about it."""
        return "Pool", f"{pair_words(self.kernel)} average", *self.window_lines()


class _WholeMapPool(Op):
    """A mean over cells that the input's size decides."""

    is_linear: ClassVar = True
    keeps_sign: ClassVar = True
    may_overwrite: ClassVar = False
    family: ClassVar = Family.AVG_POOL
    has_substitutes: ClassVar = True

    def is_inert(self, inputs: Sequence[Shape]) -> bool:
        """Whether each mean is that of the one cell in its place."""
        return one(inputs) == self.infer(inputs)

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """What an average pool over the same cells does: see `AvgPool.effect`."""
        shares = []
        for size, count in zip(source[1:], output[1:], strict=True):
            bounds = [(n * size // count, -(-(n + 1) * size // count)) for n in range(count)]
            shares.append(tuple((tuple(range(a, b)), b - a) for a, b in bounds))
        return AvgPool, *shares

    def fvcore_flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One for each element that it reads (fvcore 0.1.5, ``elementwise_flop_counter``)."""
        return prod(one(inputs))


class AdaptiveAvgPool(_WholeMapPool):
    """The mean over a grid of ``output`` cells whatever the input's size (torch's rule)."""

    names: ClassVar = ("adaptive avg pool", "adaptive average pool")

    output: Pair = field(PAIR)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, *output)."""
        channels, _, _ = expect_map(self, one(inputs))
        return channels, *self.output

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Cell ``i`` of ``k`` sees ⌊i·n/k⌋ to ⌈(i+1)·n/k⌉ - 1 of ``n`` (torch's rule).

        Where k does not divide n, windows differ; it is the middle one that is exact.
        """
        tall, wide = source[1:]
        rows, columns = self.output
        return _middle_window(tall, rows), _middle_window(wide, columns)

    def describe(self) -> str:
        """``adaptive avg pool 4×4``."""
        return f"{self.names[0]} {pair_words(self.output)}"

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Pool``, and its grid."""
        return "Pool", f"average to {pair_words(self.output)}"


class GlobalAvgPool(_WholeMapPool):
    """The mean of each channel, (C, H, W) to (C, 1, 1)."""

    names: ClassVar = ("global avg pool", "global average pool", "global pool")

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(C, 1, 1)."""
        channels, _, _ = expect_map(self, one(inputs))
        return channels, 1, 1

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """The whole map."""
        return Reach(source[1]), Reach(source[2])

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Pool``, and that it is global."""
        return "Pool", "global average"


def _middle_window(cells: int, wanted: int) -> Reach:
    from fractions import Fraction  # which not every start pays for

    middle, stride = wanted // 2, Fraction(cells, wanted)
    start = middle * cells // wanted
    end = -(-(middle + 1) * cells // wanted)
    return Reach(end - start, stride, middle * stride - start)
