"""A small writer of SVG line plots: panels with axes, ticks, lines, marks and a legend.

Knows nothing of networks. Colours adapt to a reader's light or dark scheme; lines differ in
dashes too, and the picture has a title and a description for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from archc.texts import one_line

__all__ = [
    "WIDTH",
    "Line",
    "Mark",
    "Panel",
    "Plot",
    "document",
    "draw",
    "fit",
    "number",
    "short",
    "stroke",
    "text",
    "ticks",
]

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 24, 34, 46
_PANEL = 250
_HEAD, _LEGEND_LINE = 40, 22
_CHAR = 6.6  # the mean width of a character at 12 pixels
_DOTS = 30  # lines of up to so many points show each point

_COLORS = ("#0b6fb8", "#d1570b", "#0c8a63", "#b3478a", "#8a6d00", "#5b5fc7")
_DARK = ("#5cb3f0", "#f28b4b", "#3fc79a", "#e58cc2", "#d9b62e", "#a3a6ff")
_DASHES = ("", "6 4", "2 3", "9 3 2 3")

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line's name and points; y is None where there is a gap. Alike in ``dash``, a family."""

    name: str
    points: Sequence[tuple[float, float | None]]
    color: int = 0
    dash: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A remarkable point and what to write at it."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes, its y starting at zero."""

    label: str
    lines: Sequence[Line]
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels above each other over one x axis; ``names`` are tick labels at 0, 1, and so on."""

    title: str
    description: str
    x_label: str
    panels: Sequence[Panel]
    names: Sequence[str] = field(default=())


def draw(plot: Plot) -> str:
    """The plot as an SVG document, the same bytes for the same plot."""
    lines = plot.panels[0].lines
    legend = list(_legend(lines)) if len(lines) > 1 else []  # the title names a lone one
    rows = max((row + 1 for row, _, _ in legend), default=0)
    head = _HEAD + rows * _LEGEND_LINE
    height = head + len(plot.panels) * _PANEL + 10
    out = [text(_LEFT, 26, fit(plot.title, WIDTH - _LEFT - _RIGHT, 8.2), "start", "title")]
    for row, x, line in legend:
        out += _legend_entry(x, _HEAD + row * _LEGEND_LINE, line)
    for index, panel in enumerate(plot.panels):
        out += _Axes(plot, panel, head + index * _PANEL).draw()
    return document(plot.title, plot.description, height, out)


def document(
    title: str, description: str, height: float, content: Iterable[str], more: str = ""
) -> str:
    """An SVG document around its content; ``more`` is style of its own."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title description">',
        f'<title id="title">{_escape(title)}</title>',
        f'<desc id="description">{_escape(description)}</desc>',
        f"<style>\n{_STYLE}{_classes(_COLORS)}{more}@media (prefers-color-scheme: dark) {{\n"
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


class _Axes:
    """One panel's place on the page and its scales."""

    def __init__(self, plot: Plot, panel: Panel, top: float) -> None:
        self.plot, self.panel = plot, panel
        self.left, self.right = _LEFT, WIDTH - _RIGHT
        self.top, self.bottom = top + _TOP, top + _PANEL - _BOTTOM
        xs = [x for line in panel.lines for x, _ in line.points]
        ys = [y for line in panel.lines for _, y in line.points if y is not None]
        self.low, self.high = min(xs), max(xs)
        self.y_ticks = ticks(0, max([*ys, 1]), 5, beyond=True)

    def x(self, value: float) -> float:
        """Pixels from the left; a lone value stands in the middle."""
        if self.high == self.low:
            return (self.left + self.right) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.bottom - value / self.y_ticks[-1] * (self.bottom - self.top)

    def draw(self) -> Iterator[str]:
        """Grid, ticks, lines and marks."""
        yield text(self.left, self.top - 14, self.panel.label, "start", "panel")
        for tick in self.y_ticks:
            y = self.y(tick)
            yield stroke(self.left, y, self.right, y, "axis" if tick == 0 else "grid")
            yield text(self.left - 8, y + 4, short(tick), "end")
        for x, name in self._x_ticks():
            yield stroke(x, self.bottom, x, self.bottom + 5, "axis")
            yield text(x, self.bottom + 19, name, "middle")
        yield text((self.left + self.right) / 2, self.bottom + 38, self.plot.x_label, "middle")
        for line in self.panel.lines:
            yield from self._line(line)
        for mark in self.panel.marks:
            x = self.x(mark.x)
            yield stroke(x, self.top, x, self.bottom, "turn")
            yield _circle(x, self.y(mark.y), 4.5, "ring")
        for index, mark in enumerate(self.panel.marks):
            yield self._mark_text(mark, index)

    def _x_ticks(self) -> Iterator[tuple[float, str]]:
        if not self.plot.names:
            yield from ((self.x(tick), short(tick)) for tick in self._round_numbers())
            return
        step = -(-len(self.plot.names) * 90 // (self.right - self.left))
        for index in range(0, len(self.plot.names), step):
            yield self.x(index), self.plot.names[index]

    def _round_numbers(self) -> list[float]:
        found = ticks(self.low, self.high, 9)
        return [tick for tick in found if self.low <= tick <= self.high] or [self.low]

    def _line(self, line: Line) -> Iterator[str]:
        dash = _DASHES[line.dash % len(_DASHES)]
        style = f' stroke-dasharray="{dash}"' if dash else ""
        color = line.color % len(_COLORS)
        path = "".join(self._path(line))
        yield f'<path class="line c{color}"{style} d="{path}"/>'
        if len(line.points) <= _DOTS:
            places = ((self.x(x), self.y(y)) for x, y in line.points if y is not None)
            yield from (_circle(*place, 3, f"d{color}") for place in places)

    def _path(self, line: Line) -> Iterator[str]:
        pen = "M"
        for x, y in line.points:
            if y is not None:
                yield f"{pen}{number(self.x(x))} {number(self.y(y))}"
            pen = "M" if y is None else "L"

    def _mark_text(self, mark: Mark, index: int) -> str:
        """At the top, beside the line of the mark, away from the nearer edge."""
        x = self.x(mark.x)
        right = x < (self.left + self.right) / 2
        y = self.top + 12 + 15 * (index % 4)
        return text(x + (6 if right else -6), y, mark.text, "start" if right else "end", "mark")


def _legend(lines: Sequence[Line]) -> Iterator[tuple[int, float, Line]]:
    """Where each line's entry stands: row and x."""
    row, x = 0, float(_LEFT)
    for line in lines:
        width = 44 + _CHAR * len(line.name) + 20
        if x > _LEFT and x + width > WIDTH - _RIGHT:
            row, x = row + 1, float(_LEFT)
        yield row, x, line
        x += width


def _legend_entry(x: float, y: float, line: Line) -> Iterator[str]:
    dash = _DASHES[line.dash % len(_DASHES)]
    style = f' stroke-dasharray="{dash}"' if dash else ""
    color = line.color % len(_COLORS)
    yield f'<path class="line c{color}"{style} d="M{number(x)} {number(y + 10)}h32"/>'
    yield text(x + 40, y + 14, line.name, "start")


def ticks(low: float, high: float, count: int, beyond: bool = False) -> list[float]:
    """Round numbers about ``count`` times from ``low`` to ``high``, the last one past it."""
    raw = max((high - low) / count, 1e-9)
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    found = [round(index * step, 9) for index in range(first, last + 1)]
    return found if beyond or found[-1] <= high else found[:-1]


def short(value: float) -> str:
    """``1.5M`` for a million and a half."""
    for suffix, unit in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if value >= 10 * unit or (value >= unit and (value / unit * 10).is_integer()):
            return f"{value / unit:.6g}{suffix}"
    return f"{value:.6g}"


def fit(text: str, width: float, char: float) -> str:
    """Text cut where it would run off the page."""
    most = int(width / char)
    return text if len(text) <= most else text[: most - 1] + "…"


def stroke(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    start = f'x1="{number(x1)}" y1="{number(y1)}"'
    return f'<line class="{kind}" {start} x2="{number(x2)}" y2="{number(y2)}"/>'


def _circle(x: float, y: float, radius: float, kind: str) -> str:
    return f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="{radius:g}"/>'


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    """Words that start, end or have their middle at x."""
    style = f' class="{kind}"' if kind else ""
    place = f'x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"'
    return f"<text{style} {place}>{_escape(words)}</text>"


def _escape(text: str) -> str:
    """Text in XML, which cannot hold control characters even as escapes."""
    return escape(one_line(text))


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
