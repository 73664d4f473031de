"""Align two networks: which item of one stands for which item of the other.

Items in a sequence (rows of a table, layers of a chain) are paired in order, so that the summed
cost of pairs and of items left alone is least (Needleman & Wunsch 1970). Of graphs, chains are
aligned like that, and branches side by side are paired whatever their order, by the matching of
least weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from archc.analysis.structure import Branches, Chain, ChainItem, ChainLayer, LayerKeys, chain, flat
from archc.ir.flat import FlatLayer

__all__ = ["Costs", "GraphAligner", "LayerMatch", "PositionMatch", "align", "least_cost"]

T = TypeVar("T")

PositionMatch = tuple[int | None, int | None]
"""Positions in two sequences; None where one of them has nothing."""

LayerMatch = tuple[FlatLayer | None, FlatLayer | None]
"""A layer of each network; None where one of them has nothing."""

_CostTable = list[list[int]]


@dataclass(frozen=True)
class Costs(Generic[T]):
    """What an alignment keeps least, in whole numbers.

    ``pair`` is the cost of two items that stand for each other, None where they cannot;
    ``alone`` the cost of an item that stands for nothing. A score is a cost below zero. No pair
    may be cheaper than one of equal items.
    """

    pair: Callable[[T, T], int | None]
    alone: Callable[[T], int] = lambda item: 0


def align(
    left: Sequence[T],
    right: Sequence[T],
    costs: Costs[T],
    prefer: Literal["first", "last"] = "last",
) -> list[PositionMatch]:
    """Pair the items of two sequences in order, at the least cost.

    Where several alignments cost the least, ``prefer`` says which items they pair: of several
    alike the first or the last. Within a gap the left items come before the right ones. Equal
    starts are paired at once, so are equal ends where the last items are preferred; what lies
    between takes time and memory in proportion to the product of the two lengths.
    """
    start = _equal_start(left, right)
    end = _equal_end(left, right, start) if prefer == "last" else 0
    inner = left[start : len(left) - end], right[start : len(right) - end]
    trace = _last_pairs if prefer == "last" else _first_pairs
    pairs = [(index, index) for index in range(start)]
    pairs += [(start + i, start + j) for i, j in trace(*inner, costs)]
    pairs += [(len(left) - back, len(right) - back) for back in range(end, 0, -1)]
    return _with_gaps(pairs, len(left), len(right))


def least_cost(left: Sequence[T], right: Sequence[T], costs: Costs[T]) -> int:
    """Return what the best alignment costs, where equal items cost nothing as a pair."""
    start = _equal_start(left, right)
    end = _equal_end(left, right, start)
    return _table(left[start : len(left) - end], right[start : len(right) - end], costs)[-1][-1]


def _equal_start(left: Sequence[T], right: Sequence[T]) -> int:
    """Count the items that both sequences begin with."""
    shorter = min(len(left), len(right))
    return next((i for i in range(shorter) if left[i] != right[i]), shorter)


def _equal_end(left: Sequence[T], right: Sequence[T], start: int) -> int:
    """Count the items that both sequences end with, of those behind the equal start."""
    shorter = min(len(left), len(right)) - start
    return next((i for i in range(shorter) if left[-1 - i] != right[-1 - i]), shorter)


def _table(left: Sequence[T], right: Sequence[T], costs: Costs[T]) -> _CostTable:
    """Return the least cost of every beginning of one with every beginning of the other.

    ``table[i][j]`` is that of the first ``i`` items on the left and the first ``j`` on the right.
    """
    alone = [costs.alone(item) for item in right]
    table = [[0]]
    for cost in alone:
        table[0].append(table[0][-1] + cost)
    for item in left:
        above, own = table[-1], costs.alone(item)
        row = [above[0] + own]
        for j, across in enumerate(right):
            least = min(above[j + 1] + own, row[j] + alone[j])
            pair = costs.pair(item, across)
            row.append(least if pair is None else min(least, above[j] + pair))
        table.append(row)
    return table


def _last_pairs(left: Sequence[T], right: Sequence[T], costs: Costs[T]) -> list[tuple[int, int]]:
    """Trace the table from its end, pairing wherever a pair costs the least."""
    table = _table(left, right, costs)
    pairs: list[tuple[int, int]] = []
    i, j = len(left), len(right)
    while i and j:
        pair = costs.pair(left[i - 1], right[j - 1])
        if pair is not None and table[i][j] == table[i - 1][j - 1] + pair:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif table[i][j] == table[i - 1][j] + costs.alone(left[i - 1]):
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _first_pairs(left: Sequence[T], right: Sequence[T], costs: Costs[T]) -> list[tuple[int, int]]:
    """Trace the table from its end, leaving items alone wherever that costs the least.

    Of two convolutions with their activations, the second is left out with its own activation.
    """
    table = _table(left, right, costs)
    pairs: list[tuple[int, int]] = []
    i, j = len(left), len(right)
    while i and j:
        if table[i][j] == table[i - 1][j] + costs.alone(left[i - 1]):
            i -= 1
        elif table[i][j] == table[i][j - 1] + costs.alone(right[j - 1]):
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def _with_gaps(pairs: Sequence[tuple[int, int]], left: int, right: int) -> list[PositionMatch]:
    """Put the positions without a partner between the pairs; ``left`` and ``right`` are lengths."""
    matches: list[PositionMatch] = []
    i = j = 0
    for one, other in [*pairs, (left, right)]:
        matches += [(index, None) for index in range(i, one)]
        matches += [(None, index) for index in range(j, other)]
        if one < left:
            matches.append((one, other))
        i, j = one + 1, other + 1
    return matches


@dataclass(slots=True)
class GraphAligner:
    """Aligns chains of layers at the least cost, the branches in them in any order.

    ``costs`` are those of single layers. What two chains cost is kept by their keys, as networks
    repeat themselves.
    """

    keys: LayerKeys
    costs: Costs[FlatLayer]
    _chain_costs: dict[tuple[int, int], int] = field(default_factory=dict)
    _pair_costs: dict[tuple[int, int], int | None] = field(default_factory=dict)
    _alone_costs: dict[int, int] = field(default_factory=dict)
    _items: Costs[ChainItem] = field(init=False)

    def __post_init__(self) -> None:
        self._items = Costs(self._pair_cost, self._alone_cost)

    def matches(self, left: Chain, right: Chain) -> list[LayerMatch]:
        """Pair the layers of two chains."""
        matches: list[LayerMatch] = []
        left_alone: list[ChainItem] = []
        right_alone: list[ChainItem] = []
        for i, j in align(left.items, right.items, self._items, prefer="first"):
            if i is not None and j is not None:
                matches += self._gap(left_alone, right_alone)
                matches += self._inside(left.items[i], right.items[j])
                left_alone, right_alone = [], []
            elif i is not None:
                left_alone.append(left.items[i])
            elif j is not None:
                right_alone.append(right.items[j])
        return matches + self._gap(left_alone, right_alone)

    def matches_in_order(self, left: Chain, right: Chain) -> list[LayerMatch]:
        """Pair the layers of two chains in the order of reading, as if nothing were split."""
        return self.matches(chain(flat(left.items), self.keys), chain(flat(right.items), self.keys))

    def partners(self, left: Sequence[Chain], right: Sequence[Chain]) -> dict[int, int]:
        """Pair chains in any order: the positions on the left, each with one on the right."""
        if list(left) == list(right) or len(left) == len(right) == 1:
            return {index: index for index in range(len(left))}
        import networkx  # slow to import, and few networks need it

        graph: networkx.Graph[tuple[str, int]] = networkx.Graph()
        for i, one in enumerate(left):
            for j, other in enumerate(right):
                saved = self._all_alone(one) + self._all_alone(other) - self._chain_cost(one, other)
                # The order decides between equal costs only: all of it counts for less than one.
                weight = (i != j) - saved * (len(left) + 1)
                graph.add_edge(("left", i), ("right", j), weight=weight)
        edges = (sorted(edge) for edge in networkx.min_weight_matching(graph))
        return {one[1]: other[1] for one, other in edges}

    def _gap(self, left: list[ChainItem], right: list[ChainItem]) -> list[LayerMatch]:
        """Pair the layers of items that found no partner, where branches hide some that may."""
        if left and right and any(isinstance(item, Branches) for item in (*left, *right)):
            return self.matches_in_order(chain(left, self.keys), chain(right, self.keys))
        return [*_lacking(left, "right"), *_lacking(right, "left")]

    def _inside(self, left: ChainItem, right: ChainItem) -> Iterator[LayerMatch]:
        """Pair the layers in two items that stand for each other."""
        if isinstance(left, ChainLayer) and isinstance(right, ChainLayer):
            yield left.layer, right.layer
            return
        assert isinstance(left, Branches)
        assert isinstance(right, Branches)
        partners = self.partners(left.branches, right.branches)
        for i, branch in enumerate(left.branches):
            if i in partners:
                yield from self.matches(branch, right.branches[partners[i]])
            else:
                yield from _lacking(branch.items, "right")
        for j, branch in enumerate(right.branches):
            if j not in partners.values():
                yield from _lacking(branch.items, "left")

    def _chain_cost(self, left: Chain, right: Chain) -> int:
        if left == right:
            return 0
        key = left.key, right.key
        if key not in self._chain_costs:
            self._chain_costs[key] = least_cost(left.items, right.items, self._items)
        return self._chain_costs[key]

    def _pair_cost(self, left: ChainItem, right: ChainItem) -> int | None:
        if left == right:
            return 0
        key = left.key, right.key
        if key not in self._pair_costs:
            self._pair_costs[key] = self._difference(left, right)
        return self._pair_costs[key]

    def _difference(self, left: ChainItem, right: ChainItem) -> int | None:
        """Return what two unlike items cost as a pair; a layer and branches are never one."""
        if isinstance(left, ChainLayer) and isinstance(right, ChainLayer):
            return self.costs.pair(left.layer, right.layer)
        if not (isinstance(left, Branches) and isinstance(right, Branches)):
            return None
        partners = self.partners(left.branches, right.branches)
        both = sum(
            self._chain_cost(left.branches[i], right.branches[j]) for i, j in partners.items()
        )
        alone = [branch for i, branch in enumerate(left.branches) if i not in partners]
        taken = {*partners.values()}
        alone += [branch for j, branch in enumerate(right.branches) if j not in taken]
        return both + sum(map(self._all_alone, alone))

    def _all_alone(self, branch: Chain) -> int:
        return sum(map(self._alone_cost, branch.items))

    def _alone_cost(self, item: ChainItem) -> int:
        if item.key not in self._alone_costs:
            layers = (step.layer for step in flat([item]))
            self._alone_costs[item.key] = sum(map(self.costs.alone, layers))
        return self._alone_costs[item.key]


def _lacking(items: Sequence[ChainItem], side: Literal["left", "right"]) -> Iterator[LayerMatch]:
    """Yield the layers of items with nothing on that side."""
    for step in flat(items):
        yield (step.layer, None) if side == "right" else (None, step.layer)
