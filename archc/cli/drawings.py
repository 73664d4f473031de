"""The figures of a network's modules, for the page that explores it."""

from __future__ import annotations

from dataclasses import replace

import click

from archc.ir import Head, Network, Row
from archc.show.diagram import draw_part, to_dot
from archc.show.diagram.render import RenderError, render
from archc.show.report.page import Drawings
from archc.texts import one_line

__all__ = ["module_drawings"]


def module_drawings(network: Network) -> Drawings:
    """Draw each row and head that is a module as SVG; where nothing draws, give the reason."""
    try:
        drawn = {each.name: _figure(network, each) for each in network.parts if _is_module(each)}
    except RenderError as error:
        reason = one_line(str(error))
        click.echo(f"the modules' figures are left out: {reason}", err=True)
        return Drawings(missing=reason)
    return Drawings(drawn)


def _is_module(part: Row | Head) -> bool:
    return any(node.kind == "module" for node in part.nodes)


def _figure(network: Network, part: Row | Head) -> bytes:
    """Draw without legend and caption: the page has its own."""
    drawing = replace(draw_part(network, part), key=None, caption="")
    return render(to_dot(drawing), "svg")
