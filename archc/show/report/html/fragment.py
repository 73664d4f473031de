"""A report inside somebody else's page, such as a notebook: no style of the page's is touched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from itertools import count

from archc.show.report import cells
from archc.show.report.html.markup import NOTHING, Markup, tag
from archc.show.report.table import Report, ReportRow

__all__ = ["fragment"]

_WORDS = 2
"""The row and its patch."""

_SIDE_BY_SIDE = "display: flex; flex-wrap: wrap; gap: 1.5em; align-items: flex-start"
_PICTURE = "max-height: 45em; overflow: auto; background: white; padding: 0.5em"


def fragment(report: Report, rows: Iterable[ReportRow] | None, svg: bytes | None) -> str:
    """The table, of some ``rows`` or of all, beside a picture.

    The picture is an image of its own, so that its ids and its style stay there.
    """
    chosen = report.listed if rows is None else list(rows)
    body = [_line("td", cells.row_cells(row, report)) for row in chosen]
    if rows is None:
        body.append(_line("th", cells.totals(report)))
    table = tag(
        "table",
        tag("thead", _line("th", cells.header(report))),
        tag("tbody", *body),
    )
    notes = [tag("div", each) for each in (*_notes(report, rows), cells.convention(report))]
    name = tag("strong", report.network.name)
    text = tag("div", name, table, tag("small", *notes), style="flex: 1 1 30em")
    drawn = [report.network.name, *(() if rows is None else (each.printed for each in chosen))]
    return tag("div", _picture(svg, ", ".join(drawn)), text, style=_SIDE_BY_SIDE)


def _notes(report: Report, rows: Iterable[ReportRow] | None) -> list[str]:
    return [] if rows is not None else [*cells.summary(report), *cells.footnotes(report)]


def _picture(svg: bytes | None, name: str) -> Markup:
    if svg is None:
        return NOTHING
    source = f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    return tag("div", tag("img", src=source, alt=f"Diagram of {name}"), style=_PICTURE)


def _line(cell: str, texts: Iterable[str]) -> Markup:
    """Words, then numbers, which stand to the right."""
    sides = ("left" if column < _WORDS else "right" for column in count())
    shown = zip(texts, sides, strict=False)
    return tag("tr", *(tag(cell, text, style=f"text-align: {side}") for text, side in shown))
