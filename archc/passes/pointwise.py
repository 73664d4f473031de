"""Convolutions that look at one cell at a time."""

from __future__ import annotations

from typing import TypeGuard

from archc.ops import Op, Shape
from archc.ops.convolution import Convolution

__all__ = ["is_pointwise"]


def is_pointwise(op: Op, shape: Shape) -> TypeGuard[Convolution]:
    """Whether ``op`` is a 1×1 convolution of all channels and all cells of ``shape``."""
    return (
        isinstance(op, Convolution)
        and op.kernel == (1, 1)
        and op.stride == (1, 1)
        and op.groups == 1
        and not any(op.pads(*shape[1:]))
    )
