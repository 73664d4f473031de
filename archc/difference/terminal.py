"""A difference on the terminal, with rich."""

from __future__ import annotations

from rich.console import Console, Group, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archc.difference import cells
from archc.difference.model import Difference, RowDifference
from archc.texts import one_line
from archc.texts.terminal import print_whole

__all__ = ["print_difference"]

_STYLES = {"added": "green", "removed": "red", "changed": "yellow", "follows": "", "unchanged": ""}


def print_difference(difference: Difference, console: Console) -> None:
    """What holds everywhere, the rows that differ, totals and heads; 80 columns are enough."""
    title = f"{difference.before.title} → {difference.after.title}"
    console.print(Text(one_line(title), "bold"))
    console.print()
    for line in cells.intro(difference):
        console.print(Text(line))
    console.print()
    if not difference.empty:
        print_whole(_rows(difference), console)
        console.print()
    print_whole(_totals(difference), console)
    heads = [each for each in difference.heads if each.status != "unchanged"]
    for head in heads:
        console.print(Text(cells.head_line(head)))
    console.print()
    console.print(Text(f"Counting: {cells.CONVENTION}. Totals are without heads.", "dim"))


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def _rows(difference: Difference) -> Table:
    table = _table()
    for index, name in enumerate(cells.HEADER):
        words = index == 1
        justify: JustifyMethod = "right" if index > 2 else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=not words)
    for each in cells.folded(difference):
        if isinstance(each, str):
            table.add_row("", Text(each, "dim"))
        else:
            _add(table, each)
    delta = difference.delta
    table.add_row(
        "", "total", "", cells.signed(delta.params), cells.signed(delta.macs), style="bold"
    )
    return table


def _add(table: Table, row: RowDifference) -> None:
    style = _STYLES[row.status]
    lines = (Padding(Text(line), (0, 0, 0, 2)) for line in cells.lines_of(row))
    name = Group(Text(cells.row_name(row), style), *lines)
    shapes, *figures = cells.row_cells(row)
    stacked = shapes.replace(" → ", "\n→ ")
    table.add_row(Text(cells.MARKS[row.status], style), name, Text(stacked), *map(Text, figures))


def _totals(difference: Difference) -> Table:
    table = _table()
    for name in ("total", "before", "after", "Δ"):
        justify: JustifyMethod = "left" if name == "total" else "right"
        table.add_column(name, justify=justify, no_wrap=True)
    for row in cells.totals(difference):
        table.add_row(*map(Text, row))
    return table
