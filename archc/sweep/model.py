"""A sweep as data, and where one of two networks becomes the cheaper one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archc.analysis import memory
from archc.analysis.cost import CONVENTION
from archc.limits import DEFAULT, Limits
from archc.network import Network
from archc.ops import Shape, format_shape
from archc.passes import pipeline
from archc.sweep.ranges import Axis, AxisValue
from archc.texts import dump_json

__all__ = [
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "NUMBERS",
    "Crossing",
    "Point",
    "PointFigures",
    "SeriesVerdict",
    "Subject",
    "Sweep",
    "convention",
    "crossings",
    "verdicts",
]


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec (a path or a bundled one's name) with the settings that stay."""

    spec: str
    settings: tuple[str, ...] = ()
    variant: str | None = None
    limits: Limits = DEFAULT


@dataclass(frozen=True, slots=True)
class PointFigures:
    """A network's figures at one point, for one sample, without auxiliary heads.

    ``alive`` is the most bytes of activations at once, 0 where that was not asked for.
    """

    params: int
    weights: int
    ops: int
    depth: int
    output: Shape
    alive: int = 0

    @classmethod
    def of(cls, network: Network, with_memory: bool = False) -> PointFigures:
        """The figures of a checked network; that of memory takes as long as all others."""
        return cls(
            network.params,
            network.weights,
            network.macs,
            network.depth,
            network.output,
            _alive(network) if with_memory else 0,
        )


NUMBERS: dict[str, Callable[[PointFigures], int]] = {
    "params": lambda found: found.params,
    "weights": lambda found: found.weights,
    "ops": lambda found: found.ops,
    "depth": lambda found: found.depth,
    "alive": lambda found: found.alive,
}
"""The columns that can be plotted and compared."""

COLUMNS = (*NUMBERS, "output")
DEFAULT_COLUMNS = ("params", "ops", "output")


def convention(columns: Sequence[str]) -> str:
    """How figures are counted, in words."""
    alive = (
        "; alive: the most bytes of activations at once in inference, float32, one sample"
        if "alive" in columns
        else ""
    )
    return CONVENTION + alive


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the grid: a value for each axis, and what each subject is there.

    ``figures`` has one entry for each subject; None where the settings make it no valid
    network, and then ``errors`` says why.
    """

    values: tuple[AxisValue, ...]
    figures: tuple[PointFigures | None, ...]
    errors: tuple[str | None, ...]

    def cell(self, subject: int, column: str) -> str:
        """A figure in full; blank where there is none."""
        found = self.figures[subject]
        if found is None:
            return ""
        return format_shape(found.output) if column == "output" else str(NUMBERS[column](found))

    @property
    def error(self) -> str | None:
        """Why the first subject that is invalid here is so."""
        return next((error for error in self.errors if error is not None), None)


@dataclass(frozen=True, slots=True)
class Sweep:
    """All points, the last axis running fastest. ``titles`` are the subjects' names."""

    subjects: tuple[Subject, ...]
    titles: tuple[str, ...]
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]

    @property
    def compared(self) -> bool:
        """Whether there is a second subject."""
        return len(self.subjects) > 1

    def series(self) -> Iterator[tuple[tuple[AxisValue, ...], list[Point]]]:
        """The points along the first axis, for each combination of the others' values."""
        found: dict[tuple[AxisValue, ...], list[Point]] = {}
        for point in self.points:
            found.setdefault(point.values[1:], []).append(point)
        yield from found.items()

    def to_dict(self, columns: Sequence[str]) -> dict[str, Any]:
        """Plain data: what ``--format json`` prints. Shapes are (C, H, W) or (N,)."""
        return {
            "specs": [
                {"spec": subject.spec, "name": title, "settings": list(subject.settings)}
                for subject, title in zip(self.subjects, self.titles, strict=True)
            ],
            "axes": [{"key": axis.key, "label": axis.label} for axis in self.axes],
            "points": [self._point(point, columns) for point in self.points],
            "crossings": [each.to_dict(self) for each in crossings(self, columns)],
            "convention": convention(columns),
        }

    def _point(self, point: Point, columns: Sequence[str]) -> dict[str, Any]:
        at = {axis.key: value.text for axis, value in zip(self.axes, point.values, strict=True)}
        return {"at": at, "figures": [_plain(found, columns) for found in point.figures]} | (
            {"errors": list(point.errors)} if point.error is not None else {}
        )

    def to_json(self, columns: Sequence[str]) -> str:
        """JSON with one line per member."""
        return dump_json(self.to_dict(columns)) + "\n"


def _alive(network: Network) -> int:
    return memory.peak(memory.schedule(pipeline.run(network.graph, pipeline.FOR_SOURCE)))


def _plain(found: PointFigures | None, columns: Sequence[str]) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        name: list(found.output) if name == "output" else NUMBERS[name](found) for name in columns
    }


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
    others: tuple[AxisValue, ...]
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


def _verdict(column: str, others: tuple[AxisValue, ...], points: Iterable[Point]) -> SeriesVerdict:
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
