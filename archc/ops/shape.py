"""Shapes and what can be wrong with them."""

from __future__ import annotations

from archc.diagnostics import Code

__all__ = ["Shape", "ShapeError", "format_shape", "is_map"]

Shape = tuple[int, ...]
"""Of one sample: ``(C, H, W)`` for a feature map, ``(N,)`` for a vector."""


class ShapeError(Exception):
    """An operation cannot take its inputs. ``help`` says what would do."""

    def __init__(self, code: Code, message: str, help: str | None = None) -> None:
        self.code = code
        self.message = message
        self.help = help
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
