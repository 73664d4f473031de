"""Views of a network: a column of rows, the rows opened, and one row as a figure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archc.analysis.parts import family_of_part
from archc.ir import Head, Network, Node, Operation, Row, Value
from archc.ir.walk import operations, read_from_outside
from archc.ops import format_shape
from archc.ops.family import Family
from archc.show.diagram.drawing import Arrow, Box, Drawing, DrawnPart, Frame
from archc.show.diagram.labels import drawn_name, head_name, place_name, row_name, times, wrapped
from archc.show.diagram.sketch import Detail, Sketch, Use, module_of, titled_runs
from archc.texts import one_line

__all__ = ["expanded_drawing", "figure_drawing", "head_lines", "row_lines", "rows_drawing"]


def rows_drawing(network: Network) -> Drawing:
    """Draw the rows from the input to the output, a tensor's size on the first of its arrows."""
    start = Box("input", ("input",), Family.TENSOR)
    parts, arrows = [start], list[Arrow]()
    made_by = {network.input: start.name}
    named = set[Value]()

    def connect(value: Value, box: str, aside: bool = False) -> None:
        label = "" if aside or value in named else format_shape(value.shape)
        named.update(() if aside else (value,))
        arrows.append(Arrow(made_by[value], box, label, aside))

    for row in network.rows:
        box = Box(
            row_name(row),
            row_lines(row),
            family_of_part(row),
            tuple(row.operations()),
        )
        parts.append(box)
        for value in read_from_outside(row.operations()) or [row.input]:
            connect(value, box.name)
        made_by.setdefault(row.output, box.name)
    end = Box("output", ("output",), Family.TENSOR)
    parts.append(end)
    connect(network.output, end.name)
    beside = {}
    for head in network.heads:
        box = Box(
            head_name(head),
            head_lines(head),
            family_of_part(head),
            tuple(head.operations()),
            aside=True,
        )
        parts.append(box)
        connect(head.input, box.name, aside=True)
        beside[box.name] = made_by[head.input]
    title = one_line(network.name)
    return Drawing(title, tuple(parts), tuple(arrows), level_with=beside)


def row_lines(row: Row) -> tuple[str, ...]:
    """Label a row: as printed, after the name that its author gave it, with its patch below."""
    patch = row.cells.get("patch")
    return (*wrapped(drawn_name(row)), *(wrapped(patch) if patch else ()))


def head_lines(head: Head) -> tuple[str, ...]:
    """Label a head: its name, its module's, and how much its loss weighs."""
    module = module_of(head.nodes)
    weight = () if head.loss_weight is None else (f"loss weight {head.loss_weight:g}",)
    return (*wrapped(head.name), *(wrapped(module.name) if module else ()), *weight)


_APART = re.compile(r"[\s(),-]+")


def expanded_drawing(network: Network, detail: Detail) -> Drawing:
    """Draw each row's boxes in a frame, the rows' tensors with sizes on their first arrows.

    With ``units``, uses of a row that do the same are drawn once, but for a first one that
    alone reads a tensor of another shape.
    """
    sketch = Sketch(detail)
    start = Box("input", ("input",), Family.TENSOR)
    sketch.made_by[network.input] = (start.name,)
    sketch.sizes[network.input] = format_shape(network.input.shape)
    parts: list[DrawnPart] = [start]
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
class _DrawnUse:
    """What is drawn of a row, and the uses after it that it stands for too."""

    name: str
    title: tuple[str, ...]
    nodes: Sequence[Node]
    same: Sequence[Sequence[Node]] = ()


def _uses(row: Row, detail: Detail) -> Iterator[_DrawnUse]:
    if row.repeat == 1 or detail == "operations":
        yield _DrawnUse(row_name(row), wrapped(times(row, row.repeat)), row.nodes)
        return
    for title, first, others in titled_runs(row):
        yield _DrawnUse(first.box, wrapped(title), first.nodes, others)


def _use(sketch: Sketch, use: _DrawnUse) -> Iterator[DrawnPart]:
    """Draw one use, which stands for those after it too."""
    parts = sketch.framed(use.title, use.nodes, use.name)
    drawn = list(operations(use.nodes))
    same: dict[Operation, list[Operation]] = {operation: [] for operation in drawn}
    for nodes in use.same:
        further = list(operations(nodes))
        sketch.same(drawn, further)
        for shown, hidden in zip(drawn, further, strict=True):
            same[shown].append(hidden)
    for part in parts:
        counted = _counted(part, 1 + len(use.same), same)
        yield counted if isinstance(counted, Frame) else _titled(counted, use.title)


def _titled(box: Box, title: tuple[str, ...]) -> Box:
    """Label the box of a whole row: what the row is called, and what that does not say."""
    lines = box.lines if box.kind is Family.CONVOLUTION else box.lines[1:]
    said = " ".join(title).casefold().replace("avg", "average")
    more = ", ".join(filter(None, (_unsaid(line, said) for line in lines)))
    return replace(box, lines=(*title, *(wrapped(more) if more else ())))


def _unsaid(line: str, said: str) -> str:
    """Leave out a line that is said; of ``3×3 max`` keep the size, where `max` alone is said."""
    words = line.split()
    apart = _APART.split(said)
    known = [word in said if word.isalpha() else word in apart for word in words]
    if all(known):
        return ""
    return " ".join(words[:-1]) if words[-1] in ("max", "average") and known[-1] else line


def _counted(
    part: DrawnPart, count: int, same: Mapping[Operation, Sequence[Operation]]
) -> DrawnPart:
    if isinstance(part, Box):
        others = tuple(hidden for operation in part.operations for hidden in same[operation])
        return replace(part, count=count, others=others)
    return replace(part, parts=tuple(_counted(inner, count, same) for inner in part.parts))


def _head(sketch: Sketch, head: Head) -> tuple[DrawnPart, ...]:
    name = head_name(head)
    return sketch.framed(head_lines(head), head.nodes, name, aside=True)


_WIDEST_CAPTION = 100
"""Characters in a line: enough for what the papers say of their figures."""


def figure_drawing(
    part: Use | Head, detail: Detail, up: bool, makers: Mapping[Value, str]
) -> Drawing:
    """Draw one use of a row, or a head; from the bottom ``up``, as papers draw modules.

    Where several tensors come in, each has the name of its maker.
    """
    of = part if isinstance(part, Head) else part.row
    name = head_name(part) if isinstance(part, Head) else part.box
    title = one_line(part.name if isinstance(part, Head) else part.title)
    nodes = part.nodes
    inside = list(operations(nodes))
    sketch = Sketch(detail)
    bases = _bases(read_from_outside(inside) or [of.input], of.input, makers)
    sketch.made_by |= {value: (box.name,) for value, box in bases.items()}
    drawn = sketch.parts(nodes, name)
    output = inside[-1].output if inside else of.output
    parts = (*bases.values(), *_sized(drawn, output))
    return Drawing(title, parts, tuple(sketch.arrows), _caption(title, nodes), up)


def _bases(values: Sequence[Value], main: Value, makers: Mapping[Value, str]) -> dict[Value, Box]:
    """Draw where tensors from outside come in: a lone one is the papers' *Base*."""
    bases: dict[Value, Box] = {}
    alike = Counter[str]()
    for value in values:
        shape = format_shape(value.shape)
        name = "base"
        if value is not main:
            alike[shape] += 1
            name = f"base-{shape}"
            name = place_name(name, str(alike[shape])) if alike[shape] > 1 else name
        told = makers.get(value, "Base") if len(values) > 1 else "Base"
        bases[value] = Box(name, (*wrapped(told), shape), Family.TENSOR)
    return bases


def _sized(parts: Iterable[DrawnPart], output: Value) -> tuple[DrawnPart, ...]:
    """Put the output's size on the box that makes it."""
    sized: list[DrawnPart] = []
    for part in parts:
        if isinstance(part, Frame):
            part = replace(part, parts=_sized(part.parts, output))
        elif any(operation.output is output for operation in part.operations):
            size = format_shape(output.shape)  # of a linear layer, its filters say it
            part = part if size in part.lines else replace(part, lines=(*part.lines, size))
        sized.append(part)
    return tuple(sized)


def _caption(title: str, nodes: Sequence[Node]) -> str:
    """Write ``inception (3a): Figure 2(b), Inception module with dimension reductions``."""
    module = module_of(nodes)
    text = f"{title}: {one_line(module.figure)}" if module and module.figure else title
    return "\n".join(wrapped(text, _WIDEST_CAPTION))
