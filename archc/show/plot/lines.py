"""Line plots as SVG: panels with axes, ticks, lines, marks and a legend.

Lines differ in dashes as in colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archc.show.plot import svg

__all__ = ["Mark", "Panel", "Plot", "PlotLine", "draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 24, 34, 46
_PANEL = 250
_HEAD, _LEGEND_LINE = 40, 22
_CHAR = 6.6  # the mean width of a character at 12 pixels
_DOTS = 30  # lines of up to so many points show each point

_DASHES = ("", "6 4", "2 3", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class PlotLine:
    """A line's name and points; y is None in a gap. Lines of one ``dash`` belong together."""

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
    lines: Sequence[PlotLine]
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
    """Write the plot as an SVG document, the same bytes for the same plot."""
    lines = plot.panels[0].lines
    legend = list(_legend(lines)) if len(lines) > 1 else []  # the title names a lone one
    rows = max((row + 1 for row, _, _ in legend), default=0)
    head = _HEAD + rows * _LEGEND_LINE
    height = head + len(plot.panels) * _PANEL + 10
    out = [
        svg.text(_LEFT, 26, svg.fit(plot.title, svg.WIDTH - _LEFT - _RIGHT, 8.2), "start", "title")
    ]
    for row, x, line in legend:
        out += _legend_entry(x, _HEAD + row * _LEGEND_LINE, line)
    for index, panel in enumerate(plot.panels):
        out += _Axes(plot, panel, head + index * _PANEL).draw()
    return svg.document(plot.title, plot.description, height, out)


class _Axes:
    """One panel's place on the page and its scales."""

    def __init__(self, plot: Plot, panel: Panel, top: float) -> None:
        self.plot, self.panel = plot, panel
        self.left, self.right = _LEFT, svg.WIDTH - _RIGHT
        self.top, self.bottom = top + _TOP, top + _PANEL - _BOTTOM
        xs = [x for line in panel.lines for x, _ in line.points]
        ys = [y for line in panel.lines for _, y in line.points if y is not None]
        self.low, self.high = min(xs), max(xs)
        self.y_ticks = svg.ticks(0, max([*ys, 1]), 5, beyond=True)

    def x(self, value: float) -> float:
        """Place an x: pixels from the left; a lone value stands in the middle."""
        if self.high == self.low:
            return (self.left + self.right) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Place a y: pixels from the top."""
        return self.bottom - value / self.y_ticks[-1] * (self.bottom - self.top)

    def draw(self) -> Iterator[str]:
        """Draw grid, ticks, lines and marks."""
        yield svg.text(self.left, self.top - 14, self.panel.label, "start", "panel")
        for tick in self.y_ticks:
            y = self.y(tick)
            yield svg.stroke(self.left, y, self.right, y, "axis" if tick == 0 else "grid")
            yield svg.text(self.left - 8, y + 4, svg.short(tick), "end")
        for x, name in self._x_ticks():
            yield svg.stroke(x, self.bottom, x, self.bottom + 5, "axis")
            yield svg.text(x, self.bottom + 19, name, "middle")
        yield svg.text((self.left + self.right) / 2, self.bottom + 38, self.plot.x_label, "middle")
        for line in self.panel.lines:
            yield from self._line(line)
        for mark in self.panel.marks:
            x = self.x(mark.x)
            yield svg.stroke(x, self.top, x, self.bottom, "turn")
            yield svg.circle(x, self.y(mark.y), 4.5, "ring")
        for index, mark in enumerate(self.panel.marks):
            yield self._mark_text(mark, index)

    def _x_ticks(self) -> Iterator[tuple[float, str]]:
        if not self.plot.names:
            yield from ((self.x(tick), svg.short(tick)) for tick in self._round_numbers())
            return
        step = -(-len(self.plot.names) * 90 // (self.right - self.left))
        for index in range(0, len(self.plot.names), step):
            yield self.x(index), self.plot.names[index]

    def _round_numbers(self) -> list[float]:
        ticks = svg.ticks(self.low, self.high, 9)
        return [tick for tick in ticks if self.low <= tick <= self.high] or [self.low]

    def _line(self, line: PlotLine) -> Iterator[str]:
        dash = _DASHES[line.dash % len(_DASHES)]
        style = f' stroke-dasharray="{dash}"' if dash else ""
        color = line.color % len(svg.COLORS)
        path = "".join(self._path(line))
        yield f'<path class="line c{color}"{style} d="{path}"/>'
        if len(line.points) <= _DOTS:
            places = ((self.x(x), self.y(y)) for x, y in line.points if y is not None)
            yield from (svg.circle(*place, 3, f"d{color}") for place in places)

    def _path(self, line: PlotLine) -> Iterator[str]:
        pen = "M"
        for x, y in line.points:
            if y is not None:
                yield f"{pen}{svg.number(self.x(x))} {svg.number(self.y(y))}"
            pen = "M" if y is None else "L"

    def _mark_text(self, mark: Mark, index: int) -> str:
        """Write at the top, beside the line of the mark, away from the nearer edge."""
        x = self.x(mark.x)
        right = x < (self.left + self.right) / 2
        y = self.top + 12 + 15 * (index % 4)
        return svg.text(x + (6 if right else -6), y, mark.text, "start" if right else "end", "mark")


def _legend(lines: Sequence[PlotLine]) -> Iterator[tuple[int, float, PlotLine]]:
    """Place each line's entry: its row and x."""
    row, x = 0, float(_LEFT)
    for line in lines:
        width = 44 + _CHAR * len(line.name) + 20
        if x > _LEFT and x + width > svg.WIDTH - _RIGHT:
            row, x = row + 1, float(_LEFT)
        yield row, x, line
        x += width


def _legend_entry(x: float, y: float, line: PlotLine) -> Iterator[str]:
    dash = _DASHES[line.dash % len(_DASHES)]
    style = f' stroke-dasharray="{dash}"' if dash else ""
    color = line.color % len(svg.COLORS)
    yield f'<path class="line c{color}"{style} d="M{svg.number(x)} {svg.number(y + 10)}h32"/>'
    yield svg.text(x + 40, y + 14, line.name, "start")
