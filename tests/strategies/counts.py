"""Numbers of channels that depend on a module's columns, and tensors of so many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Values = Mapping[str, Any]
"""A module's columns; under `INPUT` the channels of its input."""
Size = tuple[int, int]
"""Height and width; in a module the strides on the way instead, as the size is not known."""

INPUT = "channels(input)"


@dataclass(frozen=True, eq=False)
class Count:
    """A number of channels: what it is, and how any row may write it (None if none may)."""

    of: Callable[[Values], int]
    text: int | str | None = None


@dataclass(frozen=True)
class Tensor:
    """A tensor's channels and size; a vector has no size."""

    channels: Count
    size: Size | None


def exactly(number: Any) -> Count:
    """A number as it is."""
    return Count(lambda _: number, number)


def column_count(name: str) -> Count:
    """The number in a column."""
    return Count(lambda values: int(values[name]), name)


def settled(count: Count) -> Count:
    """What a row has made of ``count``: its text holds elsewhere only if it is portable."""
    text = str(count.text)
    return Count(count.of) if "channels" in text and text != INPUT else count


def together(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one after the other along the channels."""
    counts = [each.channels for each in tensors]
    return Tensor(Count(lambda values: sum(each.of(values) for each in counts)), tensors[0].size)
