"""A sweep to look at: as tables, in words, and as a picture with a line for each network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from archc.diagnostics import ArchcError
from archc.show.plot import lines
from archc.show.plot.svg import to_png
from archc.show.table import Note, Table, TableRow, TextColumn, plain_row
from archc.sweep.model import (
    NUMBERS,
    Point,
    SeriesVerdict,
    Sweep,
    convention,
    crossings,
    verdicts,
)
from archc.sweep.ranges import AxisValue
from archc.texts import one_line

__all__ = ["exact_sweep_table", "picture", "sentences", "sweep_table", "title"]

_ROWS = 24
"""A terminal shows about so many points of a long sweep; the other formats have all."""


def title(sweep: Sweep) -> str:
    """Say what is swept over what."""
    over = " and ".join(axis.label for axis in sweep.axes)
    return one_line(f"{' against '.join(sweep.titles)}, over {over}")


def sentences(sweep: Sweep, columns: Sequence[str]) -> Iterator[str]:
    """Say which of the two is cheaper, and from where on."""
    for verdict in verdicts(sweep, columns):
        others = "".join(
            f" at {axis.label} {value.shown}"
            for axis, value in zip(sweep.axes[1:], verdict.others, strict=True)
        )
        yield one_line(f"{verdict.column}{others}: {_said(sweep, verdict)}")


def _said(sweep: Sweep, verdict: SeriesVerdict) -> str:
    if verdict.first is None:
        return "the two never differ"
    first = f"{sweep.titles[verdict.first]} is cheaper"
    if not verdict.crossings:
        return f"{first} throughout"
    turns = [
        f"from {crossing.point.values[0].shown} on, {sweep.titles[crossing.cheaper]} is cheaper"
        for crossing in verdict.crossings
    ]
    return "; ".join([f"{first} at first", *turns])


def exact_sweep_table(sweep: Sweep, columns: Sequence[str]) -> Table:
    """Make one row per point, exact counts, for programs; ``error`` says why there are none."""
    layout = _layout(sweep, columns, merge=False)
    heads = [axis.key for axis in sweep.axes]
    heads += [" ".join(filter(None, (figure.name, figure.figure))) for figure in layout]
    rows = (
        plain_row(
            *(value.text for value in point.values),
            *(point.cell(figure.subject, figure.figure) for figure in layout),
            point.error or "",
        )
        for point in sweep.points
    )
    return Table(tuple(map(TextColumn, (*heads, "error"))), tuple(rows))


def sweep_table(sweep: Sweep, columns: Sequence[str], brief: bool = False) -> Table:
    """Show every point, what is remarkable about it, crossings and the convention.

    A ``brief`` table of a long sweep has some points, and all that are remarkable.
    """
    layout, notes = _layout(sweep, columns), _notes(sweep, columns)
    heads = [TextColumn(one_line(axis.label), right=True) for axis in sweep.axes]
    heads += [TextColumn(figure.figure, right=True, of=one_line(figure.name)) for figure in layout]
    if any(notes):
        heads.append(TextColumn("" if brief else "note", wraps=True))
    shown = _shown(notes) if brief else range(len(notes))
    rows = (_row(sweep.points[index], layout, notes[index], len(heads)) for index in shown)
    below = []
    if len(shown) < len(notes):
        text = f"{len(shown)} of {len(notes):,} points; --format csv has all."
        below.append(Note(text, style="dim"))
    below += map(Note, sentences(sweep, columns))
    below.append(Note(f"Counting: {convention(columns)}", aside=True, style="dim"))
    below[0] = below[0]._replace(apart=True)
    return Table(tuple(heads), tuple(rows), title=title(sweep), notes=tuple(below), stacked=True)


def _row(point: Point, layout: Sequence[_Figure], note: str, count: int) -> TableRow:
    """Make as many cells as there are columns: the last one, for notes, may be missing."""
    values = (one_line(value.shown) for value in point.values)
    figures = (figure.cell(point) for figure in layout)
    return plain_row(*[*values, *figures, note][:count])


@dataclass(frozen=True, slots=True)
class _Figure:
    """A column of figures: whose, and what it is called; no ``name`` where it is everyone's."""

    subject: int
    figure: str
    name: str

    def cell(self, point: Point) -> str:
        """Write the figure at a point, exact; counts with separators."""
        text = point.cell(self.subject, self.figure)
        return f"{int(text):,}" if text and self.figure in NUMBERS else text


def _layout(sweep: Sweep, columns: Sequence[str], merge: bool = True) -> list[_Figure]:
    """Put figures of a kind side by side; an output that both networks share is one column."""
    names = sweep.titles if sweep.compared else ("",)
    layout = [
        _Figure(subject, column, name) for column in columns for subject, name in enumerate(names)
    ]
    if not (merge and sweep.compared and _same_output(sweep)):
        return layout
    return [
        replace(figure, name="") if figure.figure == "output" else figure
        for figure in layout
        if figure.figure != "output" or figure.subject == 0
    ]


def _same_output(sweep: Sweep) -> bool:
    return all(point.cell(0, "output") == point.cell(1, "output") for point in sweep.points)


def _notes(sweep: Sweep, columns: Sequence[str]) -> list[str]:
    """Say what is remarkable about each point: which figures cross there, or that it is invalid."""
    turns: dict[tuple[AxisValue, ...], list[str]] = {}
    for crossing in crossings(sweep, columns):
        turns.setdefault(crossing.point.values, []).append(crossing.column)
    return [_note(point, turns.get(point.values, ())) for point in sweep.points]


def _note(point: Point, turns: Sequence[str]) -> str:
    if point.error is not None:
        return one_line(f"invalid: {point.error}")
    return f"← {', '.join(turns)}" if turns else ""


def _shown(notes: Sequence[str]) -> list[int]:
    """Choose points to show: all of a few; else some, the ends, crossings and those before them."""
    count = len(notes)
    if count <= 2 * _ROWS:
        return list(range(count))
    step = -(-count // _ROWS)
    chosen = {*range(0, count, step), count - 1}
    turns = [index for index, note in enumerate(notes) if note.startswith("←")]
    chosen.update(near for index in turns for near in (index - 1, index))
    chosen.update(_first_invalid(notes))
    return sorted(chosen)


def _first_invalid(notes: Sequence[str]) -> Iterator[int]:
    """Find where each run of invalid points begins; the very first point is shown anyway."""
    for index, (before, note) in enumerate(pairwise(notes), 1):
        if note.startswith("invalid") and note != before:
            yield index


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
