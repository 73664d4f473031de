"""Boxes coloured by what they cost, so that the expensive ones are seen at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from archc.analysis.cost import total
from archc.analysis.memory import activations
from archc.ir import Head, Network, Operation, Row
from archc.ir.rewrite import rewrite
from archc.ops.family import Family
from archc.quantities import percent, short
from archc.show.diagram.drawing import Box, Drawing, Frame, Key, Part, boxes

__all__ = ["MEASURES", "Measure", "shaded"]

Measure = Literal["params", "macs", "memory"]
MEASURES: tuple[Measure, ...] = ("params", "macs", "memory")

_WORDS = {"params": "params", "macs": "multiply-adds", "memory": "elements of activations"}


def shaded(drawing: Drawing, network: Network, by: Measure, of: str = "in all") -> Drawing:
    """The drawing with each box as dark as its share of the dearest one's cost.

    ``of`` is what the legend says the sum is of.
    A box that stands for several uses of a row counts them all; costs are of one sample.
    Heads are no part of the whole, as in all of archc's totals.
    """
    cost = _measure(network, by)
    drawn = list(boxes(drawing.parts))
    costs = {box.name: cost((*box.operations, *box.others)) for box in drawn}
    main = [costs[box.name] for box in drawn if not box.aside]
    most, whole = max(main, default=0), sum(main)

    def paint(part: Part) -> Part:
        if isinstance(part, Frame):
            return replace(part, parts=tuple(paint(each) for each in part.parts))
        if not part.operations:
            return part
        found = costs[part.name]
        if not found:
            return replace(part, shade=0.0)
        share = "" if part.aside else f" ({percent(found / whole)})"
        shade = min(1.0, found / most) if most else 1.0
        return replace(part, lines=(*part.lines, f"{short(found)}{share}"), shade=shade)

    parts = tuple(paint(part) for part in drawing.parts)
    return replace(drawing, parts=parts, key=_key(by, most, whole, of))


def _measure(network: Network, by: Measure) -> Callable[[Iterable[Operation]], int]:
    if by == "params":
        return lambda operations: total(operations).params
    if by == "macs":
        return lambda operations: total(operations).macs
    kept = _kept(network)
    return lambda operations: sum(kept[each] for each in operations)


def _kept(network: Network) -> Mapping[Operation, int]:
    """Elements that each operation makes as it runs, heads' too, as the report counts them.

    A separable convolution makes two tensors, and one whose layer cannot pad makes a padded one.
    """
    from archc.passes import pipeline  # what most drawings do without

    copied = rewrite(network, lambda _: None)
    made_from: dict[int, Operation] = {}
    pairs = zip(network.operations(heads=True), copied.operations(heads=True), strict=True)
    for one, copy in pairs:
        copy.origin = replace(one.origin)  # one of its own, which the passes hand on
        made_from[id(copy.origin)] = one
    run = pipeline.run(copied, pipeline.FOR_SOURCE)
    whole = replace(run, rows=[*run.rows, *map(_as_row, run.heads)])
    kept = Counter[Operation]()
    for each, elements in activations(whole).items():
        kept[made_from[id(each.origin)]] += elements
    return kept


def _as_row(head: Head) -> Row:
    return Row(head.name, head.name, "", head.nodes, head.input, head.output, head.origin)


def _key(by: Measure, most: int, whole: int, of: str) -> Key:
    steps = (
        Box(f"key-{share}", (short(round(most * share)),), Family.OTHER, shade=share)
        for share in ((0.0, 0.5, 1.0) if most else (0.0,))
    )
    return Key(f"{_WORDS[by]}, {short(whole)} {of}", tuple(steps))
