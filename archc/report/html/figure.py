"""A drawing that somebody else made, taken into the page."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from archc.report.html.markup import NOTHING, Markup, tag

__all__ = ["Figure", "figure"]

_ELEMENTS = ("svg", "g", "path", "polygon", "polyline", "ellipse", "rect", "text")
_ATTRIBUTES = (
    "class", "cx", "cy", "d", "fill", "font-family", "font-size", "font-style", "font-weight",
    "height", "points", "rx", "ry", "stroke", "stroke-dasharray", "stroke-width", "text-anchor",
    "transform", "viewBox", "width", "x", "y",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """The network's diagram as an SVG document, or why there is none."""

    svg: bytes | None = None
    missing: str = ""


def figure(found: Figure, name: str) -> Markup:
    """The drawing with its caption, in a frame that scrolls and can have the focus."""
    if found.svg is None:
        return tag("p", f"The diagram is left out: {found.missing}.", class_="missing")
    root = ElementTree.fromstring(found.svg)
    drawing = tag(
        "div", _copy(root, role="img", aria_label=f"Diagram of {name}, one box per row"),
        class_="drawing", tabindex="0", role="region", aria_label="Diagram, scrollable",
    )  # fmt: skip
    return tag("figure", drawing, tag("figcaption", "The rows, and the sizes between them."))


def _copy(element: ElementTree.Element, **more: str) -> Markup:
    """An element with what is known to draw, and nothing else.

    Left out are ids, which would clash between two drawings on a page and which nothing in
    these drawings refers to, titles, which repeat the names in code, and all that could load.
    """
    name = element.tag.rpartition("}")[2]
    if name not in _ELEMENTS:
        return NOTHING
    kept = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    text = (element.text or "") if name == "text" else ""
    return tag(name, text, *(_copy(each) for each in element), **kept, **more)
