"""The tree that a checkpoint's names make, and the orders of it that have the network's shapes.

A checkpoint's siblings may stand in another order than the network runs them: a shortcut after
the branch beside it, a head amid the rows, names sorted by letter. Two things limit the orders:
the layers of a group stay together, and along a path of the network siblings of known order keep
it. Only what runs in parallel may be exchanged. The search is depth first, group by group.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, permutations, product

from archc.checkpoint.layers import NetworkLayer, TensorLayer
from archc.checkpoint.names import comes_before, natural, split

__all__ = [
    "Arranger",
    "NameGroup",
    "Order",
    "Precedes",
    "TooManyOrders",
    "by_numbers",
    "by_position",
    "depends",
    "make_tree",
]

STEPS = 200_000
"""Trials before a search is given up; the bundled networks need a few thousand."""

ENOUGH = 64
"""Orders of one group that other evidence may choose from; with more the search is given up."""


# The tree of names


@dataclass(slots=True, eq=False)
class NameGroup:
    """Layers whose names begin alike, or one layer.

    ``leaves`` are positions of layers in the checkpoint. Groups of equal ``content`` have the
    same shapes, so that they could stand for each other.
    """

    label: str
    leaf: int | None = None
    children: list[NameGroup] = field(default_factory=list)
    leaves: tuple[int, ...] = ()
    content: Hashable = None

    @property
    def is_named(self) -> bool:
        """Whether its label is a name, which means the same elsewhere, and no mere number."""
        return any(char.isalpha() for char in self.label)

    def walk(self) -> Iterator[NameGroup]:
        """Yield the group and all groups inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


def make_tree(layers: Sequence[TensorLayer], at_underscores: bool, ordered: bool) -> NameGroup:
    """Make the tree of all names, split at dots and, if wanted, at underscores.

    Children are in the checkpoint's order if it is ``ordered``, else sorted by the numbers in
    their names.
    """
    root = NameGroup("")
    nodes: dict[tuple[str, ...], NameGroup] = {(): root}
    positions = list(range(len(layers)))
    if not ordered:
        positions.sort(key=lambda at: natural(layers[at].name))
    for position in positions:
        path = split(layers[position].name, at_underscores)
        for length in range(1, len(path) + 1):
            if path[:length] not in nodes:
                nodes[path[:length]] = NameGroup(path[length - 1])
                nodes[path[: length - 1]].children.append(nodes[path[:length]])
        nodes[path].children.append(NameGroup("", leaf=position))
    _finish(root, layers)
    return root


def _finish(group: NameGroup, layers: Sequence[TensorLayer]) -> None:
    """Fill in leaves and contents; a group of a single layer becomes that layer."""
    only = group.children[0] if len(group.children) == 1 else None
    if only is not None and only.leaf is not None:
        group.leaf, group.children = only.leaf, []
    if group.leaf is not None:
        group.leaves = (group.leaf,)
        group.content = layers[group.leaf].signature
        return
    for child in group.children:
        _finish(child, layers)
    group.leaves = tuple(leaf for child in group.children for leaf in child.leaves)
    group.content = frozenset(Counter(child.content for child in group.children).items())


Precedes = Callable[[NameGroup, NameGroup], bool | None]
"""Tells whether the first of two siblings comes before the second; None where it is not known."""


def by_position(one: NameGroup, other: NameGroup) -> bool | None:
    """Compare by the order of definition, which a state_dict keeps."""
    return one.leaves[0] < other.leaves[0]


def by_numbers(one: NameGroup, other: NameGroup) -> bool | None:
    """Compare the numbers in names that are otherwise alike: all there is where order is lost."""
    return comes_before(one.label, other.label)


# Orders of the tree


class TooManyOrders(Exception):
    """Names and shapes leave so much open that no other evidence would settle it."""


_Placed = tuple[NameGroup, int]
"""A group, and the position of the network's layer that it starts at."""


@dataclass(frozen=True, slots=True)
class Order:
    """A group's children in an order that fits, each with the network layer it starts at."""

    children: tuple[_Placed, ...]

    def pairs(self) -> Iterator[tuple[NameGroup, NameGroup]]:
        """Yield all pairs of siblings, the earlier one first."""
        groups = [group for group, _ in self.children]
        for index, earlier in enumerate(groups):
            for later in groups[index + 1 :]:
                yield earlier, later


@dataclass(slots=True)
class Arranger:
    """Finds the orders of groups, given where in the network they start.

    ``steps`` counts the trials of all searches together; ``fitting`` keeps what `fits` has
    found, as networks repeat themselves.
    """

    ours: Sequence[NetworkLayer]
    theirs: Sequence[TensorLayer]
    precedes: Precedes
    steps: int = 0
    fitting: dict[_Placed, bool] = field(default_factory=dict)

    def orders(self, group: NameGroup, start: int) -> list[Order]:
        """Return all orders of a group's children that fit the network from ``start`` on.

        Raises `TooManyOrders`.
        """
        orders = [
            order
            for shapes in islice(self._search(group, start), ENOUGH)
            for order in islice(self._exchanged(shapes), ENOUGH)
        ]
        if len(orders) >= ENOUGH:
            raise TooManyOrders
        return orders

    def fits(self, group: NameGroup, start: int) -> bool:
        """Whether the layers inside, in some order, have the network's shapes from ``start`` on."""
        key = (group, start)
        if key not in self.fitting:
            self.fitting[key] = self._can_fit(group, start)
        return self.fitting[key]

    def _can_fit(self, group: NameGroup, start: int) -> bool:
        expected = self.ours[start : start + len(group.leaves)]
        wanted = Counter(layer.signature for layer in expected)
        if wanted != Counter(self.theirs[leaf].signature for leaf in group.leaves):
            return False
        return any(True for _ in self._search(group, start))

    def _search(self, group: NameGroup, start: int) -> Iterator[Order]:
        """Yield orders of different shapes; siblings of equal content stay in the tree's order.

        Depth first, without recursion. ``placed`` are the children placed so far, ``trail`` has
        the class of each, and ``taken`` counts how many of each class they are. ``index`` is the
        class to try next at ``at``, the position behind all that is placed.
        """
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
            if members and self._may_follow(members[0], at, placed):
                placed.append((members[0], at))
                trail.append(index)
                taken[index] += 1
                index, at = 0, at + len(members[0].leaves)
            else:
                index += 1

    def _may_follow(self, group: NameGroup, start: int, placed: Sequence[_Placed]) -> bool:
        """Whether a group may stand behind ``placed``, by its shapes and the known order."""
        self.steps += 1
        if self.steps > STEPS:
            raise TooManyOrders
        return self.fits(group, start) and self._keeps_order(group, start, placed)

    def _exchanged(self, order: Order) -> Iterator[Order]:
        """Yield the orders in which siblings of equal content take each other's places.

        They do only in parallel, or where it is not known which of them comes first.
        """
        places: dict[Hashable, list[int]] = {}
        for index, (group, _) in enumerate(order.children):
            places.setdefault(group.content, []).append(index)
        choices = [
            list(islice(self._permutations([order.children[at] for at in indices]), ENOUGH))
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

    def _permutations(self, placed: Sequence[_Placed]) -> Iterator[Sequence[_Placed]]:
        """Yield the permutations of siblings of equal content that keep the known order."""
        if self._is_chain(placed):
            yield placed
            return
        if len(placed) > 6:
            raise TooManyOrders
        starts = [start for _, start in placed]
        for groups in permutations(group for group, _ in placed):
            permuted = list(zip(groups, starts, strict=True))
            if all(
                self._keeps_order(group, start, permuted[:index])
                for index, (group, start) in enumerate(permuted)
            ):
                yield permuted

    def _is_chain(self, placed: Sequence[_Placed]) -> bool:
        """Whether the siblings are known to follow each other along a path of the network."""
        return all(
            self.precedes(one, other) and depends(self.ours, _span(other, to), _span(one, at))
            for (one, at), (other, to) in pairwise(placed)
        )

    def _keeps_order(self, group: NameGroup, start: int, placed: Sequence[_Placed]) -> bool:
        """Whether a group may stand behind ``placed``: it precedes none that it depends on."""
        own = _span(group, start)
        return not any(
            self.precedes(group, other) and depends(self.ours, own, _span(other, at))
            for other, at in placed
        )


def _span(group: NameGroup, start: int) -> range:
    """Return the positions of the network's layers that a group stands for."""
    return range(start, start + len(group.leaves))


def _classes(group: NameGroup) -> list[list[NameGroup]]:
    """Divide the children by content."""
    classes: dict[Hashable, list[NameGroup]] = {}
    for child in group.children:
        classes.setdefault(child.content, []).append(child)
    return list(classes.values())


def depends(ours: Sequence[NetworkLayer], later: Iterable[int], earlier: Iterable[int]) -> bool:
    """Whether an output of the network's layers ``earlier`` reaches one of ``later``."""
    mask = 0
    for at in earlier:
        mask |= 1 << at
    return any(ours[at].before & mask for at in later)
