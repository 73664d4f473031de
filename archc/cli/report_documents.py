"""``archc report`` as a document: HTML to explore a network in, or LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from archc.cli.drawings import module_drawings
from archc.cli.list_command import bundled
from archc.network import Network
from archc.show.report import comparison, html, latex
from archc.show.report.grid import Choice, make_grid

__all__ = ["chosen_document", "comparison_document", "reports_document"]


def comparison_document(form: str) -> str:
    """All bundled networks side by side, as ``html`` or ``latex``."""
    lines = [comparison.line(*each) for each in bundled()]
    return html.comparison_page(lines) if form == "html" else latex.comparison(lines)


def chosen_document(networks: Sequence[Network], choice: Choice) -> str:
    """A chosen table for each network, as LaTeX."""
    return "\n".join(latex.chosen(make_grid(network.report(), choice)) for network in networks)


def reports_document(form: str, specs: Sequence[str], networks: Sequence[Network]) -> str:
    """The networks' reports, as ``html`` or ``latex``; ``specs`` are their names here."""
    reports = [network.report() for network in networks]
    if form == "latex":
        return "\n".join(report.to_latex() for report in reports)
    drawings = [module_drawings(network.graph) for network in networks]
    if len(reports) == 1:
        return html.report_page(reports[0], drawings[0])
    lines = [comparison.line(*each) for each in zip(specs, reports, strict=True)]
    return html.reports_page(lines, reports, drawings)
