"""A network's figures, row by row and in total."""

from __future__ import annotations

from typing import NamedTuple

from archc.analysis.cost import Cost, total
from archc.analysis.cost import depth as longest_chain
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
    def depth(self) -> int:
        """The longest chain of layers with kernels inside it."""
        return longest_chain(self.part.operations())

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

    __slots__ = ("cost", "row")

    def __init__(self, row: Row, cost: Cost) -> None:
        self.row = row
        self.cost = cost

    @property
    def part(self) -> Row:
        """The row."""
        return self.row


class HeadFigures(PartFigures):
    """An auxiliary head with what it gives and costs."""

    __slots__ = ("cost", "head")

    def __init__(self, head: Head, cost: Cost) -> None:
        self.head = head
        self.cost = cost

    @property
    def part(self) -> Head:
        """The head."""
        return self.head


class Figures(NamedTuple):
    """All rows and heads, and the totals of the main path without heads."""

    rows: tuple[RowFigures, ...]
    heads: tuple[HeadFigures, ...]
    total: Cost

    @property
    def depth(self) -> int:
        """The longest chain of layers with kernels from the input to the output."""
        return longest_chain(operation for row in self.rows for operation in row.row.operations())


def figures(network: Network) -> Figures:
    """Compute a network's figures."""
    rows = tuple(RowFigures(row, total(row.operations())) for row in network.rows)
    heads = tuple(HeadFigures(head, total(head.operations())) for head in network.heads)
    params, weights, macs = 0, 0, 0
    for row in rows:
        params += row.cost.params
        weights += row.cost.weights
        macs += row.cost.macs
    return Figures(rows, heads, Cost(params, weights, macs))
