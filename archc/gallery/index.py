"""The page that leads to all others."""

from __future__ import annotations

from collections.abc import Iterable

from archc.gallery.page import Subject
from archc.ops import format_shape
from archc.quantities import aligned
from archc.texts import escape_markdown

__all__ = ["index_page"]

_HEAD = """# Gallery

Each page has a network's table beside its paper's figures, its diagram, its modules' figures, the
spec, and the code that archc makes of it. `archc docs` writes them.

| network | input | depth | params | ops | source |
| --- | --- | ---: | ---: | ---: | --- |
"""


def index_page(subjects: Iterable[Subject]) -> bytes:
    """A line for each network, with a link to its page."""
    return (_HEAD + "".join(map(_line, subjects))).encode()


def _line(subject: Subject) -> str:
    net = subject.network
    cells = (
        f"[{escape_markdown(subject.command)}]({subject.stem}.md)",
        format_shape(net.input),
        f"{net.depth}",
        aligned(net.params, "M"),
        aligned(net.macs, "G"),
        escape_markdown(net.graph.source or ""),
    )
    return f"| {' | '.join(cells)} |\n"
