"""One row as a figure of its paper: *Base*, branches of boxes, *Filter Concat*."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from archc.ir import Block, Head, Node, Value
from archc.ir.graph import operations, read_from_outside
from archc.ops import format_shape
from archc.ops.family import Family
from archc.show.diagram.drawing import Box, Drawing, Frame, Part
from archc.show.diagram.inside import Detail, Sketch
from archc.show.diagram.labels import wrapped
from archc.show.diagram.names import head_name, place_name
from archc.show.diagram.use import Use
from archc.texts import one_line

__all__ = ["figure_drawing"]

_WIDEST_CAPTION = 100
"""Characters in a line: enough for what the papers say of their figures."""


def figure_drawing(
    part: Use | Head, detail: Detail, up: bool, makers: Mapping[Value, str]
) -> Drawing:
    """One use of a row, or a head; from the bottom ``up``, as papers draw modules.

    Where several tensors come in, each has the name of its maker.
    """
    of = part if isinstance(part, Head) else part.row
    name = head_name(part) if isinstance(part, Head) else part.box
    title = one_line(part.name if isinstance(part, Head) else part.title)
    nodes = part.nodes
    inside = list(operations(nodes))
    sketch = Sketch(detail, inside)
    bases = _bases(read_from_outside(inside) or [of.input], of.input, makers)
    sketch.made_by |= {value: (box.name,) for value, box in bases.items()}
    drawn = sketch.parts(nodes, name)
    output = inside[-1].output if inside else of.output
    parts = (*bases.values(), *_sized(drawn, output))
    return Drawing(title, parts, tuple(sketch.arrows), _caption(title, nodes), up)


def _bases(values: Sequence[Value], main: Value, makers: Mapping[Value, str]) -> dict[Value, Box]:
    """Where tensors from outside come in: the one is the papers' *Base*."""
    found: dict[Value, Box] = {}
    alike = Counter[str]()
    for value in values:
        shape = format_shape(value.shape)
        name = "base"
        if value is not main:
            alike[shape] += 1
            name = f"base-{shape}"
            name = place_name(name, str(alike[shape])) if alike[shape] > 1 else name
        told = makers.get(value, "Base") if len(values) > 1 else "Base"
        found[value] = Box(name, (*wrapped(told), shape), Family.TENSOR)
    return found


def _sized(parts: Iterable[Part], output: Value) -> tuple[Part, ...]:
    """The parts, with the output's size on the box that makes it."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, Frame):
            part = replace(part, parts=_sized(part.parts, output))
        elif any(each.output is output for each in part.operations):
            size = format_shape(output.shape)  # of a linear layer, its filters say it
            part = part if size in part.lines else replace(part, lines=(*part.lines, size))
        found.append(part)
    return tuple(found)


def _caption(title: str, nodes: Sequence[Node]) -> str:
    """``inception (3a): Figure 2(b), Inception module with dimension reductions``."""
    first = nodes[0] if nodes else None
    info = first.module if isinstance(first, Block) else None
    text = f"{title}: {one_line(info.figure)}" if info and info.figure else title
    return "\n".join(wrapped(text, _WIDEST_CAPTION))
