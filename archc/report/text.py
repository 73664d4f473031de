"""Reports as Markdown and CSV."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Iterable

from archc.ops import format_shape
from archc.report import cells
from archc.report.table import Report
from archc.texts import escape_markdown, markdown_line, spreadsheet_row

__all__ = ["csv", "markdown", "table_line", "total_line"]


def markdown(report: Report) -> str:
    """A heading, the table, its footnotes and the convention."""
    head = cells.header(report)
    rows = [cells.row_cells(row, report) for row in report.listed]
    lines = [f"## {markdown_line(report.network.name)}", ""]
    if report.network.source:
        lines += [markdown_line(report.network.source), ""]
    lines += [
        table_line(head),
        table_line(["---", "---", *["---:"] * (len(head) - 2)]),
    ]
    lines += [table_line(row) for row in rows]
    lines += [total_line(cells.totals(report)), ""]
    for note in (*cells.summary(report), *cells.footnotes(report)):
        lines.append(f"- {markdown_line(note)}")
    lines += ["", f"Counting: {escape_markdown(cells.convention(report))}"]
    return "\n".join(lines) + "\n"


def table_line(row: list[str]) -> str:
    """A line of a Markdown table."""
    return _line(escape_markdown(cell) for cell in row)


def total_line(row: list[str]) -> str:
    """The last line of a table, its cells in bold."""
    return _line(f"**{escape_markdown(cell)}**" if cell else "" for cell in row)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def csv(report: Report) -> str:
    """Exact counts and verdicts, unlisted rows included."""
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    figures = ("params", "ops", "depth")
    writer.writerow(
        ["row", "name", "type", "output", "depth", "params", "weights", "macs"]
        + [f"{key} {what}" for key in figures for what in ("printed", "verdict")]
        + ["unlisted"]
    )
    for row in report.rows:
        found = row.figures
        printed = [row.published.get(key) for key in figures]
        cells_ = (
            [row.printed, found.name, found.row.type, format_shape(found.output), found.depth]
            + [found.params, found.weights, found.macs]
            + [
                part
                for cell in printed
                for part in ((cell.printed, cell.verdict) if cell else ("", ""))
            ]
            + ["yes" if row.unlisted else ""]
        )
        writer.writerow(spreadsheet_row(cells_))
    return out.getvalue()
