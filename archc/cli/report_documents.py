"""``archc report`` as a document: HTML with the network's diagram, or LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archc.cli.list_command import bundled
from archc.diagram import draw, to_dot
from archc.diagram.render import RenderError, render
from archc.network import Network
from archc.report import comparison, html, latex
from archc.texts import one_line

__all__ = ["comparison_document", "reports_document"]


def comparison_document(form: str) -> str:
    """All bundled networks side by side, as ``html`` or ``latex``."""
    lines = [comparison.line(*each) for each in bundled()]
    return html.comparison_page(lines) if form == "html" else latex.comparison(lines)


def reports_document(form: str, specs: Sequence[str], networks: Sequence[Network]) -> str:
    """The networks' reports, as ``html`` or ``latex``; ``specs`` are their names here."""
    reports = [network.report() for network in networks]
    if form == "latex":
        return "\n".join(report.to_latex() for report in reports)
    figures = [_figure(network) for network in networks]
    if len(reports) == 1:
        return html.report_page(reports[0], figures[0])
    lines = [comparison.line(*each) for each in zip(specs, reports, strict=True)]
    return html.reports_page(lines, reports, figures)


def _figure(network: Network) -> html.Figure:
    """The network's diagram; where it cannot be drawn, the page says why and goes without."""
    try:
        return html.Figure(svg=render(to_dot(draw(network.graph)), "svg"))
    except RenderError as error:
        click.echo(f"the diagram is left out: {one_line(str(error))}", err=True)
        return html.Figure(missing=str(error))
