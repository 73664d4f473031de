"""A sweep as a picture: one panel for each figure, one line for each network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from archc.diagnostics import ArchcError
from archc.sweep import svg
from archc.sweep.crossing import crossings
from archc.sweep.model import NUMBERS, Point, Sweep
from archc.sweep.text import sentences, title

__all__ = ["picture", "to_png"]

_LABELS = {
    "weights": "kernel weights",
    "ops": "ops (multiply-adds)",
    "depth": "depth (layers)",
    "alive": "activations alive (bytes)",
}
_FONT = "Arimo"
_FAMILY = re.compile(r"font-family: [^;]*;")
_ZOOM = 2.0  # a png has two pixels for each of the svg, which keeps small text sharp
_ALL = range(0x2200)  # what Arimo covers


def picture(sweep: Sweep, columns: Sequence[str], form: str) -> bytes:
    """The plot's file, ``svg`` or ``png``. Raises `ArchcError` where a package is missing."""
    plot = _plot(sweep, [column for column in columns if column in NUMBERS])
    text = svg.draw(plot)
    return to_png(text) if form == "png" else text.encode()


def _plot(sweep: Sweep, columns: Sequence[str]) -> svg.Plot:
    if not columns:
        raise ArchcError(f"nothing to plot: choose from {', '.join(NUMBERS)} with --columns")
    axis = sweep.axes[0]
    return svg.Plot(
        title(sweep),
        " ".join(f"{line}." for line in sentences(sweep, columns)) or "A line plot of cost.",
        axis.label,
        [_panel(sweep, column) for column in columns],
        () if axis.numeric else [value.text for value in axis.values],
    )


def _panel(sweep: Sweep, column: str) -> svg.Panel:
    marks = [
        svg.Mark(
            _x(sweep, each.point),
            _y(each.point, each.cheaper, column) or 0,
            f"from {each.point.values[0].shown} on, {sweep.titles[each.cheaper]} is cheaper",
        )
        for each in crossings(sweep, [column])
    ]
    return svg.Panel(_LABELS.get(column, column), list(_lines(sweep, column)), marks)


def _lines(sweep: Sweep, column: str) -> Iterator[svg.Line]:
    """Colours tell networks apart, or the values of the other axes; dashes the network."""
    several = len(sweep.axes) > 1
    for index, (others, points) in enumerate(sweep.series()):
        for subject, name in enumerate(sweep.titles):
            values = [
                f"{axis.label} {value.shown}"
                for axis, value in zip(sweep.axes[1:], others, strict=True)
            ]
            label = ", ".join([*([name] if sweep.compared or not values else []), *values])
            line = [(_x(sweep, point), _y(point, subject, column)) for point in points]
            yield svg.Line(label, line, index if several else subject, subject)


def _x(sweep: Sweep, point: Point) -> float:
    value = point.values[0]
    return sweep.axes[0].values.index(value) if value.number is None else value.number


def _y(point: Point, subject: int, column: str) -> float | None:
    found = point.figures[subject]
    return None if found is None else NUMBERS[column](found)


def to_png(text: str) -> bytes:
    """An SVG as PNG, set in Arimo: a font that comes as a package looks the same everywhere.

    Raises `ArchcError` where a package is missing.
    """
    try:
        resvg: Any = import_module("resvg_py")
        font: Any = import_module("fontpkg_arimo")
    except ImportError as error:
        raise ArchcError(
            f'a png needs the package {error.name!r}: run `pip install "archc[diagram]"`, '
            "or write an svg"
        ) from None
    files = sorted(str(path) for path in (Path(font.__file__).parent / "files").glob("*.ttf"))
    found: bytes = resvg.svg_to_bytes(
        svg_string=_FAMILY.sub(f"font-family: {_FONT};", text),
        zoom=_ZOOM,
        font_files=files,
        skip_system_fonts=ord(max(text)) in _ALL,
    )
    return found
