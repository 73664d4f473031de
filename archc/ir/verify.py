"""Check that a graph is well formed, after every pass and in tests."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ir.graph import Block, Network, Node, Operation, Value

__all__ = ["InvalidGraphError", "verify"]


class InvalidGraphError(Exception):
    """A graph breaks its own rules: a mistake in archc, never in a spec."""


def verify(network: Network) -> None:
    """Raise `InvalidGraphError` unless every value is made before it is read.

    Also: each output has the shape that its operation infers and knows its producer, names
    are unique within a block, and blocks, rows and heads end in values that exist.
    """
    known: set[Value] = {network.input}
    _names(row.name for row in network.rows)
    for row in network.rows:
        _nodes(row.nodes, known)
        _known(row.output, known, f"row {row.name}")
    for head in network.heads:
        _known(head.input, known, f"head {head.name}")
        _nodes(head.nodes, known)
        _known(head.output, known, f"head {head.name}")
    _users(network, known)


def _users(network: Network, known: set[Value]) -> None:
    """Check that every value knows the operations that read it."""
    users: dict[Value, list[Operation]] = {value: [] for value in known}
    for operation in network.operations(heads=True):
        for value in operation.inputs:
            users[value].append(operation)
    for value, readers in users.items():
        if value.users != readers:
            raise InvalidGraphError(f"a value of {value.shape} does not know who reads it")


def _nodes(nodes: list[Node], known: set[Value]) -> None:
    _names(node.name for node in nodes)
    for node in nodes:
        if node.kind == "operation":
            _operation(node, known)
        else:
            _block(node, known)


def _block(block: Block, known: set[Value]) -> None:
    _known(block.input, known, f"block {block.name}")
    _nodes(block.children, known)
    _known(block.output, known, f"block {block.name}")


def _operation(operation: Operation, known: set[Value]) -> None:
    for value in operation.inputs:
        _known(value, known, f"operation {operation.name}")
    if operation.output.producer is not operation:
        raise InvalidGraphError(f"operation {operation.name}: its output has another producer")
    shape = operation.op.infer(operation.input_shapes)
    if shape != operation.output.shape:
        raise InvalidGraphError(
            f"operation {operation.name}: infers {shape}, has {operation.output.shape}"
        )
    if operation.output in known:
        raise InvalidGraphError(f"operation {operation.name}: its output exists already")
    known.add(operation.output)


def _known(value: Value, known: set[Value], where: str) -> None:
    if value not in known:
        raise InvalidGraphError(f"{where}: reads or ends in a value that nothing makes before it")


def _names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidGraphError(f"the name {name} is used twice in one block")
        seen.add(name)
