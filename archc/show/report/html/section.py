"""One network on the page."""

from __future__ import annotations

from archc.show.report import cells
from archc.show.report.html.column import column
from archc.show.report.html.facts import inspector
from archc.show.report.html.grid import grid
from archc.show.report.html.marks import legend, noted, notes
from archc.show.report.html.markup import NOTHING, Markup, lines, tag
from archc.show.report.html.toolbar import toolbar
from archc.show.report.html.view import View

__all__ = ["section"]


def section(view: View) -> Markup:
    """A network's part of the page."""
    network = view.report.network
    source = tag("p", network.source, class_="source") if network.source else NOTHING
    text = tag(
        "div",
        lines(
            tag(view.heading, "Table"),
            grid(view),
            _marks(view),
            tag(view.heading, "Totals"),
            _totals(view),
            tag(view.heading, "Counting"),
            tag("p", cells.convention(view.report), class_="convention"),
            tag("p", f"{'; '.join(_more_counted(view))}.", class_="convention"),
            inspector(view),
        ),
        class_="text",
    )
    return tag(
        "section",
        lines(
            tag("header", lines(tag(f"h{view.level}", network.name), source)),
            toolbar(view),
            column(view),
            text,
        ),
        id=f"network-{view.number}", class_="network",
    )  # fmt: skip


def _more_counted(view: View) -> list[str]:
    """What the inspector's other measures count."""
    said = ("output", "params", "weights", "mult-adds")
    lines = view.grid.convention
    return [line for line in lines if line.partition(":")[0].removeprefix("% ") not in said]


def _totals(view: View) -> Markup:
    """What stands below the table; a head's line is what its box leads to."""
    ids = [view.head_id(each.head.name) for each in view.report.figures.heads]
    first, *others = cells.summary(view.report)
    items = [
        tag("li", tag("a", line, class_="pick", href=f"#{each}"), id=each)
        for line, each in zip(others, ids, strict=False)
    ]
    plain = [tag("li", line) for line in (first, *others[len(ids) :])]
    return tag("ul", lines(plain[0], *items, *plain[1:]))


def _marks(view: View) -> Markup:
    """What the marks mean, and a note for each row that is in error."""
    if not view.report.verdicts():
        return NOTHING
    key = tag("p", legend(view.report), class_="legend")
    if not noted(view.report):
        return key
    return lines(key, tag(view.heading, "Errata"), notes(view.report, view.number))
