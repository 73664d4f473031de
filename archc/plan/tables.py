"""Whether a target's table has a rule for every operation of a network."""

from __future__ import annotations

from collections.abc import Container, Iterable

from archc.diagnostics import ArchcError
from archc.ir import Network
from archc.ops import Op
from archc.texts import one_line

__all__ = ["operations_by_row", "require_rules"]


def require_rules(
    operations: Iterable[tuple[str, Op]], table: Container[type[Op]], purpose: str
) -> None:
    """Raise `ArchcError` for the first operation that ``table`` has no rule for.

    ``operations`` come with what each is part of: ``row conv1`` or ``head aux1``. ``purpose``
    ends the sentence "it cannot be ...": ``written as ONNX``.
    """
    for place, op in operations:
        if type(op) not in table:
            raise ArchcError(
                f"`{op.names[0]}` ({one_line(place)}) cannot be {purpose}: archc has no rule for it"
            )


def operations_by_row(network: Network, heads: bool = True) -> Iterable[tuple[str, Op]]:
    """Yield the network's operations in order, each with its row as printed, or its head."""
    for row in network.rows:
        for operation in row.operations():
            yield f"row {row.printed}", operation.op
    for head in network.heads if heads else ():
        for operation in head.operations():
            yield f"head {head.name}", operation.op
