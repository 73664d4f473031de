"""The dark colours of an SVG that a reader's page may show in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archc.ops.family import Family
from archc.show.diagram.style import THEMES

__all__ = ["with_dark_colors"]

_START = re.compile(rb"<svg [^>]*>")
_PAGE = '<rect class="page" width="100%" height="100%" rx="6" fill="none"/>'
"""What is behind the drawing: nothing where it is light, as pages are of several whites."""


def with_dark_colors(svg: bytes) -> bytes:
    """The picture of a drawing with a style for pages that are dark.

    It has a dark background then: whoever shows it may be light all the same, as a browser's own
    page for a file is. Boxes that are coloured by cost keep their colours: light to dark means
    little to much.
    """
    style = f"<style>@media (prefers-color-scheme: dark) {{\n{_rules()}\n}}</style>"
    added = f"\n{style}\n{_PAGE}".encode()
    return _START.sub(lambda found: found[0] + added, svg, count=1)


def _rules() -> str:
    return "\n".join(f"{where} {{ {what} }}" for where, what in _dark())


def _dark() -> Iterator[tuple[str, str]]:
    dark = THEMES["dark"]
    yield ".page", f"fill: {dark.background}"
    yield ".graph > text, .cluster text, .node:not(.shaded) text", f"fill: {dark.text}"
    yield ".edge text", f"fill: {dark.faint}"
    yield ".node path, .cluster path", f"stroke: {dark.line}"
    yield ".edge path", f"stroke: {dark.line}"
    yield ".edge polygon, .node ellipse", f"fill: {dark.line}; stroke: {dark.line}"
    yield ".frame path", f"fill: {dark.frame}"
    for kind in Family:
        yield f".node.{kind.css} path", f"fill: {dark.fills[kind]}"
