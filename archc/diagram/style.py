"""Colours by kind of operation: light fills that stay apart when printed in grey."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ir import Operation
from archc.ops.arrangement import Add, Concat, Dropout, Flatten
from archc.ops.base import Op
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool

__all__ = ["COLORS", "color_of"]

MODULE = "#cfe3f7"
OTHER = "#ffffff"
COLORS: dict[type[Op], str] = {
    Convolution: "#9cc4ec",
    SeparableConvolution: "#9cc4ec",
    Linear: "#c3a9dd",
    MaxPool: "#f2b8a0",
    AvgPool: "#a9d8b0",
    GlobalAvgPool: "#a9d8b0",
    AdaptiveAvgPool: "#a9d8b0",
    BatchNorm: "#f3e3a6",
    LocalResponseNorm: "#f3e3a6",
    Concat: "#e2e2e2",
    Add: "#e2e2e2",
    Dropout: "#f5f5f5",
    Flatten: "#f5f5f5",
}


def color_of(operations: Iterable[Operation]) -> str:
    """The fill for a box that stands for these operations."""
    found = list(operations)
    heavy = [each for each in found if each.op.layers]
    if len(heavy) > 1:
        return MODULE
    main = heavy or found
    return COLORS.get(type(main[0].op), OTHER) if main else OTHER
