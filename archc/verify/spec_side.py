"""Write a spec's network as a flat graph, each layer called as its row calls it.

A layer is named by its row and, where the row has several, by the shortest of its column, its
branch and all that leads to it that no other layer of the row shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from archc import ir
from archc.analysis.parts import uses
from archc.ir.expression import column_name
from archc.ir.flat import FlatGraph, FlatHead, FlatLayer
from archc.ops import Family
from archc.ops.arrangement import Identity
from archc.passes import pipeline
from archc.passes.lowering import SplitSeparable
from archc.texts import told_apart

__all__ = ["spec_graph"]


def spec_graph(network: ir.Network) -> FlatGraph:
    """Return the flat graph, with a separable convolution as the two convolutions that it is."""
    split = pipeline.run(network, (SplitSeparable(),))
    source = FlatLayer(Identity(), (), split.input.shape, ("input",), "the input", "the input")
    made = {split.input: source}
    titles = told_apart(row.printed for row in split.rows)
    for row, title in zip(split.rows, titles, strict=True):
        for scopes, nodes in _uses(row, title):
            _add(scopes, nodes, made)
    for head in split.heads:
        _add((head.name,), head.nodes, made)
    heads = tuple(FlatHead(each.name, made[each.output]) for each in split.heads)
    return FlatGraph(source, made[split.output], heads)


def _uses(row: ir.Row, title: str) -> Iterator[tuple[tuple[str, ...], Sequence[ir.Node]]]:
    """Yield the names and the nodes of each use of a row."""
    if row.repeat == 1:
        yield (title,), row.nodes
        return
    for number, nodes in enumerate(uses(row), 1):
        yield (title, f"{title} ({number})"), nodes


@dataclass(frozen=True, slots=True)
class _Named:
    """A layer's operation with the names around it, and the column its filters come from."""

    operation: ir.Operation
    scopes: tuple[str, ...]
    unit: str
    column: str | None


def _add(outer: tuple[str, ...], nodes: Sequence[ir.Node], made: dict[ir.Value, FlatLayer]) -> None:
    """Add the layers of a row's use to ``made``, which has each value's layer."""
    title = outer[-1]
    if len(nodes) == 1 and nodes[0].kind not in ("operation", "unit"):
        nodes = nodes[0].children
    named = list(_named(nodes, ()))
    labels = _labels(named) if len({each.unit for each in named}) > 1 else {}
    for each in named:
        operation = each.operation
        label = ", ".join(filter(None, (title, labels.get(each.unit))))
        made[operation.output] = FlatLayer(
            operation.op,
            tuple(made[value] for value in operation.inputs),
            operation.output.shape,
            (*outer[:-1], *accumulate((title, *each.scopes), "{}, {}".format)),
            label,
            title if each is named[-1] else label,
        )


def _named(nodes: Sequence[ir.Node], scopes: tuple[str, ...]) -> Iterator[_Named]:
    for node in nodes:
        if node.kind in ("operation", "unit"):
            yield from _unit(node, scopes)
        else:
            yield from _named(node.children, (*scopes, _printed(node)))


def _unit(unit: ir.Node, scopes: tuple[str, ...]) -> Iterator[_Named]:
    """Yield the operations of a unit, or one alone: norm and activation share its name.

    Of two convolutions, which a separable one is, each has a name of its own.
    """
    operations = list(unit.operations())
    several = sum(operation.op.family is Family.CONVOLUTION for operation in operations) > 1
    name, column = unit.name, None
    for operation in operations:
        if operation.op.layers:
            name = f"{unit.name} {operation.name}" if several else unit.name
            column = column_name(operation.expressions.get("filters"))
        yield _Named(operation, scopes, "/".join((*scopes, name)), column)


def _printed(block: ir.Node) -> str:
    """Return a branch's name as the spec prints it; another block's own name."""
    span = block.origin.span
    if block.kind != "branch" or span.line != span.end_line:
        return block.name.replace("_", " ")
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1].strip(" \"'")


def _labels(named: Sequence[_Named]) -> dict[str, str]:
    """Return for each unit the shortest name that no other of the row has."""
    choices = {each.unit: _choices(each) for each in reversed(named)}
    counts = Counter(choice for unit in choices.values() for choice in set(unit))
    return {
        unit: next((choice for choice in offered if counts[choice] == 1), offered[-1])
        for unit, offered in choices.items()
    }


def _choices(named: _Named) -> list[str]:
    """List names for a unit, the best first: its column, its branch, all that leads to it."""
    inside = ", ".join(named.scopes)
    own = named.unit.rpartition("/")[2].replace("_", " ")
    long = f"{inside}, {own}" if inside else own
    if named.column is None:
        return [inside or own, long]
    qualified = f"{inside}, {named.column}" if inside else named.column
    return [named.column, qualified, f"{qualified}, {own}"]
