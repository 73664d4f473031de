"""Orders of a group's children in which their shapes are the network's.

A checkpoint's siblings may stand in another order than the network runs them: a shortcut after
the branch beside it, a head amid the rows, names sorted by letter. The names' tree limits what
is possible: a group's layers stay together. So does what is known of the order: along a path
of the network it holds; only what runs in parallel may be exchanged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, permutations, product

from archc.checkpoint.layers import Layer, NetworkLayer
from archc.checkpoint.tree import Group, Precedes

__all__ = ["Arranger", "Order", "TooManyOrders", "depends"]

STEPS = 200_000
"""Trials before a search is given up; the bundled networks need a few thousand."""

ENOUGH = 64
"""Orders of one group that are told apart by other evidence."""


class TooManyOrders(Exception):
    """Names and shapes leave so much open that no other evidence would settle it."""


_Placed = tuple[Group, int]
"""A group, and the network's layer that it starts at."""


@dataclass(frozen=True, slots=True)
class Order:
    """A group's children in an order that fits, each with the network layer it starts at."""

    children: tuple[_Placed, ...]

    def pairs(self) -> Iterator[tuple[Group, Group]]:
        """All pairs of siblings, the earlier one first."""
        groups = [group for group, _ in self.children]
        for index, one in enumerate(groups):
            for other in groups[index + 1 :]:
                yield one, other


@dataclass(slots=True)
class Arranger:
    """Finds the orders of groups, given where in the network they start."""

    ours: Sequence[NetworkLayer]
    theirs: Sequence[Layer]
    precedes: Precedes
    steps: int = 0
    fitting: dict[tuple[Group, int], bool] = field(default_factory=dict)

    def orders(self, group: Group, start: int) -> list[Order]:
        """All orders of the children of ``group``, its layers from ``start``.

        Raises `TooManyOrders`.
        """
        found = [
            order
            for shapes in islice(self._search(group, start), ENOUGH)
            for order in islice(self._exchanged(shapes), ENOUGH)
        ]
        if len(found) >= ENOUGH:
            raise TooManyOrders
        return found

    def fits(self, group: Group, start: int) -> bool:
        """Whether some order of the layers inside has the network's shapes from ``start``."""
        key = (group, start)
        if key not in self.fitting:
            self.fitting[key] = self._can_fit(group, start)
        return self.fitting[key]

    def _can_fit(self, group: Group, start: int) -> bool:
        expected = self.ours[start : start + len(group.leaves)]
        wanted = Counter(layer.signature for layer in expected)
        if wanted != Counter(self.theirs[leaf].signature for leaf in group.leaves):
            return False
        return any(True for _ in self._search(group, start))

    def _search(self, group: Group, start: int) -> Iterator[Order]:
        """Orders that differ in their shapes, siblings of equal content in the tree's order."""
        classes = _classes(group)
        taken = [0] * len(classes)
        placed: list[_Placed] = []
        trail: list[int] = []
        index, at = 0, start
        while True:
            if len(placed) == len(group.children):
                yield Order(tuple(placed))
                index = len(classes)
            if index == len(classes):
                if not trail:
                    return
                index, at = trail.pop(), placed.pop()[1]
                taken[index] -= 1
                index += 1
                continue
            members = classes[index][taken[index] :]
            if members and self._goes(members[0], at, placed):
                placed.append((members[0], at))
                trail.append(index)
                taken[index] += 1
                index, at = 0, at + len(members[0].leaves)
            else:
                index += 1

    def _goes(self, group: Group, start: int, placed: Sequence[_Placed]) -> bool:
        """Whether ``group`` may stand behind ``placed`` by its shapes and what is known."""
        self.steps += 1
        if self.steps > STEPS:
            raise TooManyOrders
        return self.fits(group, start) and self._consistent(group, start, placed)

    def _exchanged(self, order: Order) -> Iterator[Order]:
        """The orders in which siblings of equal content take each other's places.

        They do only in parallel, or where it is not known which of them comes first.
        """
        places: dict[Hashable, list[int]] = {}
        for index, (group, _) in enumerate(order.children):
            places.setdefault(group.content, []).append(index)
        choices = [
            list(islice(self._arrangements([order.children[at] for at in indices]), ENOUGH))
            for indices in places.values()
        ]
        if math.prod(map(len, choices)) >= ENOUGH:
            raise TooManyOrders
        for chosen in product(*choices):
            children = list(order.children)
            for indices, placed in zip(places.values(), chosen, strict=True):
                for index, child in zip(indices, placed, strict=True):
                    children[index] = child
            yield Order(tuple(children))

    def _arrangements(self, placed: Sequence[_Placed]) -> Iterator[Sequence[_Placed]]:
        """The permutations of siblings of equal content that go against nothing known."""
        if self._chained(placed):
            yield placed
            return
        if len(placed) > 6:
            raise TooManyOrders
        starts = [start for _, start in placed]
        for groups in permutations(group for group, _ in placed):
            found = list(zip(groups, starts, strict=True))
            if all(self._consistent(*each, found[:index]) for index, each in enumerate(found)):
                yield found

    def _chained(self, placed: Sequence[_Placed]) -> bool:
        """Whether the siblings are known to follow each other along a path of the network."""
        return all(
            self.precedes(one, other) and depends(self.ours, _span(other, to), _span(one, at))
            for (one, at), (other, to) in pairwise(placed)
        )

    def _consistent(self, group: Group, start: int, placed: Sequence[_Placed]) -> bool:
        """Whether ``group`` may stand behind ``placed``, some of which it is known to precede."""
        own = _span(group, start)
        return not any(
            self.precedes(group, other) and depends(self.ours, own, _span(other, at))
            for other, at in placed
        )


def _span(group: Group, start: int) -> range:
    """The network's layers that a group stands for."""
    return range(start, start + len(group.leaves))


def _classes(group: Group) -> list[list[Group]]:
    """The children by content."""
    found: dict[Hashable, list[Group]] = {}
    for child in group.children:
        found.setdefault(child.content, []).append(child)
    return list(found.values())


def depends(ours: Sequence[NetworkLayer], later: Iterable[int], earlier: Iterable[int]) -> bool:
    """Whether an output of the network's layers ``earlier`` reaches one of ``later``."""
    mask = 0
    for at in earlier:
        mask |= 1 << at
    return any(ours[at].before & mask for at in later)
