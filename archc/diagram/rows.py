"""A network as a column of boxes: one per row, sizes between them, heads at the side."""

from __future__ import annotations

from archc.diagram.dot import Dot
from archc.diagram.style import color_of
from archc.ir import Head, Network, Row, Value
from archc.ops import format_shape
from archc.texts import one_line

__all__ = ["rows_diagram"]


def rows_diagram(network: Network) -> str:
    """DOT of the network's rows, top to bottom, with the size of each tensor on its edge."""
    dot = Dot(one_line(network.name))
    taken = {row.name for row in network.rows}
    start = _free("input", taken)
    dot.node(start, f"input\n{format_shape(network.input.shape)}", "white")
    made_by: dict[Value, str] = {network.input: start}
    for row in network.rows:
        dot.node(row.name, _label(row), color_of(row.operations()))
        for value in _sources(row):
            dot.edge(made_by[value], row.name, format_shape(value.shape))
        made_by.setdefault(row.output, row.name)
    for head in network.heads:
        _head(dot, head, _free(f"head {head.name}", taken), made_by)
    return dot.text()


def _free(wanted: str, taken: set[str]) -> str:
    """A box's id that no row has, as a row may be called ``input``."""
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted


def _label(row: Row) -> str:
    """The row as printed, with its patch below."""
    patch = row.cells.get("patch")
    printed = one_line(row.printed)
    return f"{printed}\n{one_line(patch)}" if patch else printed


def _sources(row: Row) -> list[Value]:
    """The tensors that a row reads from outside, each once."""
    made = {operation.output for operation in row.operations()}
    read = (value for operation in row.operations() for value in operation.inputs)
    return list(dict.fromkeys(value for value in read if value not in made)) or [row.input]


def _head(dot: Dot, head: Head, box: str, made_by: dict[Value, str]) -> None:
    weight = "" if head.loss_weight is None else f"\nloss weight {head.loss_weight:g}"
    block = head.nodes[0].name if head.nodes else head.name
    dot.node(box, f"{one_line(block)}{weight}", color_of(head.operations()), dashed=True)
    dot.edge(made_by[head.input], box, format_shape(head.input.shape), side=True)
