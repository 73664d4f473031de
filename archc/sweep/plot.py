"""A sweep as a picture: one panel for each figure, one line for each network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.diagnostics import ArchcError
from archc.show.plot import lines
from archc.show.plot.svg import to_png
from archc.sweep.crossing import crossings
from archc.sweep.model import NUMBERS, Point, Sweep
from archc.sweep.text import sentences, title

__all__ = ["picture"]

_LABELS = {
    "weights": "kernel weights",
    "ops": "ops (multiply-adds)",
    "depth": "depth (layers)",
    "alive": "activations alive (bytes)",
}


def picture(sweep: Sweep, columns: Sequence[str], form: str) -> bytes:
    """Draw the plot's file, ``svg`` or ``png``. Raises `ArchcError` where a package is missing."""
    plot = _plot(sweep, [column for column in columns if column in NUMBERS])
    text = lines.draw(plot)
    return to_png(text) if form == "png" else text.encode()


def _plot(sweep: Sweep, columns: Sequence[str]) -> lines.Plot:
    if not columns:
        raise ArchcError(f"nothing to plot: choose from {', '.join(NUMBERS)} with --columns")
    axis = sweep.axes[0]
    return lines.Plot(
        title(sweep),
        " ".join(f"{line}." for line in sentences(sweep, columns)) or "A line plot of cost.",
        axis.label,
        [_panel(sweep, column) for column in columns],
        () if axis.numeric else [value.text for value in axis.values],
    )


def _panel(sweep: Sweep, column: str) -> lines.Panel:
    marks = [
        lines.Mark(
            _x(sweep, crossing.point),
            _y(crossing.point, crossing.cheaper, column) or 0,
            f"from {crossing.point.values[0].shown} on, "
            f"{sweep.titles[crossing.cheaper]} is cheaper",
        )
        for crossing in crossings(sweep, [column])
    ]
    return lines.Panel(_LABELS.get(column, column), list(_lines(sweep, column)), marks)


def _lines(sweep: Sweep, column: str) -> Iterator[lines.PlotLine]:
    """Tell networks, or the values of the other axes, apart by colour, and networks by dashes."""
    several = len(sweep.axes) > 1
    for index, (others, points) in enumerate(sweep.series()):
        for subject, name in enumerate(sweep.titles):
            values = [
                f"{axis.label} {value.shown}"
                for axis, value in zip(sweep.axes[1:], others, strict=True)
            ]
            label = ", ".join([*([name] if sweep.compared or not values else []), *values])
            line = [(_x(sweep, point), _y(point, subject, column)) for point in points]
            yield lines.PlotLine(label, line, index if several else subject, subject)


def _x(sweep: Sweep, point: Point) -> float:
    value = point.values[0]
    return sweep.axes[0].values.index(value) if value.number is None else value.number


def _y(point: Point, subject: int, column: str) -> float | None:
    figures = point.figures[subject]
    return None if figures is None else NUMBERS[column](figures)
