"""Choose among the orders of a names' tree that fit, by the evidence in names and order.

Groups are settled one at a time: each time the group that the strongest evidence settles. Then
branches in parallel of the same shapes (twins) are checked again: exchanged they would fit as
well, so that names, their siblings elsewhere or at last the checkpoint's order must say which is
which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from archc.checkpoint.arrange import Arranger, NameGroup, Order, Precedes, depends, make_tree
from archc.checkpoint.layers import NetworkLayer, Signature, TensorLayer
from archc.checkpoint.names import words
from archc.checkpoint.problems import Problem

__all__ = ["AmbiguousError", "NoMatchError", "Settling", "choice", "told_by_order"]


class AmbiguousError(Exception):
    """Several matches are possible. ``problems`` says where they differ."""

    def __init__(self, problems: Iterator[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("ambiguous")


class NoMatchError(Exception):
    """No order of the checkpoint's layers has the network's shapes."""


def choice(ours: NetworkLayer, theirs: Sequence[TensorLayer], note: str = "") -> Problem:
    """Make the problem of a network's layer that several layers of the checkpoint may be."""
    names = tuple(layer.name for layer in theirs)
    return Problem("ambiguous", ours.row, ours.name, names, ours.signature[1], note=note)


def _vote(ours: Sequence[NetworkLayer], group: NameGroup, places: Sequence[int]) -> int:
    """Count the words that a group's name shares with the network's layers at ``places``."""
    said = words(group.label)
    return sum(len(said & ours[at].words) for at in places)


_Inversions = frozenset[tuple[NameGroup, NameGroup]]
"""Siblings of known order that stand the other way round."""

_Judge = Callable[[list[Order]], list[Order]]
"""Keeps the orders of a group that one kind of evidence speaks for."""


@dataclass(slots=True)
class Settling:
    """Settles the order of each group, those that leave least choice first.

    Each kind of evidence, the strongest first, may rule out orders that those before it have
    left. What shapes and nesting alone have settled is evidence for the other groups: it is in
    ``learned``, by the labels of two siblings; true where the first always came before the
    second, false where it differs from place to place. ``forced`` keeps what `_forced` has found.
    """

    arranger: Arranger
    learned: dict[tuple[str, str], bool] = field(default_factory=dict)
    forced: dict[tuple[NameGroup, int], _Inversions] = field(default_factory=dict)
    spans: Sequence[range] = field(init=False)

    def __post_init__(self) -> None:
        self.spans = _spans(self.arranger.ours)

    def run(self, tree: NameGroup) -> list[int]:
        """Return for each layer of the network the position of its counterpart.

        Raises `NoMatchError`, `AmbiguousError` and `archc.checkpoint.arrange.TooManyOrders`.
        """
        if not self.arranger.fits(tree, 0):
            raise NoMatchError
        positions = [0] * len(self.arranger.ours)
        waiting = [self.arranger.orders(tree, 0)]
        while waiting:
            for child, start in self._next(waiting).children:
                if child.leaf is None:
                    waiting.append(self.arranger.orders(child, start))
                else:
                    positions[start] = child.leaf
        return positions

    def _next(self, waiting: list[list[Order]]) -> Order:
        """Remove one group from ``waiting`` and return its order.

        Evidence is added one kind at a time, the strongest first, until it leaves some group a
        single order. Raises `AmbiguousError` if all of it leaves every group a choice.
        """
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
        """Note how siblings of these names stand; what differs between places says nothing."""
        for one, other in order.pairs():
            if not (one.is_named and other.is_named):
                continue
            pair, reverse = (one.label, other.label), (other.label, one.label)
            self.learned[pair] = reverse not in self.learned
            if not self.learned[pair]:
                self.learned[reverse] = False

    def _least_crossing(self, orders: list[Order]) -> list[Order]:
        """Keep the orders in which fewest groups are parts of two rows or blocks."""
        counts = [
            sum(self._crosses(start, start + len(group.leaves)) for group, start in order.children)
            for order in orders
        ]
        return [order for order, count in zip(orders, counts, strict=True) if count == min(counts)]

    def _crosses(self, start: int, stop: int) -> bool:
        """Whether a row or block of the network begins inside ``start:stop`` and ends outside.

        Or begins outside and ends inside.
        """
        return any(
            span.start < start < span.stop < stop or start < span.start < stop < span.stop
            for span in self.spans
        )

    def _as_elsewhere(self, orders: list[Order]) -> list[Order]:
        """Keep the orders that agree with how the same names stand where there is no choice."""
        return [
            order
            for order in orders
            if not any(self.learned.get((other.label, one.label)) for one, other in order.pairs())
        ]

    def _least_inverted(self, orders: list[Order]) -> list[Order]:
        """Keep the order that exchanges only the siblings that all the others exchange too."""
        inverted = [self._inverted(order) for order in orders]
        least = frozenset.intersection(*inverted)
        return [order for order, pairs in zip(orders, inverted, strict=True) if pairs == least]

    def _inverted(self, order: Order) -> _Inversions:
        """Return the siblings that an order exchanges, in its groups too where it must."""
        precedes = self.arranger.precedes
        own = frozenset(pair for pair in order.pairs() if precedes(pair[1], pair[0]))
        return own.union(*(self._forced(*child) for child in order.children))

    def _forced(self, group: NameGroup, start: int) -> _Inversions:
        """Return the siblings that all orders of a group exchange, where it starts there."""
        if (group, start) not in self.forced:
            orders = self.arranger.orders(group, start)
            self.forced[group, start] = frozenset.intersection(*map(self._inverted, orders))
        return self.forced[group, start]

    def _most_words(self, orders: list[Order]) -> list[Order]:
        """Keep the orders that bring together most names with words in common."""
        scores = [sum(self._score(*child) for child in order.children) for order in orders]
        return [order for order, score in zip(orders, scores, strict=True) if score == max(scores)]

    def _score(self, group: NameGroup, start: int) -> int:
        return _vote(self.arranger.ours, group, range(start, start + len(group.leaves)))

    def _choices(self, waiting: Sequence[Sequence[Order]]) -> Iterator[Problem]:
        """Tell where the orders that are left differ: the first layer of each group that moves."""
        for orders in waiting:
            starts: dict[int, dict[NameGroup, None]] = {}
            for order in orders:
                for group, start in order.children:
                    starts.setdefault(start, {})[group] = None
            for start, groups in starts.items():
                if len(groups) > 1:
                    ours = self.arranger.ours[start]
                    yield choice(ours, [self._alike(group, ours) for group in groups])

    def _alike(self, group: NameGroup, ours: NetworkLayer) -> TensorLayer:
        """Return a layer of a group that may be ``ours``."""
        layers = (self.arranger.theirs[leaf] for leaf in group.leaves)
        return next(layer for layer in layers if layer.signature == ours.signature)


def _spans(ours: Sequence[NetworkLayer]) -> list[range]:
    """Return the positions of the network's layers in each row and block."""
    spans: dict[object, range] = {}
    for at, layer in enumerate(ours):
        for part in layer.place:
            spans[part] = range(spans.get(part, range(at, at)).start, at + 1)
    return list(spans.values())


# Twins


def told_by_order(
    ours: Sequence[NetworkLayer],
    theirs: Sequence[TensorLayer],
    positions: Sequence[int],
    precedes: Precedes,
) -> tuple[tuple[int, int], ...]:
    """Return the twins that order alone tells apart, by the positions of their first layers.

    ``positions`` has the counterparts of the network's layers. Raises `AmbiguousError` for twins
    whose names or siblings speak against it, and where not even the order can be believed.
    """
    places = {leaf: at for at, leaf in enumerate(positions)}
    tree = make_tree(theirs, at_underscores=True, ordered=True)
    families = [_Siblings(ours, group, places) for group in tree.walk() if group.children]
    standing = {pair for family in families for pair in family.standing()}
    silent: list[tuple[int, int]] = []
    problems: list[Problem] = []
    for family in families:
        for one, other in family.twins():
            pair = positions[one.places[0]], positions[other.places[0]]
            against = _evidence_against(family, one, other, standing, precedes)
            if against:
                both = [theirs[at] for at in pair]
                problems.append(choice(ours[one.places[0]], both, against))
            elif against is None:
                silent.append(pair)
    if problems:
        raise AmbiguousError(iter(problems))
    return tuple(silent)


def _evidence_against(
    family: _Siblings,
    one: _Sibling,
    other: _Sibling,
    standing: set[tuple[str, str]],
    precedes: Precedes,
) -> str | None:
    """Say why twins may have to be exchanged.

    Empty if evidence is for how they stand, None if nothing but their order says so.
    """
    kept = one.vote(one.places) + other.vote(other.places)
    exchanged = one.vote(other.places) + other.vote(one.places)
    if kept != exchanged:
        return "" if kept > exchanged else "the first by order, the second by name"
    labels = one.group.label, other.group.label
    same, opposite = labels in standing, labels[::-1] in standing
    if same != opposite:
        return "" if same else "the first by order, the second as elsewhere"
    return "the order around them is not the network's" if family.disturbed(precedes) else None


@dataclass(frozen=True, slots=True)
class _Sibling:
    """A child of a group, and where its layers are in the network."""

    ours: Sequence[NetworkLayer]
    group: NameGroup
    places: tuple[int, ...]

    @property
    def signatures(self) -> tuple[Signature, ...]:
        return tuple(self.ours[at].signature for at in self.places)

    def vote(self, places: Sequence[int]) -> int:
        return _vote(self.ours, self.group, places)

    def is_beside(self, other: _Sibling) -> bool:
        """Whether no path of the network leads from one to the other."""
        there = other.places
        return not depends(self.ours, self.places, there) and not depends(
            self.ours, there, self.places
        )


@dataclass(slots=True)
class _Siblings:
    """The children of a group, in the network's order."""

    ours: Sequence[NetworkLayer]
    group: NameGroup
    places: dict[int, int]
    members: list[_Sibling] = field(init=False)

    def __post_init__(self) -> None:
        members = [
            _Sibling(self.ours, child, tuple(sorted(self.places[leaf] for leaf in child.leaves)))
            for child in self.group.children
        ]
        self.members = sorted(members, key=lambda member: member.places)

    def twins(self) -> Iterator[tuple[_Sibling, _Sibling]]:
        """Yield the members in parallel that could be exchanged, in the network's order."""
        alike: dict[tuple[Signature, ...], list[_Sibling]] = {}
        for member in self.members:
            alike.setdefault(member.signatures, []).append(member)
        for members in alike.values():
            yield from (pair for pair in combinations(members, 2) if pair[0].is_beside(pair[1]))

    def standing(self) -> Iterator[tuple[str, str]]:
        """Yield the names of members that could not be exchanged, in the network's order."""
        for one, other in combinations(self.members, 2):
            if one.signatures != other.signatures and one.group.is_named and other.group.is_named:
                yield one.group.label, other.group.label

    def disturbed(self, precedes: Precedes) -> bool:
        """Whether members of one head, or of the main path, stand against their known order."""
        return any(
            precedes(other.group, one.group)
            and self.ours[one.places[0]].head == self.ours[other.places[0]].head
            for one, other in combinations(self.members, 2)
        )
