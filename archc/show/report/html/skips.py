"""What each row reads: the row before it, or others, whose arrows run in lanes at the side."""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir import Network, Row, Value
from archc.ir.walk import read_from_outside

__all__ = ["Read", "lanes", "reads"]

_LANES = 6
"""Side by side at most: an arrow that finds none free is told in words alone."""


@dataclass(frozen=True, slots=True)
class Read:
    """A tensor that a row reads; ``maker`` is None for the input, ``lane`` beside the boxes."""

    value: Value
    maker: Row | None
    straight: bool
    lane: int | None = None


def reads(network: Network) -> list[list[Read]]:
    """What each row reads, in order."""
    made_by: dict[Value, int] = {network.input: -1}
    free_from: list[int] = []
    found = []
    for place, row in enumerate(network.rows):
        sources = read_from_outside(row.operations()) or [row.input]
        found.append([_read(value, made_by[value], place, network, free_from) for value in sources])
        made_by.setdefault(row.output, place)
    return found


def lanes(found: list[list[Read]]) -> int:
    """How many lanes the arrows need."""
    taken = [each.lane for row in found for each in row if each.lane is not None]
    return max(taken, default=-1) + 1


def _read(value: Value, made: int, place: int, network: Network, free_from: list[int]) -> Read:
    maker = network.rows[made] if made >= 0 else None
    before = network.rows[place - 1].output if place else network.input
    if value is before:
        return Read(value, maker, straight=True)
    return Read(value, maker, straight=False, lane=_lane(made, place, free_from))


def _lane(start: int, end: int, free_from: list[int]) -> int | None:
    """The first lane in which nothing runs past ``start``; ``free_from`` is kept up to date."""
    for lane, free in enumerate(free_from):
        if free <= start:
            free_from[lane] = end
            return lane
    if len(free_from) == _LANES:
        return None
    free_from.append(end)
    return len(free_from) - 1
