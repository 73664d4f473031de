"""Networks side by side on the page."""

from __future__ import annotations

from collections.abc import Sequence

from archc.show.report.comparison import COLUMNS, Line
from archc.show.report.html.markup import Markup, lines, tag
from archc.show.report.verdicts import MARKS, WORDS

__all__ = ["comparison"]

_NUMBERS = ("depth", "params", "ops")


def comparison(title: str, compared: Sequence[Line], linked: bool) -> Markup:
    """A heading and a table; ``linked`` where each network has a section on the page."""
    head = tag("tr", *(tag("th", name, scope="col", class_=_kind(name)) for name in COLUMNS))
    body = [_row(each, number if linked else None) for number, each in enumerate(compared, 1)]
    table = tag("table", lines(tag("thead", head), tag("tbody", lines(*body))), class_="compared")
    key = " · ".join(f"{MARKS[verdict]} {word}" for verdict, word in WORDS.items())
    return tag(
        "section",
        lines(
            tag("header", tag("h1", title)),
            tag("div", table, class_="wide", tabindex="0", role="region", aria_label="Table"),
            tag("p", f"The paper's own totals: {key}", class_="legend"),
        ),
    )


def _row(line: Line, number: int | None) -> Markup:
    spec, *cells = line.exact(",")
    name = spec if number is None else tag("a", spec, href=f"#network-{number}")
    return tag(
        "tr",
        tag("th", name, scope="row"),
        *(tag("td", text, class_=_kind(key)) for key, text in zip(COLUMNS[1:], cells, strict=True)),
    )


def _kind(column: str) -> str:
    return "number" if column in _NUMBERS else "words"
