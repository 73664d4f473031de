"""A chosen table on a terminal: what does not fit beside the others stands under its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from archc.show.report.columns import Column
from archc.show.report.grid import Grid
from archc.show.report.terminal import marked
from archc.texts import one_line

__all__ = ["print_grid"]

_GAP = 2
_INDENT = 4


def print_grid(grid: Grid, console: Console) -> None:
    """The table, its notes and what its columns count; in colour only on a terminal."""
    network = grid.report.network
    console.print(Text(one_line(network.name), "bold"))
    if network.source:
        console.print(Text(one_line(network.source)))
    console.print()
    for line in _table(grid, console.width):
        console.print(line, soft_wrap=True)
    console.print()
    for note in grid.notes:
        console.print(marked(note))
    console.print()
    console.print(Text(f"Counting: {'; '.join(grid.convention)}.", "dim"))


def _table(grid: Grid, width: int) -> Iterator[Text]:
    rows = list(grid.texts())
    totals = grid.text(grid.totals)
    widths = [max(map(cell_len, column)) for column in zip(grid.header, totals, *rows, strict=True)]
    shown = _fitting(widths, width)
    folded = [column.header for column in grid.columns[shown:]]
    yield _line(grid.header, grid.columns[:shown], widths, "bold")
    yield from map(Text, _wrapped(folded, " · ", width))
    rule = Text("─" * (sum(widths[:shown]) + _GAP * (shown - 1)))
    yield rule
    for row in rows:
        yield from _entry(grid, row, shown, widths, width)
    yield rule
    yield from _entry(grid, totals, shown, widths, width, "bold")


def _fitting(widths: Sequence[int], width: int) -> int:
    """How many columns fit beside each other, at least one."""
    taken = -_GAP
    for index, each in enumerate(widths):
        taken += _GAP + each
        if taken > width:
            return max(index, 1)
    return len(widths)


def _entry(
    grid: Grid, row: list[str], shown: int, widths: list[int], width: int, style: str = ""
) -> Iterator[Text]:
    """A line, and under it the cells that were folded, as ``header cell``."""
    yield _line(row, grid.columns[:shown], widths, style)
    under = [
        f"{column.header} {cell}"
        for column, cell in zip(grid.columns[shown:], row[shown:], strict=True)
        if cell
    ]
    for text in _wrapped(under, " · ", width):
        yield Text(text, style)


def _wrapped(parts: Sequence[str], between: str, width: int) -> Iterator[str]:
    """The parts on as many indented lines as they need."""
    text = ""
    for each in parts:
        longer = f"{text}{between}{each}" if text else " " * _INDENT + each
        if text and cell_len(longer) > width:
            yield text
            longer = " " * _INDENT + each
        text = longer
    if text:
        yield text


def _line(row: Sequence[str], columns: Sequence[Column], widths: list[int], style: str) -> Text:
    """Cells beside each other, each padded to its column's width."""
    line = Text(style=style)
    for index, (cell, column) in enumerate(zip(row[: len(columns)], columns, strict=True)):
        blank = " " * (widths[index] - cell_len(cell))
        parts = (marked(cell), Text(blank)) if column.left else (Text(blank), marked(cell))
        line.append_text(Text(" " * _GAP if index else "")).append_text(parts[0] + parts[1])
    line.rstrip()
    return line
