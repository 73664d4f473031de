"""Draw a network, its modules opened, or one row; by kind of operation or by cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from archc.analysis.cost import total
from archc.analysis.memory import activations
from archc.diagnostics import ArchcError, nearest, safe
from archc.ir import Head, Network, Operation, Origin, Row, Value
from archc.ir.rewrite import rewrite
from archc.ops.family import Family
from archc.quantities import percent, short
from archc.show.diagram.drawing import Box, Drawing, DrawnPart, Frame, Key, boxes
from archc.show.diagram.labels import drawn_name, times, told
from archc.show.diagram.sketch import Detail, Use, titled_runs, use_of
from archc.show.diagram.views import expanded_drawing, figure_drawing, rows_drawing

__all__ = [
    "LEVELS",
    "MEASURES",
    "DrawingLevel",
    "Measure",
    "UnknownPartError",
    "draw",
    "draw_part",
    "find_part",
    "shaded",
]

DrawingLevel = Literal["rows", "modules", "ops"]
LEVELS: tuple[DrawingLevel, ...] = ("rows", "modules", "ops")


class UnknownPartError(ArchcError):
    """The network has no such row and no such head."""


def draw(
    network: Network, level: DrawingLevel = "rows", by: Measure | None = None, up: bool = False
) -> Drawing:
    """Draw the network: a box per row, the modules opened, or a box for every operation.

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
    level: DrawingLevel = "modules",
    by: Measure | None = None,
    up: bool = True,
) -> Drawing:
    """Draw a head, or a use of a row (the first if not said which), as a figure.

    An operation shares a box with its norm and activation, but at the level of operations. Boxes
    say what they are, so that no legend is needed.
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
    """Name each tensor by the row that makes it, for the figures of other rows."""
    makers = {network.input: "input"}
    for row, name in told(network.rows).items():
        makers.setdefault(row.output, name)
    return makers


def _split(network: Network) -> Network:
    """Split what is several layers, as separable convolutions, into an operation for each."""
    if all(operation.op.layers < 2 for operation in network.operations(heads=True)):
        return network
    from archc.passes.lowering import SplitSeparable  # what most drawings do without

    return SplitSeparable()(network)


def _same_part(part: Use | Head, network: Network, copied: Network) -> Use | Head:
    """Find the part in another graph of the network."""
    if isinstance(part, Head):
        return copied.heads[network.heads.index(part)]
    return replace(part, row=copied.rows[network.rows.index(part.row)])


def find_part(network: Network, name: str) -> Row | Head | Use:
    """Find the row of that name, or printed or drawn so, or the head, or one use of a row.

    A repeat that is printed may be left out. A use is what `draw` calls it: ``conv3_x, 2 of 4``,
    with the row's name or as printed. Raises `UnknownPartError`, also where several are so.
    """
    for part in network.parts:
        if part.name == name:
            return part
    printed = [row for row in network.rows if name in _shown(row)]
    bare = [row for row in network.rows if name == times(row, 1)]
    uses = [use for row in network.rows for use in _uses(row) if use.name == name]
    titled = [use for row in network.rows for use in _titled(row, name)]
    matching: Sequence[Row | Use]
    for matching in (printed, bare, uses, titled):
        if len(matching) == 1:
            return matching[0]
        if matching:
            names = " or ".join(safe(each.name) for each in matching)
            raise UnknownPartError(f"{len(matching)} rows are `{safe(name)}`: choose {names}")
    known = [part.name for part in network.parts]
    for row in network.rows:
        known += [row.printed, *(use.name for use in _uses(row))]
    hint = nearest(name, known)
    raise UnknownPartError(
        f"{safe(network.name)} has no row and no head `{safe(name)}`"
        + (f": {hint}" if hint else "")
    )


def _shown(row: Row) -> tuple[str, ...]:
    """List what a table and the drawings have for a row."""
    return row.printed, times(row, row.repeat), drawn_name(row)


def _uses(row: Row) -> Iterator[Use]:
    if row.repeat > 1:
        yield from (Use(row, number) for number in range(1, row.repeat + 1))


def _titled(row: Row, name: str) -> Iterator[Use]:
    """Find the use printed so, or the first of several that are drawn as one: ``3×conv3_x``."""
    yield from (use for use in _uses(row) if use.printed == name)
    if row.repeat > 1:
        yield from (use for title, use, others in titled_runs(row) if others and title == name)


def _legend(drawn: Iterable[Box]) -> Key | None:
    """List the kinds that there are, in the order of `Family`; one alone explains itself."""
    present = {box.kind for box in drawn} - {Family.TENSOR}
    if len(present) < 2:
        return None
    kinds = [kind for kind in Family if kind in present]
    return Key("", tuple(Box(f"key-{kind.css}", (kind.value,), kind) for kind in kinds))


Measure = Literal["params", "macs", "memory"]
MEASURES: tuple[Measure, ...] = ("params", "macs", "memory")

_WORDS = {"params": "params", "macs": "multiply-adds", "memory": "elements of activations"}


def shaded(drawing: Drawing, network: Network, by: Measure, of: str = "in all") -> Drawing:
    """Shade each box by its cost, the dearest box darkest.

    ``of`` is what the legend says the sum is of.
    A box that stands for several uses of a row counts them all; costs are of one sample.
    Heads are no part of the whole, as in all of archc's totals.
    """
    cost = _measure(network, by)
    drawn = list(boxes(drawing.parts))
    costs = {box.name: cost((*box.operations, *box.others)) for box in drawn}
    main = [costs[box.name] for box in drawn if not box.aside]
    most, whole = max(main, default=0), sum(main)

    def paint(part: DrawnPart) -> DrawnPart:
        if isinstance(part, Frame):
            return replace(part, parts=tuple(paint(inner) for inner in part.parts))
        if not part.operations:
            return part
        own = costs[part.name]
        if not own:
            return replace(part, shade=0.0)
        share = "" if part.aside else f" ({percent(own / whole)})"
        shade = min(1.0, own / most) if most else 1.0
        return replace(part, lines=(*part.lines, f"{short(own)}{share}"), shade=shade)

    parts = tuple(paint(part) for part in drawing.parts)
    return replace(drawing, parts=parts, key=_key(by, most, whole, of))


def _measure(network: Network, by: Measure) -> Callable[[Iterable[Operation]], int]:
    if by == "params":
        return lambda operations: total(operations).params
    if by == "macs":
        return lambda operations: total(operations).macs
    kept = _kept(network)
    return lambda operations: sum(kept[operation] for operation in operations)


def _kept(network: Network) -> Mapping[Operation, int]:
    """Count the elements that each operation makes as it runs, heads' too, as the report does.

    A separable convolution makes two tensors, and one whose layer cannot pad makes a padded one.
    """
    from archc.passes import pipeline  # what most drawings do without

    copied = rewrite(network, lambda _: None)
    made_from: dict[int, Operation] = {}
    pairs = zip(network.operations(heads=True), copied.operations(heads=True), strict=True)
    for operation, copy in pairs:
        # One of its own, which the passes hand on.
        copy.origin = Origin(operation.origin.span, operation.origin.uses)
        made_from[id(copy.origin)] = operation
    run = pipeline.run(copied, pipeline.FOR_SOURCE)
    whole = replace(run, rows=[*run.rows, *map(_as_row, run.heads)])
    kept = Counter[Operation]()
    for run_operation, elements in activations(whole).items():
        kept[made_from[id(run_operation.origin)]] += elements
    return kept


def _as_row(head: Head) -> Row:
    return Row(head.name, head.name, "", head.nodes, head.input, head.output, head.origin)


def _key(by: Measure, most: int, whole: int, of: str) -> Key:
    steps = (
        Box(f"key-{share}", (short(round(most * share)),), Family.OTHER, shade=share)
        for share in ((0.0, 0.5, 1.0) if most else (0.0,))
    )
    return Key(f"{_WORDS[by]}, {short(whole)} {of}", tuple(steps))
