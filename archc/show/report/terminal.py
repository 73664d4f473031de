"""Reports on a terminal."""

from __future__ import annotations

from rich.box import Box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from archc.show.report import cells
from archc.show.report.table import Report
from archc.show.report.verdicts import MARKS
from archc.texts import one_line
from archc.texts.terminal import print_whole

__all__ = ["marked", "print_report"]

RULES = Box("    \n    \n ── \n    \n ── \n ── \n    \n    \n")
"""Rules below the header and above the total, and no frame."""

_STYLES = {MARKS["exact"]: "green", MARKS["rounding"]: "yellow", MARKS["erratum"]: "red"}


def print_report(report: Report, console: Console) -> None:
    """The table, totals, verdicts and the convention; in colour only on a terminal."""
    console.print(Text(one_line(report.network.name), "bold"))
    if report.network.source:
        console.print(Text(one_line(report.network.source)))
    console.print()
    print_whole(_table(report), console)
    console.print()
    for line in cells.summary(report):
        console.print(Text(line))
    notes = cells.footnotes(report)
    if notes:
        console.print()
    for line in notes:
        console.print(marked(line))
    console.print()
    console.print(Text(f"Counting: {cells.convention(report)}", "dim"))


def _table(report: Report) -> Table:
    table = Table(
        box=RULES, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold"
    )
    for index, name in enumerate(cells.header(report)):
        words = index < 2
        justify: JustifyMethod = "left" if words else "right"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=not words)
    for row in report.listed:
        table.add_row(*(marked(cell) for cell in cells.row_cells(row, report)))
    table.add_section()
    table.add_row(*(Text(cell) for cell in cells.totals(report)), style="bold")
    return table


def marked(cell: str) -> Text:
    """A cell with its verdict's mark coloured."""
    text = Text(cell)
    for mark, style in _STYLES.items():
        if cell.endswith(f" {mark}"):
            text.stylize(style, len(cell) - 1)
    return text
