"""Which picture: of all rows, of what is in them, or of one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from archc.diagnostics import ArchcError, nearest, safe
from archc.ir import Head, Network, Row, Value
from archc.ops.convolution import SeparableConvolution
from archc.ops.family import Family
from archc.show.diagram.drawing import Box, Drawing, Key, boxes
from archc.show.diagram.expanded import expanded_drawing
from archc.show.diagram.figure import figure_drawing
from archc.show.diagram.inside import Detail
from archc.show.diagram.names import drawn_name, times, told
from archc.show.diagram.rows import rows_drawing
from archc.show.diagram.shade import Measure, shaded
from archc.show.diagram.use import Use, titled_runs, use_of

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
    elif level == "modules":
        drawing = expanded_drawing(network, "units")
    else:
        network = _split(network)
        drawing = expanded_drawing(network, "operations")
    drawing = replace(drawing, up=up)
    if by is not None:
        return shaded(drawing, network, by)
    return replace(drawing, key=_legend(boxes(drawing.parts)))


def draw_part(
    network: Network,
    part: Row | Head | Use,
    level: Level = "modules",
    by: Measure | None = None,
    up: bool = True,
) -> Drawing:
    """A use of a row, its first if not said which, or a head, as a figure.

    It has an operation with its norm and activation in a box, or each alone. Its boxes say what
    they are, so that it needs no legend.
    """
    drawn = use_of(part)
    if level == "ops":
        split = _split(network)
        drawn = _same_part(drawn, network, split)
        network = split
    detail: Detail = "operations" if level == "ops" else "units"
    drawing = figure_drawing(drawn, detail, up, _makers(network))
    if by is None:
        return drawing
    place = "" if isinstance(drawn, Head) else drawn.place.removeprefix(", ")
    return shaded(drawing, network, by, f"in use {place}" if place else "in all")


def _makers(network: Network) -> dict[Value, str]:
    """What a row's tensor is called in the figures of others."""
    makers = {network.input: "input"}
    for row, name in told(network.rows).items():
        makers.setdefault(row.output, name)
    return makers


def _split(network: Network) -> Network:
    """With both operations that a separable convolution is."""
    if not any(isinstance(each.op, SeparableConvolution) for each in network.operations(True)):
        return network
    from archc.passes.split_separable import SplitSeparable  # what most drawings do without

    return SplitSeparable()(network)


def _same_part(part: Use | Head, network: Network, other: Network) -> Use | Head:
    """The part in another graph of the network."""
    if isinstance(part, Head):
        return other.heads[network.heads.index(part)]
    return replace(part, row=other.rows[network.rows.index(part.row)])


def find_part(network: Network, name: str) -> Row | Head | Use:
    """The row of that name, or printed or drawn so, or the head, or one use of a row.

    A repeat that is printed may be left out. A use is what `draw` calls it: ``conv3_x, 2 of 4``,
    with the row's name or as printed. Raises `UnknownPartError`, also where several are so.
    """
    parts: list[Row | Head] = [*network.rows, *network.heads]
    for part in parts:
        if part.name == name:
            return part
    printed = [row for row in network.rows if name in _shown(row)]
    bare = [row for row in network.rows if name == times(row, 1)]
    uses = [use for row in network.rows for use in _uses(row) if use.name == name]
    titled = [use for row in network.rows for use in _titled(row, name)]
    found: Sequence[Row | Use]
    for found in (printed, bare, uses, titled):
        if len(found) == 1:
            return found[0]
        if found:
            names = " or ".join(safe(each.name) for each in found)
            raise UnknownPartError(f"{len(found)} rows are `{safe(name)}`: choose {names}")
    known = [each.name for each in parts]
    for row in network.rows:
        known += [row.printed, *(use.name for use in _uses(row))]
    hint = nearest(name, known)
    raise UnknownPartError(
        f"{safe(network.name)} has no row and no head `{safe(name)}`"
        + (f": {hint}" if hint else "")
    )


def _shown(row: Row) -> tuple[str, ...]:
    """What a table and the drawings have for it."""
    return row.printed, times(row, row.repeat), drawn_name(row)


def _uses(row: Row) -> Iterator[Use]:
    if row.repeat > 1:
        yield from (Use(row, number) for number in range(1, row.repeat + 1))


def _titled(row: Row, name: str) -> Iterator[Use]:
    """The use that is printed so, or the first of several that are drawn as one: ``3×conv3_x``."""
    yield from (use for use in _uses(row) if use.printed == name)
    if row.repeat > 1:
        yield from (use for title, use, others in titled_runs(row) if others and title == name)


def _legend(drawn: Iterable[Box]) -> Key | None:
    """The kinds that there are, in the order of `Family`; one alone explains itself."""
    found = {box.kind for box in drawn} - {Family.TENSOR}
    if len(found) < 2:
        return None
    kinds = [kind for kind in Family if kind in found]
    return Key("", tuple(Box(f"key-{kind.css}", (kind.value,), kind) for kind in kinds))
