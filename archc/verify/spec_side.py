"""A spec's network as the comparison takes it, each layer called as its row calls it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from archc import ir
from archc.analysis.uses import uses
from archc.ir.expression import Column
from archc.ir.flat import FlatGraph, FlatHead, FlatLayer
from archc.ops import Family
from archc.ops.arrangement import Identity
from archc.passes import pipeline
from archc.passes.split_separable import SplitSeparable
from archc.texts import numbered

__all__ = ["spec_graph"]


def spec_graph(network: ir.Network) -> FlatGraph:
    """The flat graph; separable convolutions are the two that they are."""
    split = pipeline.run(network, (SplitSeparable(),))
    source = FlatLayer(Identity(), (), split.input.shape, ("input",), "the input", "the input")
    made = {split.input: source}
    titles = numbered(row.printed for row in split.rows)
    for row, title in zip(split.rows, titles, strict=True):
        for scopes, nodes in _uses(row, title):
            _add(scopes, nodes, made)
    for head in split.heads:
        _add((head.name,), head.nodes, made)
    heads = tuple(FlatHead(each.name, made[each.output]) for each in split.heads)
    return FlatGraph(source, made[split.output], heads)


def _uses(row: ir.Row, title: str) -> Iterator[tuple[tuple[str, ...], Sequence[ir.Node]]]:
    """The uses of a repeated row, each with its nodes and what it is called."""
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
    """Make the layers of a row's use."""
    title = outer[-1]
    if len(nodes) == 1 and isinstance(nodes[0], ir.Block) and nodes[0].kind != "unit":
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
        if isinstance(node, ir.Operation):
            yield _Named(node, scopes, "/".join((*scopes, node.name)), _column(node))
        elif node.kind == "unit":
            yield from _unit(node, scopes)
        else:
            yield from _named(node.children, (*scopes, _printed(node)))


def _unit(unit: ir.Block, scopes: tuple[str, ...]) -> Iterator[_Named]:
    """A convolution's norm and activation are called as it is.

    Of two convolutions (a separable one) each has a name of its own.
    """
    operations = list(unit.operations())
    several = sum(operation.op.family is Family.CONVOLUTION for operation in operations) > 1
    name, column = unit.name, None
    for operation in operations:
        if operation.op.layers:
            name = f"{unit.name} {operation.name}" if several else unit.name
            column = _column(operation)
        yield _Named(operation, scopes, "/".join((*scopes, name)), column)


def _column(operation: ir.Operation) -> str | None:
    """The column of the row that says how many filters there are."""
    filters = operation.expressions.get("filters")
    return filters.name if isinstance(filters, Column) and filters.name != "classes" else None


def _printed(block: ir.Block) -> str:
    """A branch's name as the spec prints it, another block's own name."""
    span = block.origin.span
    if block.kind != "branch" or span.line != span.end_line:
        return block.name.replace("_", " ")
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1].strip(" \"'")


def _labels(named: Sequence[_Named]) -> dict[str, str]:
    """For each unit the shortest name that no other of the row has."""
    choices = {each.unit: _choices(each) for each in reversed(named)}
    counts = Counter(choice for unit in choices.values() for choice in set(unit))
    return {
        unit: next((choice for choice in offered if counts[choice] == 1), offered[-1])
        for unit, offered in choices.items()
    }


def _choices(named: _Named) -> list[str]:
    """Names for a unit, the best first: its column, its branch, all that leads to it."""
    inside = ", ".join(named.scopes)
    own = named.unit.rpartition("/")[2].replace("_", " ")
    long = f"{inside}, {own}" if inside else own
    if named.column is None:
        return [inside or own, long]
    qualified = f"{inside}, {named.column}" if inside else named.column
    return [named.column, qualified, f"{qualified}, {own}"]
