"""Boxes coloured by what they cost, so that the expensive ones are seen at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import prod
from typing import Literal

from archc.analysis.cost import total
from archc.analysis.memory import activations
from archc.diagram.drawing import Box, Drawing, Frame, Key, Part, boxes
from archc.ir import Network, Operation
from archc.ops.kind import Kind
from archc.quantities import percent, short

__all__ = ["MEASURES", "Measure", "shaded"]

Measure = Literal["params", "macs", "memory"]
MEASURES: tuple[Measure, ...] = ("params", "macs", "memory")

_WORDS = {"params": "params", "macs": "multiply-adds", "memory": "elements of activations"}


def shaded(drawing: Drawing, network: Network, by: Measure) -> Drawing:
    """The drawing with each box as dark as its share of the dearest one's cost.

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
    return replace(drawing, parts=parts, key=_key(by, most, whole))


def _measure(network: Network, by: Measure) -> Callable[[Iterable[Operation]], int]:
    if by == "params":
        return lambda operations: total(operations).params
    if by == "macs":
        return lambda operations: total(operations).macs
    kept = activations(network)
    return lambda operations: sum(kept.get(each, prod(each.output.shape)) for each in operations)


def _key(by: Measure, most: int, whole: int) -> Key:
    steps = (
        Box(f"key-{share}", (short(round(most * share)),), Kind.OTHER, shade=share)
        for share in ((0.0, 0.5, 1.0) if most else (0.0,))
    )
    return Key(f"{_WORDS[by]}, {short(whole)} in all", tuple(steps))
