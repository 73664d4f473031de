"""A sweep as tables: for a terminal, as Markdown and as CSV."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archc.sweep.crossing import Verdict, crossings, verdicts
from archc.sweep.model import NUMBERS, Point, Sweep, convention
from archc.sweep.ranges import Value
from archc.texts import escape_markdown, markdown_line, one_line, spreadsheet_row

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["csv", "markdown", "print_sweep", "sentences", "title"]

_ROWS = 24
"""A terminal shows about so many points of a long sweep; the other formats have all."""


def title(sweep: Sweep) -> str:
    """What is swept over what."""
    over = " and ".join(axis.label for axis in sweep.axes)
    return one_line(f"{' against '.join(sweep.titles)}, over {over}")


def sentences(sweep: Sweep, columns: Sequence[str]) -> Iterator[str]:
    """Which of the two is cheaper, and from where on."""
    for verdict in verdicts(sweep, columns):
        others = "".join(
            f" at {axis.label} {value.shown}"
            for axis, value in zip(sweep.axes[1:], verdict.others, strict=True)
        )
        yield one_line(f"{verdict.column}{others}: {_said(sweep, verdict)}")


def _said(sweep: Sweep, verdict: Verdict) -> str:
    if verdict.first is None:
        return "the two never differ"
    first = f"{sweep.titles[verdict.first]} is cheaper"
    if not verdict.crossings:
        return f"{first} throughout"
    turns = [
        f"from {each.point.values[0].shown} on, {sweep.titles[each.cheaper]} is cheaper"
        for each in verdict.crossings
    ]
    return "; ".join([f"{first} at first", *turns])


def csv(sweep: Sweep, columns: Sequence[str]) -> str:
    """One line per point, exact counts; ``error`` says why there are none."""
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    keys = [axis.key for axis in sweep.axes]
    layout = _layout(sweep, columns, merge=False)
    names = (" ".join(filter(None, (each.name, each.figure))) for each in layout)
    writer.writerow(spreadsheet_row([*keys, *names, "error"]))
    for point in sweep.points:
        values = (value.text for value in point.values)
        figures = (point.cell(each.subject, each.figure) for each in layout)
        writer.writerow(spreadsheet_row([*values, *figures, point.error or ""]))
    return out.getvalue()


def markdown(sweep: Sweep, columns: Sequence[str]) -> str:
    """A heading, every point, crossings and the convention."""
    head = [axis.label for axis in sweep.axes]
    layout = _layout(sweep, columns)
    head += [", ".join(filter(None, (each.figure, each.name))) for each in layout]
    notes = _notes(sweep, columns)
    last = ["note"] if any(notes) else []
    lines = [f"### {markdown_line(title(sweep))}", "", _line([*head, *last])]
    lines.append(_line(["---:"] * len(head) + ["---"] * len(last)))
    for point, note in zip(sweep.points, notes, strict=True):
        cells = [*_values(point), *(each.cell(point) for each in layout)]
        lines.append(_line([*cells, *([note] if last else [])]))
    found = [f"- {markdown_line(line)}" for line in sentences(sweep, columns)]
    lines += ["", *found, ""] if found else [""]
    return "\n".join([*lines, f"Counting: {escape_markdown(convention(columns))}"]) + "\n"


def print_sweep(sweep: Sweep, columns: Sequence[str], console: Console) -> None:
    """The table on a terminal; of a long sweep some points, and all that are remarkable."""
    from rich.table import Table
    from rich.text import Text

    from archc.texts.terminal import print_whole

    console.print(Text(title(sweep), "bold"))
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    layout = _layout(sweep, columns)
    heads = [one_line(axis.label).split() for axis in sweep.axes]
    heads += [[each.figure, *one_line(each.name).split()] for each in layout]
    tallest = max(map(len, heads))
    for words in heads:  # one word below the other, down to the first row
        label = "\n".join([""] * (tallest - len(words)) + words)
        table.add_column(Text(label), justify="right", no_wrap=True)
    notes = _notes(sweep, columns)
    if any(notes):
        table.add_column("", overflow="fold")
    shown = _shown(notes)
    for index in shown:
        point = sweep.points[index]
        cells = [*_values(point), *(each.cell(point) for each in layout), notes[index]]
        table.add_row(*map(Text, cells[: len(table.columns)]))
    print_whole(table, console)
    console.print()
    if len(shown) < len(sweep.points):
        text = f"{len(shown)} of {len(sweep.points):,} points; --format csv has all."
        console.print(Text(text, "dim"))
    for line in sentences(sweep, columns):
        console.print(Text(line))
    console.print(Text(f"Counting: {convention(columns)}", "dim"))


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of figures: whose, and what it is called; no ``name`` where it is everyone's."""

    subject: int
    figure: str
    name: str

    def cell(self, point: Point) -> str:
        """The figure at a point, exact; counts with separators."""
        text = point.cell(self.subject, self.figure)
        return f"{int(text):,}" if text and self.figure in NUMBERS else text


def _layout(sweep: Sweep, columns: Sequence[str], merge: bool = True) -> list[_Column]:
    """Figures of a kind side by side; one column for an output that both networks share."""
    names = sweep.titles if sweep.compared else ("",)
    found = [
        _Column(subject, column, name) for column in columns for subject, name in enumerate(names)
    ]
    if not (merge and sweep.compared and _same_output(sweep)):
        return found
    merged = [replace(each, name="") if each.figure == "output" else each for each in found]
    return [each for each in merged if each.figure != "output" or each.subject == 0]


def _same_output(sweep: Sweep) -> bool:
    return all(point.cell(0, "output") == point.cell(1, "output") for point in sweep.points)


def _values(point: Point) -> list[str]:
    return [one_line(value.shown) for value in point.values]


def _notes(sweep: Sweep, columns: Sequence[str]) -> list[str]:
    """What is remarkable about each point: which figures cross there, or that it is invalid."""
    turns: dict[tuple[Value, ...], list[str]] = {}
    for each in crossings(sweep, columns):
        turns.setdefault(each.point.values, []).append(each.column)
    return [_note(point, turns.get(point.values, ())) for point in sweep.points]


def _note(point: Point, turns: Sequence[str]) -> str:
    if point.error is not None:
        return one_line(f"invalid: {point.error}")
    return f"← {', '.join(turns)}" if turns else ""


def _shown(notes: Sequence[str]) -> list[int]:
    """The points to show: all of a few; else some, the ends, crossings and those before them."""
    count = len(notes)
    if count <= 2 * _ROWS:
        return list(range(count))
    step = -(-count // _ROWS)
    chosen = {*range(0, count, step), count - 1}
    turns = [index for index, note in enumerate(notes) if note.startswith("←")]
    chosen.update(near for index in turns for near in (index - 1, index))
    chosen.update(_first_invalid(notes))
    return sorted(chosen)


def _first_invalid(notes: Sequence[str]) -> Iterable[int]:
    """The first point of each run of invalid ones."""
    for index, note in enumerate(notes):
        if note.startswith("invalid") and (index == 0 or notes[index - 1] != note):
            yield index


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(map(escape_markdown, cells)) + " |"
