"""Reports as Markdown and CSV."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from archc.ops import format_shape
from archc.show.report import cells
from archc.show.report.table import Report
from archc.texts import escape_markdown, markdown_line, spreadsheet_row

__all__ = ["csv", "markdown", "spreadsheet", "table_line", "total_line"]


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


def csv(*reports: Report) -> str:
    """Exact counts and verdicts, unlisted rows included; of several, each row's network first."""
    figures = ("params", "ops", "depth")
    header = (
        ["row", "name", "type", "output", "depth", "params", "weights", "macs"]
        + [f"{key} {what}" for key in figures for what in ("printed", "verdict")]
        + ["unlisted"]
    )
    tables = ((report.network.name, _csv_rows(report, figures)) for report in reports)
    return spreadsheet(header, tables, named=len(reports) > 1)


def spreadsheet(
    header: Sequence[str], tables: Iterable[tuple[str, Iterable[Sequence[object]]]], named: bool
) -> str:
    """One header and all lines; where they are ``named``, each begins with its table's name."""
    out = io.StringIO()
    writer = csv_module.writer(out, lineterminator="\n")
    writer.writerow([*(["network"] if named else ()), *header])
    for name, rows in tables:
        for row in rows:
            writer.writerow(spreadsheet_row([*([name] if named else ()), *row]))
    return out.getvalue()


def _csv_rows(report: Report, figures: Sequence[str]) -> Iterator[list[object]]:
    for row in report.rows:
        found = row.figures
        printed = [row.published.get(key) for key in figures]
        verdicts = ((cell.printed, cell.verdict) if cell else ("", "") for cell in printed)
        yield [
            *(row.printed, found.name, found.row.type, format_shape(found.output), found.depth),
            *(found.params, found.weights, found.macs),
            *chain.from_iterable(verdicts),
            "yes" if row.unlisted else "",
        ]
