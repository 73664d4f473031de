"""One row as a figure of its paper: *Base*, branches of boxes, *Filter Concat*."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from archc.diagram.drawing import Box, Drawing, Frame, Part
from archc.diagram.inside import Detail, Sketch
from archc.diagram.names import head_name, row_name, times
from archc.diagram.style import Kind
from archc.ir import Block, Head, Node, Operation, Row, Value
from archc.ir.graph import operations
from archc.ops import format_shape
from archc.texts import one_line

__all__ = ["figure_drawing"]


def figure_drawing(part: Row | Head, detail: Detail = "units", up: bool = True) -> Drawing:
    """The first use of a row, or a head; from the bottom ``up``, as papers draw modules."""
    if isinstance(part, Head):
        name, title, nodes = head_name(part), one_line(part.name), part.nodes
    else:
        name, title = row_name(part), one_line(times(part, part.repeat))
        nodes = part.nodes[: len(part.nodes) // part.repeat]
    inside = list(operations(nodes))
    sketch = Sketch(detail, inside)
    bases = [_base(value, part.input) for value in _read(inside) or [part.input]]
    sketch.made_by |= {value: (box.name,) for value, box in bases}
    drawn = sketch.parts(nodes, name)
    output = inside[-1].output if inside else part.output
    parts = (*(box for _, box in bases), *_sized(drawn, output))
    return Drawing(title, parts, tuple(sketch.arrows), _caption(title, nodes), up)


def _base(value: Value, main: Value) -> tuple[Value, Box]:
    """Where a tensor from outside comes in; it has no maker here to be named after."""
    name = "base" if value is main else f"base-{format_shape(value.shape)}"
    return value, Box(name, ("Base", format_shape(value.shape)), Kind.TENSOR)


def _read(inside: Sequence[Operation]) -> list[Value]:
    """The tensors from outside, each once."""
    made = {each.output for each in inside}
    return list(
        dict.fromkeys(value for each in inside for value in each.inputs if value not in made)
    )


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
    return f"{title}: {one_line(info.figure)}" if info and info.figure else title
