"""Write SVG: the page around a plot, its colours, words and strokes on it; and as PNG.

Knows nothing of networks. Colours adapt to a reader's light or dark scheme, and a picture has a
title and a description for those who do not see it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from archc.diagnostics import ArchcError
from archc.show.raster import FONT, rasterise
from archc.texts import one_line

__all__ = [
    "COLORS",
    "WIDTH",
    "circle",
    "document",
    "fit",
    "number",
    "short",
    "stroke",
    "text",
    "ticks",
    "to_png",
]

WIDTH = 760

COLORS = ("#0b6fb8", "#d1570b", "#0c8a63", "#b3478a", "#8a6d00", "#5b5fc7")
_DARK = ("#5cb3f0", "#f28b4b", "#3fc79a", "#e58cc2", "#d9b62e", "#a3a6ff")

_STYLE = """\
text { font-family: system-ui, "Helvetica Neue", Arial, sans-serif; font-size: 12px; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.panel, .mark { font-weight: 600 }
.mark { stroke: #ffffff; stroke-width: 4; stroke-linejoin: round; paint-order: stroke }
.paper { fill: #ffffff }
.grid { stroke: #d8dee4; stroke-width: 1 }
.axis { stroke: #57606a; stroke-width: 1 }
.turn { stroke: #57606a; stroke-width: 1; stroke-dasharray: 3 3 }
.ring { fill: #ffffff; stroke: #24292f; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
"""
_DARK_STYLE = """\
text { fill: #e6edf3 } .paper { fill: #0d1117 } .grid { stroke: #30363d }
.axis, .turn { stroke: #9198a1 } .ring { fill: #0d1117; stroke: #e6edf3 }
.mark { stroke: #0d1117 }
"""


def document(
    title: str, description: str, height: float, content: Iterable[str], more: str = ""
) -> str:
    """Put an SVG document around its content; ``more`` is style of its own."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title description">',
        f'<title id="title">{_escape(title)}</title>',
        f'<desc id="description">{_escape(description)}</desc>',
        f"<style>\n{_STYLE}{_classes(COLORS)}{more}@media (prefers-color-scheme: dark) {{\n"
        f"{_DARK_STYLE}{_classes(_DARK)}}}\n</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *content,
    ]
    return "\n".join([*out, "</svg>"]) + "\n"


def _classes(colors: Sequence[str]) -> str:
    return "".join(
        f".c{index} {{ stroke: {color} }} .d{index} {{ fill: {color} }}\n"
        for index, color in enumerate(colors)
    )


def ticks(low: float, high: float, count: int, beyond: bool = False) -> list[float]:
    """Choose about ``count`` round numbers between two; ``beyond`` goes on past the higher one."""
    raw = max((high - low) / count, 1e-9)
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    values = [round(index * step, 9) for index in range(first, last + 1)]
    return values if beyond or values[-1] <= high else values[:-1]


def short(value: float) -> str:
    """Write a number briefly: ``1.5M`` for a million and a half."""
    for suffix, unit in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if value >= 10 * unit or (value >= unit and (value / unit * 10).is_integer()):
            return f"{value / unit:.6g}{suffix}"
    return f"{value:.6g}"


def fit(text: str, width: float, char: float) -> str:
    """Cut a text where it would run off the page."""
    most = int(width / char)
    return text if len(text) <= most else text[: most - 1] + "…"


def stroke(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Draw a straight line."""
    start = f'x1="{number(x1)}" y1="{number(y1)}"'
    return f'<line class="{kind}" {start} x2="{number(x2)}" y2="{number(y2)}"/>'


def circle(x: float, y: float, radius: float, kind: str) -> str:
    """Draw a circle around a point."""
    return f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="{radius:g}"/>'


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    """Write words that start, end or have their middle at x."""
    style = f' class="{kind}"' if kind else ""
    place = f'x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"'
    return f"<text{style} {place}>{_escape(words)}</text>"


def _escape(text: str) -> str:
    """Escape a text for XML, which cannot hold control characters even as escapes."""
    return escape(one_line(text))


def number(value: float) -> str:
    """Write a coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


_FAMILY = re.compile(r"font-family: [^;]*;")
_ZOOM = 2.0
"""A png has two pixels for each of the svg, which keeps small text sharp."""


def to_png(text: str) -> bytes:
    """Draw an SVG as PNG. Raises `ArchcError` where a package is missing."""
    try:
        return rasterise(_FAMILY.sub(f"font-family: {FONT};", text), _ZOOM)
    except ImportError as error:
        raise ArchcError(
            f'a png needs the package {error.name!r}: run `pip install "archc[diagram]"`, '
            "or write an svg"
        ) from None
