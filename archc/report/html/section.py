"""One network on the page."""

from __future__ import annotations

from archc.report import cells
from archc.report.html.bars import bars
from archc.report.html.figure import Figure, figure
from archc.report.html.grid import grid
from archc.report.html.marks import legend, noted, notes
from archc.report.html.markup import NOTHING, Markup, lines, tag
from archc.report.table import Report

__all__ = ["section"]


def section(report: Report, drawn: Figure | None, number: int, level: int) -> Markup:
    """A network's part of the page: its ``number`` there, its heading's ``level``."""
    network = report.network
    beneath = f"h{level + 1}"
    source = tag("p", network.source, class_="source") if network.source else NOTHING
    text = tag(
        "div",
        lines(
            tag("header", lines(tag(f"h{level}", network.name), source)),
            grid(report, number),
            _marks(report, number, beneath),
            tag(beneath, "Totals"),
            tag("ul", lines(*(tag("li", each) for each in cells.summary(report)))),
            bars(report, beneath),
            tag(beneath, "Counting"),
            tag("p", cells.convention(report), class_="convention"),
        ),
        class_="text",
    )
    beside = figure(drawn, network.name) if drawn else NOTHING
    return tag("section", lines(text, beside), id=f"network-{number}")


def _marks(report: Report, number: int, heading: str) -> Markup:
    """What the marks mean, and a note for each row that is in error."""
    if not report.verdicts():
        return NOTHING
    key = tag("p", legend(report), class_="legend")
    if not noted(report):
        return key
    return lines(key, tag(heading, "Errata"), notes(report, number))
