"""A network with its rows opened: modules in frames, or every operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from archc.diagram.drawing import Box, Drawing, Frame, Part
from archc.diagram.inside import Detail, Sketch
from archc.diagram.labels import wrapped
from archc.diagram.names import head_name, place_name, row_name, times
from archc.diagram.rows import head_lines
from archc.ir import Head, Network, Node, Operation, Row
from archc.ir.graph import operations
from archc.ops import Op, format_shape
from archc.ops.kind import Kind
from archc.texts import one_line

__all__ = ["expanded_drawing"]


def expanded_drawing(network: Network, detail: Detail) -> Drawing:
    """Each row's boxes in a frame, with the size of the rows' tensors on their first arrows.

    With ``units``, uses of a row that do the same are drawn once, but for a first one that
    alone reads a tensor of another shape.
    """
    sketch = Sketch(detail, network.operations(heads=True))
    start = Box("input", ("input",), Kind.TENSOR)
    sketch.made_by[network.input] = (start.name,)
    sketch.sizes[network.input] = format_shape(network.input.shape)
    parts: list[Part] = [start]
    for row in network.rows:
        for use in _uses(row, detail):
            parts += _use(sketch, use)
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
        at = name if number == 1 else place_name(name, str(number))
        title = times(row, 1 + len(others)) + ("" if others else f", {number} of {row.repeat}")
        yield _Use(at, wrapped(title), first, others)
        number += 1 + len(others)


def _alike(uses: Iterable[Sequence[Node]]) -> Iterator[list[Sequence[Node]]]:
    """Uses that follow each other and do the same.

    A first one that alone reads a tensor of another shape is apart. Where shapes change with
    each use, as the channels in a dense block do, they go together all the same.
    """
    for _, same in groupby(uses, _what_it_does):
        run = list(same)
        first, *others = ([each.input_shapes for each in operations(use)] for use in run)
        if others and first != others[0] and all(each == others[0] for each in others):
            yield [run.pop(0)]
        yield run


def _what_it_does(use: Sequence[Node]) -> list[Op]:
    return [each.op for each in operations(use)]


def _use(sketch: Sketch, use: _Use) -> Iterator[Part]:
    """The parts of one use, which stand for those after it too."""
    parts = sketch.framed(use.title, use.nodes, use.name)
    drawn = list(operations(use.nodes))
    same: dict[Operation, list[Operation]] = {each: [] for each in drawn}
    for nodes in use.same:
        further = list(operations(nodes))
        sketch.same(drawn, further)
        for one, other in zip(drawn, further, strict=True):
            same[one].append(other)
    for part in parts:
        counted = _counted(part, 1 + len(use.same), same)
        yield counted if isinstance(counted, Frame) else _titled(counted, use.title)


def _titled(box: Box, title: tuple[str, ...]) -> Box:
    """The box of a whole row: what the row is called, and what that does not say."""
    more = ", ".join(box.lines if box.kind is Kind.CONVOLUTION else box.lines[1:])
    said = " ".join(title).casefold().replace("avg", "average")
    return replace(box, lines=title if more.casefold() in said else (*title, *wrapped(more)))


def _counted(part: Part, count: int, same: Mapping[Operation, Sequence[Operation]]) -> Part:
    if isinstance(part, Box):
        others = tuple(other for each in part.operations for other in same[each])
        return replace(part, count=count, others=others)
    return replace(part, parts=tuple(_counted(each, count, same) for each in part.parts))


def _head(sketch: Sketch, head: Head) -> tuple[Part, ...]:
    name = head_name(head)
    return sketch.framed(head_lines(head), head.nodes, name, aside=True)
