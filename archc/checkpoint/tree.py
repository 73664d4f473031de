"""A checkpoint's layers as the tree that their names make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.checkpoint.layers import Layer
from archc.checkpoint.names import natural, numbered, split

__all__ = ["Group", "Precedes", "by_numbers", "by_position", "make_tree"]


@dataclass(slots=True, eq=False)
class Group:
    """Layers whose names begin alike, or one layer.

    ``leaves`` are positions of layers in the checkpoint. ``content`` is equal for groups that
    could stand for each other, by their shapes.
    """

    label: str
    leaf: int | None = None
    children: list[Group] = field(default_factory=list)
    leaves: tuple[int, ...] = ()
    content: Hashable = None

    @property
    def is_named(self) -> bool:
        """Whether its label is a name, which means the same elsewhere, and no mere number."""
        return any(char.isalpha() for char in self.label)

    def walk(self) -> Iterator[Group]:
        """The group and all inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


def make_tree(layers: Sequence[Layer], at_underscores: bool, ordered: bool) -> Group:
    """The tree of all names, split at dots and, if wanted, at underscores.

    Children are in the checkpoint's order where it is ``ordered``, else numbers in names are.
    """
    root = Group("")
    nodes: dict[tuple[str, ...], Group] = {(): root}
    positions = list(range(len(layers)))
    if not ordered:
        positions.sort(key=lambda at: natural(layers[at].name))
    for position in positions:
        path = split(layers[position].name, at_underscores)
        for length in range(1, len(path) + 1):
            if path[:length] not in nodes:
                nodes[path[:length]] = Group(path[length - 1])
                nodes[path[: length - 1]].children.append(nodes[path[:length]])
        nodes[path].children.append(Group("", leaf=position))
    _finish(root, layers)
    return root


def _finish(group: Group, layers: Sequence[Layer]) -> None:
    """Fill in leaves and contents; a group of one layer alone becomes that layer."""
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


Precedes = Callable[[Group, Group], bool | None]
"""Whether the first of two siblings is known to come before the second; None: not known."""


def by_position(one: Group, other: Group) -> bool | None:
    """The order of definition, which a state_dict keeps."""
    return one.leaves[0] < other.leaves[0]


def by_numbers(one: Group, other: Group) -> bool | None:
    """The numbers in names that are otherwise alike; all there is where the order is lost."""
    return numbered(one.label, other.label)
