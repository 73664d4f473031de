"""Measure a network, or two, at every point of a grid of settings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from archc.diagnostics import SpecError
from archc.network import Network, open_network
from archc.sweep.model import Point, PointFigures, Subject, Sweep
from archc.sweep.ranges import MAX_POINTS, Axis, AxisValue, RangeError

__all__ = ["sweep"]


def sweep(
    subject: Subject,
    axes: Sequence[Axis],
    against: Subject | None = None,
    advance: Callable[[], None] = lambda: None,
    with_memory: bool = False,
) -> Sweep:
    """The figures at all combinations of the axes' values; ``advance`` is called after each.

    ``with_memory`` measures the activations alive too.

    Where settings make a network invalid, the point says so. Raises `SpecError` when they do
    everywhere, `RangeError` when there are too many points or a key is varied twice, and what
    `archc.load` raises.
    """
    _check(axes)
    subjects = (subject,) if against is None else (subject, against)
    runs = [_Run(each, axes, with_memory) for each in subjects]
    points = []
    for values in itertools.product(*(axis.values for axis in axes)):
        found = [run.at(values) for run in runs]
        points.append(
            Point(values, tuple(each for each, _ in found), tuple(error for _, error in found))
        )
        advance()
    for run in runs:
        run.raise_if_never_valid()
    return Sweep(subjects, _titles(runs), tuple(axes), tuple(points))


def _check(axes: Sequence[Axis]) -> None:
    keys = [axis.key for axis in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise RangeError(f"`{key}` is varied twice: list its values in one --vary")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MAX_POINTS:
        raise RangeError(f"{count:,} points are more than {MAX_POINTS:,}: take larger steps")


class _Run:
    """One subject at point after point."""

    def __init__(self, subject: Subject, axes: Sequence[Axis], with_memory: bool) -> None:
        self.subject = subject
        self.axes = axes
        self.with_memory = with_memory
        self.name: str | None = None
        self.error: SpecError | None = None

    def at(self, values: Sequence[AxisValue]) -> tuple[PointFigures | None, str | None]:
        """The figures there, or what is wrong."""
        varied = (f"{axis.key}={value.text}" for axis, value in zip(self.axes, values, strict=True))
        try:
            network = self._open([*self.subject.settings, *varied])
        except SpecError as error:
            self.error = self.error or error
            return None, error.diagnostics[0].message
        self.name = self.name or self.title(network)
        return PointFigures.of(network, self.with_memory), None

    def title(self, network: Network) -> str:
        """The network's name; of the first variant, which nobody chose, without the variant's."""
        if self.subject.variant is not None or network.graph.variant is None:
            return network.name
        return network.name.removesuffix(f" {network.graph.variant}")

    def _open(self, settings: Sequence[str]) -> Network:
        return open_network(self.subject.spec, settings, self.subject.variant, self.subject.limits)

    def raise_if_never_valid(self) -> None:
        """A mistake at every point is not the points': show it in full."""
        if self.name is None and self.error is not None:
            raise self.error


def _titles(runs: Sequence[_Run]) -> tuple[str, ...]:
    """The networks' names; where both have one, the specs' names, or else their paths."""
    subjects = [run.subject for run in runs]
    choices = (
        tuple(run.name or "" for run in runs),
        tuple(_called(Path(each.spec).stem, each) for each in subjects),
        tuple(_called(each.spec, each) for each in subjects),
    )
    return next((names for names in choices if len(set(names)) == len(names)), choices[1])


def _called(spec: str, subject: Subject) -> str:
    return f"{spec} {subject.variant}" if subject.variant else spec
