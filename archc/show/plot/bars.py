"""Bars as SVG: one a name, with a whisker for its spread and a remark behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from archc.show.plot import svg

__all__ = ["Bar", "draw"]

_LEFT, _RIGHT = 130, 24
_HEAD, _BAR, _GAP, _FOOT = 56, 22, 14, 52
_LINE, _LETTER = 19, 8.2  # of the title
_REMARK = 210  # pixels kept free behind the longest bar

_STYLE = ".whisker { stroke: #57606a; stroke-width: 1.5 }\n"


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, its value and between what it lies, and what to write at its end."""

    name: str
    value: float
    low: float
    high: float
    remark: str


def draw(title: str, description: str, label: str, bars: Sequence[Bar]) -> str:
    """Draw bars over an axis that starts at zero, as an SVG document; the first is set off."""
    titles = _title_lines(title)
    head = _HEAD + (len(titles) - 1) * _LINE
    bottom = head + len(bars) * (_BAR + _GAP)
    ticks = svg.ticks(0, max(max(bar.value, bar.high) for bar in bars), 5, beyond=True)
    scale = (svg.WIDTH - _LEFT - _RIGHT - _REMARK) / ticks[-1]
    out = [
        svg.text(_LEFT, 26 + at * _LINE, line, "start", "title") for at, line in enumerate(titles)
    ]
    for tick in ticks:
        x = _LEFT + tick * scale
        out.append(svg.stroke(x, head - 8, x, bottom, "axis" if tick == 0 else "grid"))
        out.append(svg.text(x, bottom + 17, svg.short(tick), "middle"))
    out.append(svg.text(_LEFT, bottom + 38, label, "start"))
    for index, bar in enumerate(bars):
        out += _bar(bar, head + index * (_BAR + _GAP), scale, 0 if index == 0 else 1)
    return svg.document(title, description, bottom + _FOOT, out, _STYLE)


def _title_lines(title: str) -> list[str]:
    """Break a title into two lines at most, cut in the middle: its end says on what it ran."""
    most = int((svg.WIDTH - _LEFT - _RIGHT) / _LETTER)
    lines = wrap(title, most, break_on_hyphens=False)
    if len(lines) < 3:
        return lines or [""]
    end = wrap(title[::-1], most, break_on_hyphens=False)[0][::-1]
    return [svg.fit(title.removesuffix(end), most * _LETTER, _LETTER), end]


def _bar(bar: Bar, top: float, scale: float, color: int) -> Iterator[str]:
    middle = top + _BAR / 2
    yield svg.text(_LEFT - 10, middle + 4, bar.name, "end")
    yield (
        f'<rect class="d{color}" x="{_LEFT}" y="{svg.number(top)}" '
        f'width="{svg.number(bar.value * scale)}" height="{_BAR}" rx="2"/>'
    )
    low, high = _LEFT + bar.low * scale, _LEFT + bar.high * scale
    yield svg.stroke(low, middle, high, middle, "whisker")
    for x in (low, high):
        yield svg.stroke(x, middle - 4, x, middle + 4, "whisker")
    end = max(high, _LEFT + bar.value * scale)
    yield svg.text(end + 8, middle + 4, bar.remark, "start", "mark")
