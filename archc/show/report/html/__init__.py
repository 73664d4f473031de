"""Reports as one page of HTML that stands alone: no file beside it, no network."""

from __future__ import annotations

from collections.abc import Sequence

from archc.show.report.comparison import Line
from archc.show.report.html.comparison import comparison
from archc.show.report.html.document import document
from archc.show.report.html.section import section
from archc.show.report.html.view import Drawings, View
from archc.show.report.table import Report

__all__ = ["Drawings", "comparison_page", "report_page", "reports_page"]

_SIDE_BY_SIDE = "Networks side by side"


def report_page(report: Report, drawings: Drawings | None = None) -> str:
    """One network to explore: its diagram, its table, and what is known of every row."""
    view = View(report, drawings or Drawings())
    return document(report.network.name, section(view), explored=True)


def comparison_page(lines: Sequence[Line]) -> str:
    """Networks side by side, one line each."""
    compared = comparison(_SIDE_BY_SIDE, lines, linked=False)
    return document(_SIDE_BY_SIDE, compared, explored=False)


def reports_page(
    lines: Sequence[Line], reports: Sequence[Report], drawings: Sequence[Drawings]
) -> str:
    """Networks side by side, then a section for each."""
    sections = [
        section(View(report, drawn, number, level=2, alone=False))
        for number, (report, drawn) in enumerate(zip(reports, drawings, strict=True), 1)
    ]
    compared = comparison(_SIDE_BY_SIDE, lines, linked=True)
    return document(_SIDE_BY_SIDE, compared, *sections, explored=True)
