"""Which layer of one network is which of the other.

Both are taken apart into chains and splits. Chains are aligned so that the sum of what
differs is least (Needleman & Wunsch 1970); the branches of two splits are paired so that it
is least whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import networkx as nx

from archc.verify.cost import gap, mismatch
from archc.verify.graph import Layer
from archc.verify.structure import Chain, Item, Keys, Split, Step, chain, flat

__all__ = ["Aligner", "Pair"]

Pair = tuple[Layer | None, Layer | None]
"""A layer of each side; None where a side has nothing."""

_Match = tuple[Item | None, Item | None]
_Table = list[list[int]]

_IMPOSSIBLE = 10**9


class Aligner:
    """Aligns chains, and remembers what like ones cost: networks repeat themselves."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._costs: dict[tuple[str, int, int], int] = {}
        self._gaps: dict[int, int] = {}

    def cost(self, left: Chain, right: Chain) -> int:
        """What differs between two chains, in all."""
        if left.key == right.key:
            return 0
        known = ("chain", left.key, right.key)
        if known not in self._costs:
            self._costs[known] = self._table(left.items, right.items)[-1][-1]
        return self._costs[known]

    def pairs(self, left: Chain, right: Chain) -> list[Pair]:
        """The layers that stand for each other at the least cost."""
        found: list[Pair] = []
        lonely: tuple[list[Item], list[Item]] = ([], [])
        for one, other in self._matches(left, right):
            if one is not None and other is not None:
                found += self._leftover(*lonely)
                found += self._inside(one, other)
                lonely = ([], [])
            elif one is not None:
                lonely[0].append(one)
            elif other is not None:
                lonely[1].append(other)
        return found + self._leftover(*lonely)

    def in_order(self, left: Chain, right: Chain) -> list[Pair]:
        """The same without regard to splits: all layers in the order of reading."""
        return self.pairs(chain(flat(left.items), self.keys), chain(flat(right.items), self.keys))

    def _leftover(self, left: list[Item], right: list[Item]) -> list[Pair]:
        """Items that found no partner; those inside splits may have one in a chain."""
        if left and right and any(isinstance(item, Split) for item in (*left, *right)):
            return self.in_order(chain(left, self.keys), chain(right, self.keys))
        missing: list[Pair] = [(step.layer, None) for step in flat(left)]
        return missing + [(None, step.layer) for step in flat(right)]

    def _inside(self, left: Item, right: Item) -> Iterator[Pair]:
        if isinstance(left, Step) and isinstance(right, Step):
            yield left.layer, right.layer
            return
        assert isinstance(left, Split)
        assert isinstance(right, Split)
        partner = self.partners(left.branches, right.branches)
        for index, branch in enumerate(left.branches):
            if index in partner:
                yield from self.pairs(branch, right.branches[partner[index]])
            else:
                yield from ((step.layer, None) for step in flat(branch.items))
        for index, branch in enumerate(right.branches):
            if index not in partner.values():
                yield from ((None, step.layer) for step in flat(branch.items))

    def partners(self, left: Sequence[Chain], right: Sequence[Chain]) -> dict[int, int]:
        """For each chain's index the index of the one that it is on the other side."""
        alike = [each.key for each in left] == [each.key for each in right]
        if alike or len(left) == len(right) == 1:
            return {index: index for index in range(len(left))}
        graph: nx.Graph[tuple[str, int]] = nx.Graph()
        for i, one in enumerate(left):
            for j, other in enumerate(right):
                unpaired = self._gap(one.items) + self._gap(other.items)
                saved = unpaired - self.cost(one, other)
                # The order decides only between equal costs: it counts for less than one.
                weight = (i != j) - saved * (len(left) + 1)
                graph.add_edge(("left", i), ("right", j), weight=weight)
        found = (sorted(edge) for edge in nx.min_weight_matching(graph))
        return {one[1]: other[1] for one, other in found}

    def _matches(self, left: Chain, right: Chain) -> list[_Match]:
        if left.key == right.key:
            return [*zip(left.items, right.items, strict=True)]
        return self._walk(left.items, right.items)

    def _walk(self, left: Sequence[Item], right: Sequence[Item]) -> list[_Match]:
        """The cheapest way through the table, from its end to its start.

        Of equal ways that which leaves out the last of several alike: of two convolutions
        with their activations the second one with its own.
        """
        table = self._table(left, right)
        found: list[_Match] = []
        i, j = len(left), len(right)
        while i or j:
            here = table[i][j]
            if i and here == table[i - 1][j] + self._gap_of(left[i - 1]):
                i -= 1
                found.append((left[i], None))
            elif j and here == table[i][j - 1] + self._gap_of(right[j - 1]):
                j -= 1
                found.append((None, right[j]))
            else:
                i, j = i - 1, j - 1
                found.append((left[i], right[j]))
        return found[::-1]

    def _table(self, left: Sequence[Item], right: Sequence[Item]) -> _Table:
        """The least cost of every beginning of one with every beginning of the other."""
        gaps = [self._gap_of(item) for item in right]
        table = [[0]]
        for one in gaps:
            table[0].append(table[0][-1] + one)
        for item in left:
            above, own = table[-1], self._gap_of(item)
            row = [above[0] + own]
            for j, other in enumerate(right):
                both = above[j] + self._mismatch(item, other)
                row.append(min(both, above[j + 1] + own, row[j] + gaps[j]))
            table.append(row)
        return table

    def _mismatch(self, left: Item, right: Item) -> int:
        if left.key == right.key:
            return 0
        known = ("item", left.key, right.key)
        if known not in self._costs:
            self._costs[known] = self._compare(left, right)
        return self._costs[known]

    def _compare(self, left: Item, right: Item) -> int:
        if isinstance(left, Step) and isinstance(right, Step):
            found = mismatch(left.layer, right.layer)
            return _IMPOSSIBLE if found is None else found
        if not (isinstance(left, Split) and isinstance(right, Split)):
            return _IMPOSSIBLE
        partner = self.partners(left.branches, right.branches)
        both = sum(self.cost(left.branches[i], right.branches[j]) for i, j in partner.items())
        alone = [each for i, each in enumerate(left.branches) if i not in partner]
        alone += [each for j, each in enumerate(right.branches) if j not in partner.values()]
        return both + sum(self._gap(each.items) for each in alone)

    def _gap(self, items: Sequence[Item]) -> int:
        return sum(self._gap_of(item) for item in items)

    def _gap_of(self, item: Item) -> int:
        if item.key not in self._gaps:
            self._gaps[item.key] = sum(gap(step.layer) for step in flat([item]))
        return self._gaps[item.key]
