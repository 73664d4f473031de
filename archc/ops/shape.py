"""Shapes and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from archc.diagnostics import Code

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["Reach", "Shape", "ShapeError", "format_shape", "format_shapes", "is_map"]

Shape = tuple[int, ...]
"""Of one sample: ``(C, H, W)`` for a feature map, ``(N,)`` for a vector."""


class Reach(NamedTuple):
    """The window of input cells that an output cell sees, along one direction.

    It is ``extent`` cells long and moves by ``stride`` cells from one output cell to the next;
    the first window has ``before`` of its cells in front of the input's first one.
    """

    extent: int | Fraction
    stride: int | Fraction = 1
    before: int | Fraction = 0


class ShapeError(Exception):
    """An operation cannot take its inputs.

    ``help`` says what would do, ``about`` names the attributes that are at odds with them.
    """

    def __init__(
        self, code: Code, message: str, help: str | None = None, about: tuple[str, ...] = ()
    ) -> None:
        self.code = code
        self.message = message
        self.help = help
        self.about = about
        super().__init__(message)


def is_map(shape: Shape) -> bool:
    """Whether the shape is a feature map's, ``(C, H, W)``."""
    return len(shape) == 3


def format_shape(shape: Shape) -> str:
    """The shape as papers print it: ``28×28×256`` (height, width, channels), or ``1000``."""
    if is_map(shape):
        channels, height, width = shape
        return f"{height}×{width}×{channels}"
    return "×".join(str(int(size)) for size in shape)


def format_shapes(shapes: Sequence[Shape]) -> str:
    """Several shapes in a sentence: ``28×28×64, 26×26×128 and 28×28×192``."""
    *others, last = [format_shape(shape) for shape in shapes]
    return f"{', '.join(others)} and {last}" if others else last
