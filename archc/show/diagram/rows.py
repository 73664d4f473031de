"""A network as a column of boxes: one per row, sizes between them, heads at the side."""

from __future__ import annotations

from archc.analysis.kind import kind_of_part
from archc.ir import Block, Head, Network, Row, Value
from archc.ir.graph import read_from_outside
from archc.ops import format_shape
from archc.ops.family import Family
from archc.show.diagram.drawing import Arrow, Box, Drawing
from archc.show.diagram.labels import wrapped
from archc.show.diagram.names import drawn_name, head_name, row_name
from archc.texts import one_line

__all__ = ["head_lines", "row_lines", "rows_drawing"]


def rows_drawing(network: Network) -> Drawing:
    """The rows from the input to the output; each tensor's size on the first of its arrows."""
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
            kind_of_part(row),
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
            kind_of_part(head),
            tuple(head.operations()),
            aside=True,
        )
        parts.append(box)
        connect(head.input, box.name, aside=True)
        beside[box.name] = made_by[head.input]
    title = one_line(network.name)
    return Drawing(title, tuple(parts), tuple(arrows), level_with=beside)


def row_lines(row: Row) -> tuple[str, ...]:
    """The row as printed, after the name that its author gave it, with its patch below."""
    patch = row.cells.get("patch")
    return (*wrapped(drawn_name(row)), *(wrapped(patch) if patch else ()))


def head_lines(head: Head) -> tuple[str, ...]:
    """The head's name, its module's, and how much its loss weighs."""
    modules = [each.module.name for each in head.nodes if isinstance(each, Block) and each.module]
    weight = () if head.loss_weight is None else (f"loss weight {head.loss_weight:g}",)
    return (*wrapped(head.name), *(wrapped(modules[0]) if modules else ()), *weight)
