"""A network's figures, row by row and in total."""

from __future__ import annotations

from typing import NamedTuple

from archc.analysis.cost import Cost, total
from archc.analysis.depth import depth
from archc.ir import Head, Network, Row
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


class RowFigures(PartFigures):
    """A row with what it gives and costs."""

    __slots__ = ("cost", "depth", "row")

    def __init__(self, row: Row, cost: Cost, depth: int) -> None:
        self.row = row
        self.cost = cost
        self.depth = depth

    @property
    def part(self) -> Row:
        """The row."""
        return self.row


class HeadFigures(PartFigures):
    """An auxiliary head with what it gives and costs."""

    __slots__ = ("cost", "depth", "head")

    def __init__(self, head: Head, cost: Cost, depth: int) -> None:
        self.head = head
        self.cost = cost
        self.depth = depth

    @property
    def part(self) -> Head:
        """The head."""
        return self.head


class Figures(NamedTuple):
    """All rows and heads, and the totals of the main path without heads."""

    rows: tuple[RowFigures, ...]
    heads: tuple[HeadFigures, ...]
    total: Cost
    depth: int


def figures(network: Network) -> Figures:
    """Compute a network's figures."""
    chain = [(row, list(row.operations())) for row in network.rows]
    rows = tuple(RowFigures(row, total(inside), depth(inside)) for row, inside in chain)
    aside = [(head, list(head.operations())) for head in network.heads]
    heads = tuple(HeadFigures(head, total(inside), depth(inside)) for head, inside in aside)
    summed = Cost(
        sum(row.params for row in rows),
        sum(row.weights for row in rows),
        sum(row.macs for row in rows),
    )
    everything = depth(operation for _, inside in chain for operation in inside)
    return Figures(rows, heads, summed, everything)
