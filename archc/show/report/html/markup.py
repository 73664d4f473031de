"""A writer of HTML in which a text cannot become markup: only `tag` makes any."""

from __future__ import annotations

import html
import re

from archc.diagnostics import safe

__all__ = ["NOTHING", "Markup", "away", "lines", "tag"]

_EMPTY = ("meta", "input", "img")
"""Elements of HTML that hold nothing."""

_SHAPES = ("rect", "path", "polygon", "polyline", "ellipse")
"""Those of SVG."""


class Markup(str):
    """HTML that is written already. Any other string is text, and is escaped."""

    __slots__ = ()


NOTHING = Markup()


def tag(name: str, /, *content: str, **attributes: str) -> Markup:
    """An element. ``class_`` is the attribute `class`, and ``aria_label`` is `aria-label`.

    ``name`` and the attributes' names must be the program's own: they are not escaped.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escape(value)}"'
        for key, value in attributes.items()
    )
    if name in _EMPTY:
        return Markup(f"<{name}{told}>")
    if name in _SHAPES:
        return Markup(f"<{name}{told}/>")
    inside = "".join(each if isinstance(each, Markup) else _escape(each) for each in content)
    return Markup(f"<{name}{told}>{inside}</{name}>")


def away(text: str) -> Markup:
    """Words that are heard and not seen."""
    return tag("span", text, class_="away")


def lines(*elements: Markup) -> Markup:
    """Elements with each on lines of its own, so that pages can be compared by line."""
    return Markup("\n" + "\n".join(each for each in elements if each) + "\n")


def _escape(text: str) -> str:
    """Text that a browser shows as it is, on one line and in its own order."""
    return html.escape(safe(re.sub(r"\s", " ", text)))
