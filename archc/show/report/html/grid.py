"""The paper's table on the page."""

from __future__ import annotations

from archc.show.report import cells
from archc.show.report.html.bars import Share, bar, percentages, shares
from archc.show.report.html.marks import mark, noted
from archc.show.report.html.markup import Markup, away, lines, tag
from archc.show.report.html.view import View
from archc.show.report.table import ReportRow
from archc.show.report.verdicts import MARKS

__all__ = ["grid"]

_WORDS = ("row", "patch", "patch or remarks")
"""The columns of words; the others are aligned as numbers are."""


def grid(view: View) -> Markup:
    """The table, its marks leading to the notes; rows that the paper leaves out say so."""
    report = view.report
    head = cells.header(report)
    at = {id(row): note for note, row in enumerate(noted(report), 1)}
    rows = [
        _row(row, view, head, at.get(id(row)), share)
        for row, share in zip(report.rows, shares(view), strict=True)
    ]
    total = [
        _cell(text, name, first=not index)
        for index, (text, name) in enumerate(zip(cells.totals(report), head, strict=True))
    ]
    table = tag(
        "table",
        lines(
            tag("caption", tag("span", _caption(view))),
            tag("thead", tag("tr", *(_head(name) for name in head), _share_head(view))),
            tag("tbody", lines(*rows)),
            tag("tfoot", tag("tr", *total, tag("td"))),
        ),
    )
    label = f"Table of {report.network.name}, scrollable"
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=label)


def _caption(view: View) -> str:
    beside = ", computed figures beside the printed ones" if cells.has_printed(view.report) else ""
    text = f"The paper's rows{beside}."
    if any(row.unlisted for row in view.report.rows):
        text += " Rows in italics are not in the paper's table."
    return text


def _head(name: str) -> Markup:
    return tag("th", name, scope="col", class_=_kind(name))


def _share_head(view: View) -> Markup:
    words = {"params": view.counted, "macs": "ops", "memory": "memory"}
    shown = (tag("span", f"% {word}", class_=f"by-{name}") for name, word in words.items())
    return tag("th", *shown, scope="col", class_="share")


def _row(
    row: ReportRow, view: View, head: list[str], note: int | None, share: list[Share]
) -> Markup:
    """A row; a printed figure stands with its mark apart, so that the mark can be explained."""
    name, *texts = cells.row_cells(row, view.report)
    row_id = view.row_id(row.figures.row)
    link = tag("a", name, href=f"#{row_id}", class_="pick")
    unlisted = [away(" (not in the paper's table)")] if row.unlisted else []
    found = [tag("th", link, *unlisted, scope="row")]
    for index, text in enumerate(texts, 1):
        claim = row.published.get(_claimed(head, index))
        if claim is not None and text.endswith(sign := MARKS[claim.verdict]):
            told = mark(claim, view.number, note)
            found.append(tag("td", text.removesuffix(sign), told, class_="number"))
        else:
            found.append(_cell(text, head[index], first=False))
    found.append(tag("td", *percentages(share), bar(share), class_="share"))
    return tag("tr", *found, id=row_id, **({"class_": "unlisted"} if row.unlisted else {}))


def _claimed(head: list[str], index: int) -> str:
    """Which of a row's claims a column has: printed figures stand beside the computed ones."""
    if head[index] != "paper":
        return head[index]
    return "ops" if head[index - 1] == "ops" else "params"


def _cell(text: str, column: str, first: bool) -> Markup:
    if first:
        return tag("th", text, scope="row")
    return tag("td", text, class_=_kind(column))


def _kind(column: str) -> str:
    return "words" if column in _WORDS else "number"
