"""Which order of a names' tree it is, where shapes allow several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.checkpoint.arrange import Arranger, Order
from archc.checkpoint.layers import Layer, NetworkLayer
from archc.checkpoint.names import words
from archc.checkpoint.problems import Problem
from archc.checkpoint.tree import Group

__all__ = ["AmbiguousError", "NoMatchError", "Settling", "choice", "vote"]


class AmbiguousError(Exception):
    """Several matches are possible. ``problems`` says where they differ."""

    def __init__(self, problems: Iterator[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("ambiguous")


class NoMatchError(Exception):
    """No order of the checkpoint's layers has the network's shapes."""


def choice(ours: NetworkLayer, theirs: Sequence[Layer], note: str = "") -> Problem:
    """A layer of the network, and the layers of the checkpoint that it may be."""
    names = tuple(layer.name for layer in theirs)
    return Problem("ambiguous", ours.row, ours.name, names, ours.signature[1], note=note)


def vote(ours: Sequence[NetworkLayer], group: Group, places: Sequence[int]) -> int:
    """How many words a group's name shares with the network's layers at ``places``."""
    said = words(group.label)
    return sum(len(said & ours[at].words) for at in places)


_Inversions = frozenset[tuple[Group, Group]]
_Judge = Callable[[list[Order]], list[Order]]


@dataclass(slots=True)
class Settling:
    """Settles the order of each group, those that leave least choice first.

    Each kind of evidence, the strongest first, may rule out orders that those before it have
    left. What shapes and nesting alone have settled is evidence for the other groups.
    """

    arranger: Arranger
    learned: dict[tuple[str, str], bool] = field(default_factory=dict)
    forced: dict[tuple[Group, int], _Inversions] = field(default_factory=dict)
    spans: Sequence[range] = field(init=False)

    def __post_init__(self) -> None:
        self.spans = _spans(self.arranger.ours)

    def run(self, tree: Group) -> list[int]:
        """For each layer of the network the position of its counterpart.

        Raises `NoMatchError`, `AmbiguousError` and `archc.checkpoint.arrange.TooManyOrders`.
        """
        if not self.arranger.fits(tree, 0):
            raise NoMatchError
        found = [0] * len(self.arranger.ours)
        waiting = [self.arranger.orders(tree, 0)]
        while waiting:
            for child, start in self._next(waiting).children:
                if child.leaf is None:
                    waiting.append(self.arranger.orders(child, start))
                else:
                    found[start] = child.leaf
        return found

    def _next(self, waiting: list[list[Order]]) -> Order:
        """Take out a group whose order the strongest evidence settles that settles any."""
        judges: tuple[_Judge, ...] = (
            self._least_crossing,
            self._as_elsewhere,
            self._least_inverted,
            self._most_words,
        )
        for strength in range(len(judges) + 1):
            for index, orders in enumerate(waiting):
                left = orders
                for judge in judges[:strength]:
                    left = judge(left) or left
                if len(left) == 1:
                    if strength < 2:
                        self._learn(left[0])
                    del waiting[index]
                    return left[0]
        raise AmbiguousError(self._choices(waiting))

    def _learn(self, order: Order) -> None:
        """How siblings of these names stand; what differs from place to place says nothing."""
        for one, other in order.pairs():
            if not (one.is_named and other.is_named):
                continue
            pair, reverse = (one.label, other.label), (other.label, one.label)
            self.learned[pair] = reverse not in self.learned
            if not self.learned[pair]:
                self.learned[reverse] = False

    def _least_crossing(self, orders: list[Order]) -> list[Order]:
        """Those in which fewest groups are parts of two rows or blocks."""
        counts = [
            sum(self._crosses(start, start + len(group.leaves)) for group, start in order.children)
            for order in orders
        ]
        return [order for order, count in zip(orders, counts, strict=True) if count == min(counts)]

    def _crosses(self, start: int, stop: int) -> bool:
        """Whether a row or block of the network begins in a stretch and ends behind, or so."""
        return any(
            span.start < start < span.stop < stop or start < span.start < stop < span.stop
            for span in self.spans
        )

    def _as_elsewhere(self, orders: list[Order]) -> list[Order]:
        """Those that agree with how the same names stand where there is no choice."""
        return [
            order
            for order in orders
            if not any(self.learned.get((other.label, one.label)) for one, other in order.pairs())
        ]

    def _least_inverted(self, orders: list[Order]) -> list[Order]:
        """The one whose exchanges of siblings of known order all others make too."""
        inverted = [self._inverted(order) for order in orders]
        least = frozenset.intersection(*inverted)
        return [order for order, pairs in zip(orders, inverted, strict=True) if pairs == least]

    def _inverted(self, order: Order) -> _Inversions:
        """The siblings exchanged in an order, and those that then must be in its groups."""
        precedes = self.arranger.precedes
        own = frozenset(pair for pair in order.pairs() if precedes(pair[1], pair[0]))
        return own.union(*(self._forced(*child) for child in order.children))

    def _forced(self, group: Group, start: int) -> _Inversions:
        """The siblings exchanged in all orders of a group that starts there."""
        if (group, start) not in self.forced:
            orders = self.arranger.orders(group, start)
            self.forced[group, start] = frozenset.intersection(*map(self._inverted, orders))
        return self.forced[group, start]

    def _most_words(self, orders: list[Order]) -> list[Order]:
        """Those that bring together most names with words in common."""
        scores = [sum(self._vote(*child) for child in order.children) for order in orders]
        return [order for order, score in zip(orders, scores, strict=True) if score == max(scores)]

    def _vote(self, group: Group, start: int) -> int:
        return vote(self.arranger.ours, group, range(start, start + len(group.leaves)))

    def _choices(self, waiting: Sequence[Sequence[Order]]) -> Iterator[Problem]:
        """Where the orders that are left differ: the first layers of each group that moves."""
        for orders in waiting:
            starts: dict[int, dict[Group, None]] = {}
            for order in orders:
                for group, start in order.children:
                    starts.setdefault(start, {})[group] = None
            for start, groups in starts.items():
                if len(groups) > 1:
                    ours = self.arranger.ours[start]
                    yield choice(ours, [self._alike(group, ours) for group in groups])

    def _alike(self, group: Group, ours: NetworkLayer) -> Layer:
        """A layer of a group that may be ``ours``."""
        layers = (self.arranger.theirs[leaf] for leaf in group.leaves)
        return next(layer for layer in layers if layer.signature == ours.signature)


def _spans(ours: Sequence[NetworkLayer]) -> list[range]:
    """Where the rows and blocks begin and end that are around several layers."""
    found: dict[object, range] = {}
    for at, layer in enumerate(ours):
        for part in layer.place:
            found[part] = range(found.get(part, range(at, at)).start, at + 1)
    return [span for span in found.values() if len(span) > 1]
