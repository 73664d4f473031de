"""A chosen table as Markdown, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator

from archc.ops import format_shape
from archc.show.report.columns import Cell
from archc.show.report.grid import Grid
from archc.show.report.text import spreadsheet, table_line, total_line
from archc.texts import dump_json, escape_markdown, markdown_line

__all__ = ["csv", "json_text", "markdown"]


def markdown(grid: Grid) -> str:
    """A heading, the table and what stands below it."""
    network = grid.report.network
    lines = [f"## {markdown_line(network.name)}", ""]
    if network.source:
        lines += [markdown_line(network.source), ""]
    lines += [
        table_line(grid.header),
        table_line(["---" if column.left else "---:" for column in grid.columns]),
        *(table_line(row) for row in grid.texts()),
        total_line(grid.text(grid.totals)),
        "",
        *(f"- {markdown_line(note)}" for note in grid.notes),
        "",
        f"Counting: {escape_markdown('; '.join(grid.convention))}.",
    ]
    return "\n".join(lines) + "\n"


def csv(*grids: Grid) -> str:
    """A line for each row or operation, counts in full; of several, its network first."""
    header = [column.name for column in grids[0].columns]
    tables = ((grid.report.network.name, _csv_rows(grid)) for grid in grids)
    return spreadsheet(header, tables, named=len(grids) > 1)


def _csv_rows(grid: Grid) -> Iterator[list[object]]:
    for row in grid.data:
        yield list(map(_plain, row))


def _plain(cell: Cell) -> Cell:
    """Lists as text: a shape's as ``28×28×256``, others ``height×width``."""
    if not isinstance(cell, list):
        return cell
    return format_shape(tuple(map(int, cell))) if len(cell) == 3 else "×".join(map(str, cell))


def json_text(grids: list[Grid]) -> str:
    """One report, or a list of several."""
    documents = [grid.to_dict() for grid in grids]
    whole = documents if len(documents) > 1 else documents[0]
    return dump_json(whole) + "\n"
