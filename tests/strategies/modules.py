"""Modules as their users see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.strategies.counts import INPUT, Count, Values

KINDS: dict[str, tuple[Any, ...]] = {
    "patch": ("3×3", "5x5", "1×3", "1×1", 3),
    "flag": (True, False),
    "rate": (0.5, "30%", 0),
    "number": (0.1, 2, 1.5),
    "activation": ("relu", "tanh", "prelu", "none", "relu6"),
    "step": (),
    "count": (),
}
"""Kinds of columns and what they may be filled with; a ``step`` is a patch with a stride."""


@dataclass(frozen=True)
class Column:
    """A module's column, what it stands for, and its default."""

    name: str
    kind: str
    default: Any = None


@dataclass(frozen=True)
class Module:
    """A module as its users see it. ``strides`` divide the size, ``cost`` is in operations."""

    name: str
    columns: tuple[Column, ...]
    output: Callable[[Values], int]
    strides: Callable[[Values], int]
    cost: int


def through(module: Module, cells: Mapping[str, Count], channels: Count) -> Count:
    """The channels behind a use of a module."""
    return Count(
        lambda values: module.output(
            {**{name: cell.of(values) for name, cell in cells.items()}, INPUT: channels.of(values)}
        )
    )
