"""A sweep as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archc.analysis import memory
from archc.analysis.cost import CONVENTION
from archc.limits import DEFAULT, Limits
from archc.network import Network
from archc.ops import Shape, format_shape
from archc.passes import pipeline
from archc.sweep.ranges import Axis, Value
from archc.texts import dump_json

__all__ = [
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "NUMBERS",
    "Point",
    "PointFigures",
    "Subject",
    "Sweep",
    "convention",
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

    values: tuple[Value, ...]
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

    def series(self) -> Iterator[tuple[tuple[Value, ...], list[Point]]]:
        """The points along the first axis, for each combination of the others' values."""
        found: dict[tuple[Value, ...], list[Point]] = {}
        for point in self.points:
            found.setdefault(point.values[1:], []).append(point)
        yield from found.items()

    def to_dict(self, columns: Sequence[str]) -> dict[str, Any]:
        """Plain data: what ``--format json`` prints. Shapes are (C, H, W) or (N,)."""
        from archc.sweep.crossing import crossings

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
