"""The uses of a row that is repeated, and which of them are alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from archc.ir import Node, Row
from archc.ir.walk import operations
from archc.ops import Op, Shape

__all__ = ["all_alike", "runs", "uses"]


def uses(row: Row) -> list[Sequence[Node]]:
    """What each use of the row became, in order; one of a row that is not repeated."""
    each = len(row.nodes) // row.repeat
    return [row.nodes[at * each : (at + 1) * each] for at in range(row.repeat)]


def all_alike(row: Row) -> bool:
    """Whether a figure of one use is one of each: same operations, same shapes."""
    first, *others = ((_what_it_does(use), _what_it_reads(use)) for use in uses(row))
    return all(each == first for each in others)


def runs(row: Row) -> Iterator[list[Sequence[Node]]]:
    """Uses that follow each other and do the same.

    A first one that alone reads a tensor of another shape is apart. Where shapes change with
    each use, as the channels in a dense block do, they go together all the same.
    """
    for _, same in groupby(uses(row), _what_it_does):
        run = list(same)
        first, *others = map(_what_it_reads, run)
        if others and first != others[0] and all(each == others[0] for each in others):
            yield [run.pop(0)]
        yield run


def _what_it_does(use: Sequence[Node]) -> list[Op]:
    return [each.op for each in operations(use)]


def _what_it_reads(use: Sequence[Node]) -> list[tuple[Shape, ...]]:
    return [each.input_shapes for each in operations(use)]
