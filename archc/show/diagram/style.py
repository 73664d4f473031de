"""Colours by family of operation, no two of one grey; text can be read on all, in the dark too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archc.ops.family import Family

__all__ = ["THEMES", "Palette", "Theme", "contrast", "with_dark_colors"]

Theme = Literal["auto", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme; ``ramp`` leads from what costs nothing to what costs most.

    ``on_ramp`` are the colours for text there, of which the one is taken that is easier to read.
    """

    background: str
    text: str
    faint: str
    line: str
    frame: str
    fills: dict[Family, str]
    ramp: tuple[tuple[int, int, int], tuple[int, int, int]]
    on_ramp: tuple[str, ...]

    def shade(self, share: float) -> tuple[str, str]:
        """Return the fill of a box that is so dark, 0 to 1, and the colour of text on it."""
        low, high = self.ramp
        mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
        fill = "#" + "".join(f"{channel:02x}" for channel in mixed)
        return fill, max(self.on_ramp, key=lambda text: contrast(text, fill))


def contrast(text: str, fill: str) -> float:
    """Measure how well text can be read, 1 to 21, as WCAG 2 does; 4.5 is enough."""
    darker, lighter = sorted((_luminance(text), _luminance(fill)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    shares = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_LIGHT = Palette(
    background="#ffffff",
    text="#1c2733",
    faint="#44546a",
    line="#6b7785",
    frame="#f6f8fa",
    fills={
        Family.MODULE: "#bcd6ee",
        Family.CONVOLUTION: "#74a7dd",
        Family.LINEAR: "#a47cc9",
        Family.MAX_POOL: "#ea9473",
        Family.AVG_POOL: "#9acb9e",
        Family.NORM: "#f3df91",
        Family.ACTIVATION: "#fff6dc",
        Family.JOIN: "#c0c4ca",
        Family.TENSOR: "#ffffff",
        Family.OTHER: "#e9eaee",
    },
    ramp=((255, 250, 240), (226, 104, 48)),
    on_ramp=("#1c2733",),
)
_DARK = Palette(
    background="#0d1117",
    text="#f0f6fc",
    faint="#b1bac4",
    line="#8b949e",
    frame="#161b22",
    fills={
        Family.MODULE: "#18304a",
        Family.CONVOLUTION: "#2d6db1",
        Family.LINEAR: "#553473",
        Family.MAX_POOL: "#914428",
        Family.AVG_POOL: "#2c6337",
        Family.NORM: "#443507",
        Family.ACTIVATION: "#2f250e",
        Family.JOIN: "#383c43",
        Family.TENSOR: "#0d1117",
        Family.OTHER: "#1b1f26",
    },
    ramp=((38, 30, 26), (232, 108, 48)),
    on_ramp=("#ffffff", "#000000"),
)
THEMES: dict[Theme, Palette] = {"auto": _LIGHT, "light": _LIGHT, "dark": _DARK}
"""An SVG of the theme ``auto`` has the dark colours too, for pages that are dark."""


_START = re.compile(rb"<svg [^>]*>")
_PAGE = '<rect class="page" width="100%" height="100%" rx="6" fill="none"/>'
"""What is behind the drawing: nothing where it is light, as pages are of several whites."""


def with_dark_colors(svg: bytes) -> bytes:
    """Add a style for dark pages to an SVG.

    On those it has a dark background of its own, as the page around it may be light all the same
    (a browser's own page for a file is). Boxes that are coloured by cost keep their colours: light
    to dark means little to much.
    """
    style = f"<style>@media (prefers-color-scheme: dark) {{\n{_rules()}\n}}</style>"
    added = f"\n{style}\n{_PAGE}".encode()
    return _START.sub(lambda start: start[0] + added, svg, count=1)


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
