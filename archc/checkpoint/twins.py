"""Branches in parallel that could stand for each other by all their shapes.

An order that fits still fits when they are exchanged, so that something else must say which is
which: words that their names share with the spec's, how siblings of the same names stand where
shapes leave no choice, or at last the checkpoint's order, if it is the network's around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from archc.checkpoint.arrange import depends
from archc.checkpoint.layers import Layer, NetworkLayer, Signature
from archc.checkpoint.problems import Problem
from archc.checkpoint.settle import AmbiguousError, choice, vote
from archc.checkpoint.tree import Group, Precedes, make_tree

__all__ = ["told_by_order"]


def told_by_order(
    ours: Sequence[NetworkLayer],
    theirs: Sequence[Layer],
    found: Sequence[int],
    precedes: Precedes,
) -> tuple[tuple[int, int], ...]:
    """The twins that nothing but the order tells apart, by their first layers' positions.

    ``found`` has the counterparts of the network's layers. Raises `AmbiguousError` for twins
    whose names or siblings speak against it, and where not even the order can be believed.
    """
    places = {leaf: at for at, leaf in enumerate(found)}
    tree = make_tree(theirs, at_underscores=True, ordered=True)
    families = [_Family(ours, group, places) for group in tree.walk() if group.children]
    standing = {pair for family in families for pair in family.standing()}
    silent: list[tuple[int, int]] = []
    problems: list[Problem] = []
    for family in families:
        for one, other in family.twins():
            pair = found[one.places[0]], found[other.places[0]]
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
    family: _Family,
    one: _Member,
    other: _Member,
    standing: set[tuple[str, str]],
    precedes: Precedes,
) -> str | None:
    """Why twins may have to be exchanged; empty if they are right, None if only order says so."""
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
class _Member:
    """A group, and where its layers are in the network."""

    ours: Sequence[NetworkLayer]
    group: Group
    places: tuple[int, ...]

    @property
    def signatures(self) -> tuple[Signature, ...]:
        return tuple(self.ours[at].signature for at in self.places)

    def vote(self, places: Sequence[int]) -> int:
        return vote(self.ours, self.group, places)

    def beside(self, other: _Member) -> bool:
        """Whether no path of the network leads from one to the other."""
        there = other.places
        return not depends(self.ours, self.places, there) and not depends(
            self.ours, there, self.places
        )


@dataclass(slots=True)
class _Family:
    """The children of a group, as the network has them."""

    ours: Sequence[NetworkLayer]
    group: Group
    places: dict[int, int]
    members: list[_Member] = field(init=False)

    def __post_init__(self) -> None:
        members = [
            _Member(self.ours, child, tuple(sorted(self.places[leaf] for leaf in child.leaves)))
            for child in self.group.children
        ]
        self.members = sorted(members, key=lambda member: member.places)

    def twins(self) -> Iterator[tuple[_Member, _Member]]:
        """The members in parallel that could be exchanged, in the network's order."""
        alike: dict[tuple[Signature, ...], list[_Member]] = {}
        for member in self.members:
            alike.setdefault(member.signatures, []).append(member)
        for members in alike.values():
            yield from (pair for pair in combinations(members, 2) if pair[0].beside(pair[1]))

    def standing(self) -> Iterator[tuple[str, str]]:
        """The names of members that could not be exchanged, in the network's order."""
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
