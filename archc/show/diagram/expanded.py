"""A network with its rows opened: modules in frames, or every operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archc.ir import Head, Network, Node, Operation, Row
from archc.ir.graph import operations
from archc.ops import format_shape
from archc.ops.family import Family
from archc.show.diagram.drawing import Box, Drawing, Frame, Part
from archc.show.diagram.inside import Detail, Sketch
from archc.show.diagram.labels import wrapped
from archc.show.diagram.names import head_name, row_name, times
from archc.show.diagram.rows import head_lines
from archc.show.diagram.use import titled_runs
from archc.texts import one_line

__all__ = ["expanded_drawing"]


_APART = re.compile(r"[\s(),-]+")


def expanded_drawing(network: Network, detail: Detail) -> Drawing:
    """Each row's boxes in a frame, with the size of the rows' tensors on their first arrows.

    With ``units``, uses of a row that do the same are drawn once, but for a first one that
    alone reads a tensor of another shape.
    """
    sketch = Sketch(detail, network.operations(heads=True))
    start = Box("input", ("input",), Family.TENSOR)
    sketch.made_by[network.input] = (start.name,)
    sketch.sizes[network.input] = format_shape(network.input.shape)
    parts: list[Part] = [start]
    for row in network.rows:
        for use in _uses(row, detail):
            parts += _use(sketch, use)
        sketch.sizes[row.output] = format_shape(row.output.shape)
        sketch.made_by.setdefault(row.output, sketch.made_by[row.input])
    end = Box("output", ("output",), Family.TENSOR)
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
    if row.repeat == 1 or detail == "operations":
        yield _Use(row_name(row), wrapped(times(row, row.repeat)), row.nodes)
        return
    for title, first, others in titled_runs(row):
        yield _Use(first.box, wrapped(title), first.nodes, others)


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
    lines = box.lines if box.kind is Family.CONVOLUTION else box.lines[1:]
    said = " ".join(title).casefold().replace("avg", "average")
    more = ", ".join(filter(None, (_unsaid(line, said) for line in lines)))
    return replace(box, lines=(*title, *(wrapped(more) if more else ())))


def _unsaid(line: str, said: str) -> str:
    """Nothing of a line that is said; of ``3×3 max`` the size, where that it is a max pool is."""
    words = line.split()
    apart = _APART.split(said)
    known = [word in said if word.isalpha() else word in apart for word in words]
    if all(known):
        return ""
    return " ".join(words[:-1]) if words[-1] in ("max", "average") and known[-1] else line


def _counted(part: Part, count: int, same: Mapping[Operation, Sequence[Operation]]) -> Part:
    if isinstance(part, Box):
        others = tuple(other for each in part.operations for other in same[each])
        return replace(part, count=count, others=others)
    return replace(part, parts=tuple(_counted(each, count, same) for each in part.parts))


def _head(sketch: Sketch, head: Head) -> tuple[Part, ...]:
    name = head_name(head)
    return sketch.framed(head_lines(head), head.nodes, name, aside=True)
