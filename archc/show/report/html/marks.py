"""Verdicts as the page shows them: a mark with its meaning in words, never by colour alone."""

from __future__ import annotations

import re

from archc.show.report import cells
from archc.show.report.html.markup import Markup, lines, tag
from archc.show.report.table import Report, ReportRow
from archc.show.report.verdicts import MARKS, WORDS, Published

__all__ = ["legend", "mark", "noted", "notes"]


def mark(cell: Published, number: int, note: int | None) -> Markup:
    """A verdict's mark; an erratum's leads to that ``note`` of the page's network ``number``."""
    word, sign = WORDS[cell.verdict], MARKS[cell.verdict]
    told = f"The paper prints {cell.printed}, computed is {cell.computed}: {word}"
    told += f" ({cell.note})" if cell.note else ""
    if cell.verdict != "erratum" or note is None:
        return tag("span", sign, class_=cell.verdict, role="img", aria_label=word, title=told)
    return tag(
        "a", sign, tag("sup", str(note)),
        class_=cell.verdict, href=f"#{_note_id(number, note)}", title=told,
        aria_label=f"{word}, note {note}",
    )  # fmt: skip


def noted(report: Report) -> list[ReportRow]:
    """The rows that have a footnote, in order."""
    return [
        row for row in report.rows if any(c.verdict == "erratum" for c in row.published.values())
    ]


def _note_id(number: int, note: int) -> str:
    """The id of a footnote of the page's network ``number``."""
    return f"note-{number}-{note}"


def legend(report: Report) -> str:
    """The marks and how often each occurs."""
    return " · ".join(re.split(" {2,}", cells.footnotes(report)[0]))


def notes(report: Report, number: int) -> Markup:
    """The footnotes, numbered as the marks in the table are."""
    found = [note.removeprefix(f"{MARKS['erratum']} ") for note in cells.footnotes(report)[1:]]
    return tag(
        "ol",
        lines(*(tag("li", each, id=_note_id(number, at)) for at, each in enumerate(found, 1))),
        class_="notes",
    )
