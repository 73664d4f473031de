"""Which picture: of all rows, of what is in them, or of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from archc.diagnostics import ArchcError, nearest, safe
from archc.diagram.drawing import Box, Drawing, Key, boxes
from archc.diagram.expanded import expanded_drawing
from archc.diagram.figure import figure_drawing
from archc.diagram.names import times
from archc.diagram.rows import rows_drawing
from archc.diagram.shade import Measure, shaded
from archc.ir import Head, Network, Row
from archc.ops.kind import Kind

__all__ = ["LEVELS", "Level", "UnknownPartError", "draw", "draw_part", "find_part"]

Level = Literal["rows", "modules", "ops"]
LEVELS: tuple[Level, ...] = ("rows", "modules", "ops")


class UnknownPartError(ArchcError):
    """The network has no such row and no such head."""


def draw(
    network: Network, level: Level = "rows", by: Measure | None = None, up: bool = False
) -> Drawing:
    """The network: a box per row, the modules opened, or a box for every operation.

    ``by`` colours the boxes by their cost instead of their kind; ``up`` starts at the bottom.
    """
    if level == "rows":
        drawing = rows_drawing(network)
    else:
        drawing = expanded_drawing(network, "units" if level == "modules" else "operations")
    drawing = replace(drawing, up=up)
    if by is not None:
        return shaded(drawing, network, by)
    return replace(drawing, key=_legend(boxes(drawing.parts)))


def draw_part(
    network: Network,
    part: Row | Head,
    level: Level = "modules",
    by: Measure | None = None,
    up: bool = True,
) -> Drawing:
    """One row or head as a figure: an operation with its norm and activation, or each alone.

    Its boxes say what they are, so that it needs no legend.
    """
    drawing = figure_drawing(part, "operations" if level == "ops" else "units", up)
    return drawing if by is None else shaded(drawing, network, by)


def find_part(network: Network, name: str) -> Row | Head:
    """The row of that name, or printed or drawn so, or the head.

    A repeat that is printed may be left out. Raises `UnknownPartError`, also where several rows
    are printed so.
    """
    parts: list[Row | Head] = [*network.rows, *network.heads]
    for part in parts:
        if part.name == name:
            return part
    printed = [row for row in network.rows if name in (row.printed, times(row, row.repeat))]
    bare = [row for row in network.rows if name == times(row, 1)]
    for found in (printed, bare):
        if len(found) == 1:
            return found[0]
        if found:
            names = " or ".join(safe(row.name) for row in found)
            raise UnknownPartError(f"{len(found)} rows are `{safe(name)}`: choose {names}")
    known = [*(each.name for each in parts), *(row.printed for row in network.rows)]
    hint = nearest(name, known)
    raise UnknownPartError(
        f"{safe(network.name)} has no row and no head `{safe(name)}`"
        + (f": {hint}" if hint else "")
    )


def _legend(drawn: Iterable[Box]) -> Key | None:
    """The kinds that there are, in the order of `Kind`; one alone explains itself."""
    found = {box.kind for box in drawn} - {Kind.TENSOR, Kind.OTHER}
    if len(found) < 2:
        return None
    kinds = [kind for kind in Kind if kind in found]
    return Key("", tuple(Box(f"key-{kind.css}", (kind.value,), kind) for kind in kinds))
