"""What convolutions and pools share: a window that slides over a padded feature map."""

from __future__ import annotations

from archc.diagnostics import Code
from archc.ops.attributes import Padding, Pads, Pair
from archc.ops.base import Op, Windows
from archc.ops.shape import ShapeError

__all__ = ["Windowed"]


class Windowed(Op):
    """A kernel of height×width that moves by ``stride`` over the padded input."""

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    dilation: Pair = (1, 1)

    @property
    def extents(self) -> tuple[int, int]:
        """Height and width that one window covers."""
        return (
            Windows.extent(self.kernel[0], self.dilation[0]),
            Windows.extent(self.kernel[1], self.dilation[1]),
        )

    def pads(self, height: int, width: int) -> Pads:
        """The padding in cells around an input of ``height × width``."""
        if self.padding == "valid":
            return 0, 0, 0, 0
        if self.padding != "same":
            return self.padding
        tall, wide = self.extents
        return (
            *Windows.same(height, tall, self.stride[0]),
            *Windows.same(width, wide, self.stride[1]),
        )

    def spatial(self, height: int, width: int, ceil: bool = False) -> tuple[int, int]:
        """Height and width of the output. Raises `ShapeError` when no window fits."""
        top, bottom, left, right = self.pads(height, width)
        tall, wide = self.extents
        rows = Windows.count(height, tall, self.stride[0], (top, bottom), ceil)
        columns = Windows.count(width, wide, self.stride[1], (left, right), ceil)
        if rows >= 1 and columns >= 1:
            return rows, columns
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
