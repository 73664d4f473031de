"""The paper's table on the page."""

from __future__ import annotations

from archc.report import cells
from archc.report.html.marks import mark, noted
from archc.report.html.markup import Markup, lines, tag
from archc.report.table import Report, ReportRow

__all__ = ["grid"]

_WORDS = ("row", "patch", "patch or remarks")
"""The columns of words; the others are aligned as numbers are."""


def grid(report: Report, number: int) -> Markup:
    """The table, its marks leading to the notes of the page's network ``number``."""
    head = cells.header(report)
    at = {id(row): note for note, row in enumerate(noted(report), 1)}
    rows = [_row(row, report, head, at.get(id(row)), number) for row in report.listed]
    total = [
        _cell(text, name, first=not index)
        for index, (text, name) in enumerate(zip(cells.totals(report), head, strict=True))
    ]
    table = tag(
        "table",
        lines(
            tag("caption", "The paper's rows, computed figures beside the printed ones"),
            tag("thead", tag("tr", *(_head(name) for name in head))),
            tag("tbody", lines(*rows)),
            tag("tfoot", tag("tr", *total)),
        ),
    )
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label="Table")


def _head(name: str) -> Markup:
    return tag("th", name, scope="col", class_=_kind(name))


def _row(row: ReportRow, report: Report, head: list[str], note: int | None, number: int) -> Markup:
    """A row; a printed figure stands with its mark apart, so that the mark can be explained."""
    found = []
    for index, (text, name) in enumerate(zip(cells.row_cells(row, report), head, strict=True)):
        claim = row.published.get(_claimed(head, index))
        if name == "paper" and claim is not None:
            found.append(tag("td", f"{claim.printed} ", mark(claim, number, note), class_="number"))
        else:
            found.append(_cell(text, name, first=not index))
    return tag("tr", *found)


def _claimed(head: list[str], index: int) -> str:
    """Which of a row's claims the printed figures of a column are: those beside the computed."""
    return "ops" if index and head[index - 1] == "ops" else "params"


def _cell(text: str, column: str, first: bool) -> Markup:
    if first:
        return tag("th", text, scope="row")
    return tag("td", text, class_=_kind(column))


def _kind(column: str) -> str:
    return "words" if column in _WORDS else "number"
