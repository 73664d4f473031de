"""Where one of two networks becomes the cheaper one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archc.sweep.model import NUMBERS, Point, Sweep
from archc.sweep.ranges import Value

__all__ = ["Crossing", "SeriesVerdict", "crossings", "verdicts"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """From this point on ``cheaper`` costs strictly less; before it, the other one did.

    ``cheaper`` is 0 for the sweep's subject and 1 for what it is compared with. The point is
    the first of the sweep for which that holds: exact where the sweep goes in steps of 1.
    """

    column: str
    cheaper: int
    point: Point

    def to_dict(self, sweep: Sweep) -> dict[str, Any]:
        """Plain data."""
        values = zip(sweep.axes, self.point.values, strict=True)
        return {
            "column": self.column,
            "from": {axis.key: value.text for axis, value in values},
            "cheaper": sweep.titles[self.cheaper],
        }


@dataclass(frozen=True, slots=True)
class SeriesVerdict:
    """Which is cheaper along one series: the first to be so (None if always equal), and turns.

    ``others`` are the values of the axes that do not vary along it.
    """

    column: str
    others: tuple[Value, ...]
    first: int | None
    crossings: tuple[Crossing, ...]


def verdicts(sweep: Sweep, columns: Sequence[str]) -> list[SeriesVerdict]:
    """A verdict for each column that is a number, and for each series along the first axis."""
    if not sweep.compared or not sweep.axes[0].numeric:
        return []
    numbers = [column for column in columns if column in NUMBERS]
    return [
        _verdict(column, others, points) for column in numbers for others, points in sweep.series()
    ]


def crossings(sweep: Sweep, columns: Sequence[str]) -> list[Crossing]:
    """All crossings."""
    return [each for verdict in verdicts(sweep, columns) for each in verdict.crossings]


def _verdict(column: str, others: tuple[Value, ...], points: Iterable[Point]) -> SeriesVerdict:
    first = leader = None
    found = []
    for point in points:
        cheaper = _cheaper(point, column)
        if cheaper is None or cheaper == leader:
            continue
        if leader is None:
            first = cheaper
        else:
            found.append(Crossing(column, cheaper, point))
        leader = cheaper
    return SeriesVerdict(column, others, first, tuple(found))


def _cheaper(point: Point, column: str) -> int | None:
    """0 or 1; None where they cost the same, or one is invalid."""
    one, other = point.figures
    if one is None or other is None:
        return None
    left, right = NUMBERS[column](one), NUMBERS[column](other)
    return None if left == right else int(right < left)
