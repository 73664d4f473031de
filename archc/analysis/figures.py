"""A network's figures, row by row and in total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archc.analysis.cost import Cost, total
from archc.analysis.depth import depth
from archc.ir import Head, Network, Operation, Row
from archc.ops import Shape

__all__ = ["Figures", "HeadFigures", "RowFigures", "figures"]


class PartFigures:
    """What a row or a head gives and costs, for one sample."""

    __slots__ = ()

    cost: Cost

    @property
    def part(self) -> Row | Head:
        """The row or the head."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """Its name, as in code: ``inception_3a``."""
        return self.part.name

    @property
    def output(self) -> Shape:
        """The output's shape, (C, H, W) or (N,)."""
        return self.part.output.shape

    @property
    def params(self) -> int:
        """Learned numbers."""
        return self.cost.params

    @property
    def weights(self) -> int:
        """Kernel weights alone."""
        return self.cost.weights

    @property
    def macs(self) -> int:
        """Multiply-adds."""
        return self.cost.macs


@dataclass(frozen=True, slots=True)
class RowFigures(PartFigures):
    """A row with what it gives and costs."""

    row: Row
    cost: Cost
    depth: int

    @property
    def part(self) -> Row:
        """The row."""
        return self.row


@dataclass(frozen=True, slots=True)
class HeadFigures(PartFigures):
    """An auxiliary head with what it gives and costs."""

    head: Head
    cost: Cost
    depth: int

    @property
    def part(self) -> Head:
        """The head."""
        return self.head


@dataclass(frozen=True, slots=True)
class Figures:
    """All rows and heads, and the totals of the main path without heads."""

    rows: tuple[RowFigures, ...]
    heads: tuple[HeadFigures, ...]
    total: Cost
    depth: int


def figures(network: Network) -> Figures:
    """Compute a network's figures."""
    rows = tuple(RowFigures(row, *_measure(row.operations())) for row in network.rows)
    heads = tuple(HeadFigures(head, *_measure(head.operations())) for head in network.heads)
    summed = Cost()
    for each in rows:
        summed += each.cost
    return Figures(rows, heads, summed, depth(network.operations()))


def _measure(operations: Iterable[Operation]) -> tuple[Cost, int]:
    listed = list(operations)
    return total(listed), depth(listed)
