"""A drawing that somebody else made, taken into the page."""

from __future__ import annotations

from xml.etree import ElementTree

from archc.show.report.html.markup import NOTHING, Markup, tag

__all__ = ["drawing"]

_ELEMENTS = ("svg", "g", "path", "polygon", "polyline", "ellipse", "rect", "text")
_ATTRIBUTES = (
    "class", "cx", "cy", "d", "fill", "font-family", "font-size", "font-style", "font-weight",
    "height", "points", "rx", "ry", "stroke", "stroke-dasharray", "stroke-width", "text-anchor",
    "transform", "viewBox", "width", "x", "y",
)  # fmt: skip


def drawing(svg: bytes, about: str) -> Markup:
    """The drawing in a frame that scrolls and can have the focus; ``about`` is what it shows."""
    root = ElementTree.fromstring(svg)
    return tag(
        "div", _copy(root, role="img", aria_label=about),
        class_="drawing", tabindex="0", role="region", aria_label=f"{about}, scrollable",
    )  # fmt: skip


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
