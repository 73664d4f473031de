"""A network with its rows opened: modules in frames, or every operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archc.diagram.drawing import Box, Drawing, Frame, Part
from archc.diagram.inside import Detail, Sketch
from archc.diagram.labels import wrapped
from archc.diagram.names import head_name, inner_name, row_name, times
from archc.diagram.rows import head_lines
from archc.diagram.style import Kind
from archc.ir import Head, Network, Node, Row
from archc.ir.graph import operations
from archc.ops import Op, Shape, format_shape
from archc.texts import one_line

__all__ = ["expanded_drawing"]


def expanded_drawing(network: Network, detail: Detail) -> Drawing:
    """Each row's boxes in a frame, with the size of the rows' tensors on their first arrows.

    With ``units``, a row that is repeated is drawn once, and once more where its first use
    reads a tensor of another shape.
    """
    sketch = Sketch(detail, network.operations(heads=True))
    start = Box("input", ("input",), Kind.TENSOR)
    sketch.made_by[network.input] = (start.name,)
    sketch.sizes[network.input] = format_shape(network.input.shape)
    parts: list[Part] = [start]
    for row in network.rows:
        for use in _uses(row, detail):
            inside = sketch.framed(use.title, use.nodes, use.name)
            for other in use.same:
                sketch.same(operations(use.nodes), operations(other))
            parts += (_row(use, each) for each in inside)
        sketch.sizes[row.output] = format_shape(row.output.shape)
        sketch.made_by.setdefault(row.output, sketch.made_by[row.input])
    end = Box("output", ("output",), Kind.TENSOR)
    sketch.connect([network.output], end.name)
    parts.append(end)
    for head in network.heads:
        parts += _head(sketch, head)
    return Drawing(one_line(network.name), tuple(parts), tuple(sketch.arrows))


@dataclass(frozen=True, slots=True)
class _Use:
    """What is drawn of a row, and the uses after it that it stands for too."""

    name: str
    title: tuple[str, ...]
    nodes: Sequence[Node]
    same: Sequence[Sequence[Node]] = ()


def _uses(row: Row, detail: Detail) -> Iterator[_Use]:
    name = row_name(row)
    if row.repeat == 1 or detail == "operations":
        yield _Use(name, wrapped(times(row, row.repeat)), row.nodes)
        return
    each = len(row.nodes) // row.repeat
    uses = [row.nodes[start : start + each] for start in range(0, len(row.nodes), each)]
    number = 1
    for first, *others in _alike(uses):
        at = name if number == 1 else inner_name(name, str(number))
        yield _Use(at, wrapped(times(row, 1 + len(others))), first, others)
        number += 1 + len(others)


def _alike(uses: Sequence[Sequence[Node]]) -> list[list[Sequence[Node]]]:
    """Uses that follow each other and do the same with tensors of the same shapes."""
    groups: list[list[Sequence[Node]]] = []
    before: list[tuple[Op, tuple[Shape, ...]]] | None = None
    for use in uses:
        does = [(each.op, each.input_shapes) for each in operations(use)]
        if does != before:
            groups.append([])
        groups[-1].append(use)
        before = does
    return groups


def _row(use: _Use, part: Part) -> Part:
    part = _counted(part, 1 + len(use.same))
    if isinstance(part, Frame):
        return part
    more = _amounts(part)
    return replace(part, lines=(*use.title, *wrapped(", ".join(more))[: len(more)]))


def _amounts(box: Box) -> tuple[str, ...]:
    """What a box says beside the word for its operation, which the row has said already."""
    is_sized = box.kind in (Kind.CONVOLUTION, Kind.JOIN)
    return box.lines if is_sized else box.lines[1:]


def _counted(part: Part, count: int) -> Part:
    if isinstance(part, Box):
        return replace(part, count=count)
    return replace(part, parts=tuple(_counted(each, count) for each in part.parts))


def _head(sketch: Sketch, head: Head) -> tuple[Part, ...]:
    name = head_name(head)
    return sketch.framed(head_lines(head), head.nodes, name, aside=True)
