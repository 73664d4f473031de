"""Ways through the nodes of a graph: operations and blocks, in order, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archc.ir.graph import Block, Node, Operation, Value

__all__ = [
    "blocks",
    "blocks_inside_out",
    "nodes",
    "operations",
    "operations_in_place",
    "read_from_outside",
]


def operations(listed: Iterable[Node]) -> Iterator[Operation]:
    """The operations of a list of nodes, in order, blocks opened."""
    for node in listed:
        yield from node.operations()


def nodes(listed: Iterable[Node]) -> Iterator[Node]:
    """All nodes, each before what is in it."""
    for node in listed:
        yield node
        yield from nodes(node.children)


def blocks(listed: Iterable[Node]) -> Iterator[Block]:
    """All blocks, each before those in it."""
    for node in nodes(listed):
        if node.kind != "operation":
            yield node


def blocks_inside_out(listed: Iterable[Node]) -> Iterator[Block]:
    """All blocks, each behind those in it."""
    for node in listed:
        yield from blocks_inside_out(node.children)
        if node.kind != "operation":
            yield node


def operations_in_place(
    listed: Iterable[Node], around: tuple[Block, ...] = ()
) -> Iterator[tuple[Operation, tuple[Block, ...]]]:
    """All operations in order, each with the blocks around it, the outermost first."""
    for node in listed:
        if node.kind == "operation":
            yield node, around
        else:
            yield from operations_in_place(node.children, (*around, node))


def read_from_outside(listed: Iterable[Operation]) -> list[Value]:
    """The tensors that operations read and none of them makes, each once."""
    inside = list(listed)
    made = {operation.output for operation in inside}
    read = (value for operation in inside for value in operation.inputs)
    return list(dict.fromkeys(value for value in read if value not in made))
