"""What convolutions and pools share: a window that slides over a padded feature map."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, ClassVar

from archc.diagnostics import Code
from archc.fields import field
from archc.ops.arrangement import Pad
from archc.ops.attributes import PADDING, PAIR, Padding, Pads, Pair
from archc.ops.base import Op
from archc.ops.shape import Reach, Shape, ShapeError
from archc.ops.wording import pair_words, short_words

__all__ = ["Windowed", "Windows"]


class Windows:
    """The arithmetic of sliding windows, along one direction (torch's, in integers)."""

    @staticmethod
    def extent(kernel: int, dilation: int) -> int:
        """Cells from a window's first to its last, both included."""
        return dilation * (kernel - 1) + 1

    @staticmethod
    def same(size: int, extent: int, stride: int) -> tuple[int, int]:
        """Padding before and after that TensorFlow's SAME adds; an odd cell goes after.

        Symmetric for stride 1 and an odd extent.
        """
        total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
        return total // 2, total - total // 2

    @staticmethod
    def count(size: int, extent: int, stride: int, pads: tuple[int, int], ceil: bool) -> int:
        """How many windows fit. With ``ceil`` the last one may hang over the end.

        A window that would start beyond the input and its leading padding does not count
        (torch's rule in ``pooling_output_shape``).
        """
        room = size + sum(pads) - extent
        if not ceil:
            return room // stride + 1
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= size + pads[0] else count

    @staticmethod
    def beyond(size: int, extent: int, stride: int, before: int, count: int) -> int:
        """Cells that the last of ``count`` windows reaches behind the input.

        Below zero where it ends inside; the first window begins ``before`` cells in front.
        """
        return (count - 1) * stride + extent - before - size


class Windowed(Op):
    """A kernel of height×width that moves by ``stride`` over the padded input."""

    may_overwrite: ClassVar = False
    said_elsewhere: ClassVar = frozenset({"kernel", "stride"})
    pad_value: ClassVar[float] = 0.0
    """What stands in the padding."""

    kernel: Pair = field(PAIR)
    stride: Pair = field(PAIR, default=(1, 1))
    padding: Padding = field(PADDING, default=(0, 0, 0, 0))
    dilation: Pair = field(PAIR, default=(1, 1))

    @property
    def extents(self) -> tuple[int, int]:
        """Height and width that one window covers."""
        return _extents(self.kernel, self.dilation)

    def pads(self, height: int, width: int) -> Pads:
        """The padding in cells around an input of ``height × width``."""
        return _pads(self.padding, self.extents, self.stride, height, width)

    def spatial(self, height: int, width: int, ceil: bool = False) -> tuple[int, int]:
        """Height and width of the output. Raises `ShapeError` when no window fits."""
        rows, columns = _fitting(
            self.kernel, self.stride, self.padding, self.dilation, height, width, ceil
        )
        if rows >= 1 and columns >= 1:
            return rows, columns
        top, bottom, left, right = self.pads(height, width)
        tall, wide = self.extents
        raise ShapeError(
            Code.EMPTY_OUTPUT,
            f"a window of {tall}×{wide} does not fit into {height}×{width}"
            + (
                f" padded to {height + top + bottom}×{width + left + right}"
                if any((top, bottom, left, right))
                else ""
            ),
            "use a smaller kernel, more padding, or fewer strides before this row",
            ("kernel", "padding"),
        )

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """The window that the output cell stands for."""
        (tall, wide), (down, right) = self.extents, self.stride
        top, _, left, _ = self.pads(*source[1:])
        return Reach(tall, down, top), Reach(wide, right, left)

    def layer_takes(self, height: int, width: int) -> bool:
        """Whether a framework's layer takes this padding, the same on opposite sides."""
        return True

    def even_padding(self, height: int, width: int) -> tuple[int, int] | None:
        """Symmetric padding (height, width) that gives the same windows in ceil mode, if any."""
        return None

    def reached_padding(self, source: Shape, output: Shape) -> Pads:
        """The padding around a map of shape ``source`` that some window may need."""
        return self.pads(*source[1:])

    def values_on(self, source: Shape) -> dict[str, Any]:
        """The attributes with the padding in cells."""
        return {**self.values(), "padding": self.pads(*source[1:])}

    def absorbing(self, before: Op, source: Shape) -> Op | None:
        """The same window with the padding of a layer before it as its own."""
        if not isinstance(before, Pad) or before.value != self.pad_value:
            return None
        own = self.pads(*source[1:])
        return self.replace(padding=tuple(map(sum, zip(own, before.padding, strict=True))))

    def size_words(self) -> str:
        """Kernel and stride, as tables print them: ``3×3/2``; a stride of 1 is left out."""
        step = "" if self.stride == (1, 1) else f"/{short_words(self.stride)}"
        return f"{pair_words(self.kernel)}{step}"

    def patch_words(self) -> str:
        """``3×3/1``."""
        return f"{pair_words(self.kernel)}/{short_words(self.stride)}"

    def describe(self) -> str:
        """``max pool 3×3/1``."""
        return f"{self.names[0]} {self.patch_words()}"

    def window_lines(self) -> tuple[str, ...]:
        """Stride and dilation as a figure's box says them, where there are any."""
        sizes = (("stride", self.stride), ("dilation", self.dilation))
        return tuple(f"{name} {short_words(size)}" for name, size in sizes if size != (1, 1))


def _extents(kernel: Pair, dilation: Pair) -> tuple[int, int]:
    return Windows.extent(kernel[0], dilation[0]), Windows.extent(kernel[1], dilation[1])


def _pads(
    padding: Padding, extents: tuple[int, int], stride: Pair, height: int, width: int
) -> Pads:
    if padding == "valid":
        return 0, 0, 0, 0
    if padding != "same":
        return padding
    tall, wide = extents
    return *Windows.same(height, tall, stride[0]), *Windows.same(width, wide, stride[1])


@lru_cache(maxsize=1024)
def _fitting(
    kernel: Pair,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    height: int,
    width: int,
    ceil: bool,
) -> tuple[int, int]:
    """How many windows fit along height and width: the same few in most layers of a network."""
    tall, wide = extents = _extents(kernel, dilation)
    top, bottom, left, right = _pads(padding, extents, stride, height, width)
    return (
        Windows.count(height, tall, stride[0], (top, bottom), ceil),
        Windows.count(width, wide, stride[1], (left, right), ceil),
    )
