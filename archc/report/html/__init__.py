"""Reports as one page of HTML that stands alone: no script, no file beside it, no network."""

from __future__ import annotations

from collections.abc import Sequence

from archc.report.comparison import Line
from archc.report.html.comparison import comparison
from archc.report.html.document import document
from archc.report.html.figure import Figure
from archc.report.html.section import section
from archc.report.table import Report

__all__ = ["Figure", "comparison_page", "report_page", "reports_page"]

_SIDE_BY_SIDE = "Networks side by side"


def report_page(report: Report, figure: Figure | None = None) -> str:
    """One network: its table, bars, notes and, where one is given, its diagram."""
    return document(report.network.name, section(report, figure, number=1, level=1))


def comparison_page(lines: Sequence[Line]) -> str:
    """Networks side by side, one line each."""
    return document(_SIDE_BY_SIDE, comparison(_SIDE_BY_SIDE, lines, linked=False))


def reports_page(
    lines: Sequence[Line], reports: Sequence[Report], figures: Sequence[Figure | None]
) -> str:
    """Networks side by side, then a section for each."""
    sections = [
        section(report, figure, number, level=2)
        for number, (report, figure) in enumerate(zip(reports, figures, strict=True), 1)
    ]
    return document(_SIDE_BY_SIDE, comparison(_SIDE_BY_SIDE, lines, linked=True), *sections)
