"""Choose the figures of modules on a page: each picture once, with the rows it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archc.analysis.parts import uses
from archc.ir import Head, Network, Row
from archc.show.diagram import draw_part
from archc.show.diagram.drawing import Drawing, DrawnPart, Frame, boxes
from archc.show.diagram.labels import told
from archc.show.diagram.sketch import Use, module_of

__all__ = ["ModuleFigure", "figures"]

_SHAPE = re.compile(r"\d+×\d+×\d+")
_WIDTH = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class ModuleFigure:
    """A part's figure; other parts of its module do the ``same``, or with ``other_widths``."""

    part: Row | Head | Use
    title: str
    same: list[str]
    other_widths: list[str]


@dataclass(frozen=True, slots=True)
class _DrawnFigure:
    part: Use | Head
    drawing: Drawing


def figures(network: Network) -> Iterator[ModuleFigure]:
    """Choose a figure for each picture that a module's uses have, but for sizes and widths.

    The first use of a row may be another picture than those after it: both have a figure.
    """
    alike: dict[object, list[_DrawnFigure]] = {}
    for module, part in _users(network):
        drawing = draw_part(network, part)
        alike.setdefault((module, _picture(drawing, _WIDTH)), []).append(
            _DrawnFigure(part, drawing)
        )
    told = _PartNames(network)
    for group in alike.values():
        first = group[0]
        picture = _picture(first.drawing)
        same = [drawn.part for drawn in group if _picture(drawn.drawing) == picture]
        others = [drawn.part for drawn in group if drawn.part not in same]
        of_row = [part for part in same if _row(part) is _row(first.part)]
        yield ModuleFigure(
            _first_of(first.part, of_row),
            ", ".join(told.all(of_row)),
            told.all(part for part in same if part not in of_row),
            told.all(others),
        )


def _users(network: Network) -> Iterator[tuple[str, Use | Head]]:
    """Find all uses of rows, and heads, that are a module; with its name."""
    for row in network.rows:
        for number, nodes in enumerate(uses(row), 1):
            if (module := module_of(nodes)) is not None:
                yield module.name, Use(row, number)
    for head in network.heads:
        if (module := module_of(head.nodes)) is not None:
            yield module.name, head


def _picture(drawing: Drawing, width: re.Pattern[str] | None = None) -> object:
    """Compare drawings by this: all but tensors' sizes, and lines that are a ``width`` alone."""
    drawn = list(boxes(drawing.parts))
    place = {box.name: at for at, box in enumerate(drawn)}

    def line(text: str) -> str:
        if width and width.fullmatch(text):
            return "#"
        return "#×#×#" if _SHAPE.fullmatch(text) else text

    return (
        tuple((box.kind, box.mark, tuple(map(line, box.lines))) for box in drawn),
        tuple(map(_outline, drawing.parts)),
        tuple((place[arrow.tail], place[arrow.head]) for arrow in drawing.arrows),
    )


def _outline(part: DrawnPart) -> object:
    """Nest tuples as frames are nested."""
    return tuple(map(_outline, part.parts)) if isinstance(part, Frame) else ()


def _row(part: Use | Head) -> Row | Head:
    return part.row if isinstance(part, Use) else part


def _first_of(part: Use | Head, alike: Sequence[Use | Head]) -> Row | Head | Use:
    """Return the row itself where all uses of it are alike."""
    if isinstance(part, Use) and len(alike) == part.row.repeat:
        return part.row
    return part


class _PartNames:
    """Names parts on the page: as printed, unless several rows are printed so."""

    def __init__(self, network: Network) -> None:
        self._told = told(network.rows)

    def all(self, parts: Iterable[Use | Head]) -> list[str]:
        """Name each row's uses at once: ``conv3_x, 2 to 4 of 4``."""
        numbers: dict[Row | Head, list[int]] = {}
        for part in parts:
            numbers.setdefault(_row(part), []).append(part.number if isinstance(part, Use) else 1)
        return [name for part, found in numbers.items() for name in self._of(part, found)]

    def _of(self, part: Row | Head, numbers: Sequence[int]) -> Iterator[str]:
        if isinstance(part, Head):
            yield part.name
            return
        name = self._told[part]
        if len(numbers) == part.repeat:
            yield part.printed if name != part.name else name
            return
        for first, last in _ranges(numbers):
            counted = f"{first} to {last}" if last > first else f"{first}"
            yield f"{name}, {counted} of {part.repeat}"


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Group numbers in order as ranges, first and last, in which none is left out."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges
