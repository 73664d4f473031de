"""Rows and heads of a table: the uses of a repeated row, and what kind of thing a part is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from archc.ir import Head, Node, Operation, Row
from archc.ir.walk import operations
from archc.ops import Family, Op, Shape

__all__ = ["all_alike", "family_of_all", "family_of_part", "runs", "uses"]


def uses(row: Row) -> list[Sequence[Node]]:
    """Return what each use of the row became, in order; one for a row that is not repeated."""
    length = len(row.nodes) // row.repeat
    return [row.nodes[at * length : (at + 1) * length] for at in range(row.repeat)]


def all_alike(row: Row) -> bool:
    """Whether all uses do the same to the same shapes, so that a figure of one is one of each."""
    first, *others = ((_ops(use), _input_shapes(use)) for use in uses(row))
    return all(use == first for use in others)


def runs(row: Row) -> Iterator[list[Sequence[Node]]]:
    """Yield the uses that follow each other and do the same, together.

    A first use that reads another shape than all others is apart. Where shapes change with each
    use, as the channels in a dense block do, the uses stay together.
    """
    for _, same in groupby(uses(row), _ops):
        run = list(same)
        first, *others = map(_input_shapes, run)
        if others and first != others[0] and all(shapes == others[0] for shapes in others):
            yield [run.pop(0)]
        yield run


def _ops(use: Sequence[Node]) -> list[Op]:
    return [operation.op for operation in operations(use)]


def _input_shapes(use: Sequence[Node]) -> list[tuple[Shape, ...]]:
    return [operation.input_shapes for operation in operations(use)]


def family_of_part(part: Row | Head) -> Family:
    """Return the family of a row or a head: that of one use of a repeated row."""
    inside = list(part.operations())
    repeat = part.repeat if isinstance(part, Row) else 1
    return family_of_all(inside[: len(inside) // repeat])


def family_of_all(operations: Iterable[Operation]) -> Family:
    """Return the family of operations together.

    It is that of the only one with a kernel, or of the first where none has one; several with
    kernels are a module.
    """
    inside = list(operations)
    heavy = [operation for operation in inside if operation.op.layers]
    if len(heavy) > 1:
        return Family.MODULE
    main = heavy or inside
    return main[0].op.family if main else Family.OTHER
