"""What a picture shows, whatever it is written in: boxes, frames around them, arrows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from archc.ir import Operation
from archc.ops.family import Family

__all__ = ["Arrow", "Box", "Drawing", "DrawnPart", "Frame", "Key", "boxes"]


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name in the picture, its label line by line, and what it stands for.

    ``operations`` are there ``count`` times; ``others`` are those of the further times, whose
    tensors may be of other sizes. ``shade`` is how dark it is, 0 to 1, where boxes are coloured
    by what they cost. One that is ``aside`` belongs to a head. A ``mark`` is no operation: a
    frame's title, where arrows enter it, or a dot where arrows part.
    """

    name: str
    lines: tuple[str, ...]
    kind: Family
    operations: tuple[Operation, ...] = ()
    count: int = 1
    others: tuple[Operation, ...] = ()
    shade: float | None = None
    aside: bool = False
    mark: Literal["title", "dot"] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with a title around parts."""

    name: str
    title: tuple[str, ...]
    parts: tuple[DrawnPart, ...]
    aside: bool = False


DrawnPart = Box | Frame


@dataclass(frozen=True, slots=True)
class Arrow:
    """A tensor from one box to another; one that is ``aside`` leads to a head."""

    tail: str
    head: str
    label: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A legend: boxes that stand for themselves."""

    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture, from top to bottom, or ``up``, as the papers draw modules.

    ``level_with`` has boxes that belong beside another one, by name.
    """

    title: str
    parts: tuple[DrawnPart, ...]
    arrows: tuple[Arrow, ...]
    caption: str = ""
    up: bool = False
    level_with: Mapping[str, str] = field(default_factory=dict)
    key: Key | None = None


def boxes(parts: Iterable[DrawnPart]) -> Iterator[Box]:
    """Yield all boxes, frames opened."""
    for part in parts:
        if isinstance(part, Box):
            yield part
        else:
            yield from boxes(part.parts)
