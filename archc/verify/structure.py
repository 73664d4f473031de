"""The shape of a network: layers one after the other, and between them branches side by side.

A layer that every path passes ends what came before it. What lies between two such layers
falls apart into branches, which are taken apart in the same way. A part that cannot be taken
apart (paths that cross) stays a plain list in the order of reading.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from archc.verify.effect import effect
from archc.verify.graph import Layer

__all__ = ["Chain", "Item", "Keys", "Split", "flat", "parse"]


class Keys:
    """A number for each value, the same for equal ones; ``layers`` has those of the layers."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}
        self.layers: dict[Layer, int] = {}

    def of(self, value: Hashable) -> int:
        """The value's number."""
        return self.numbers.setdefault(value, len(self.numbers))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One layer. Steps of one ``key`` do the same to inputs of one shape."""

    layer: Layer
    key: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Items one after the other; equal chains have equal keys."""

    items: tuple[Item, ...]
    key: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Branches side by side. An empty branch is none: it has no layers."""

    branches: tuple[Chain, ...]
    key: int


Item = Step | Split


def flat(items: Iterable[Item]) -> Iterator[Step]:
    """The layers of items, branches one after the other."""
    for item in items:
        if isinstance(item, Step):
            yield item
        else:
            for branch in item.branches:
                yield from flat(branch.items)


def chain(items: Iterable[Item], keys: Keys) -> Chain:
    """The items as a chain."""
    listed = tuple(items)
    return Chain(listed, keys.of(("chain", *(item.key for item in listed))))


def parse(layers: Sequence[Layer], ends: Iterable[Layer], keys: Keys) -> Chain:
    """The structure of ``layers``, each listed after what it reads.

    ``ends`` are read from outside; what the layers read and is not among them lies before
    them all.
    """
    return _Parse(keys).chain(layers, set(ends))


class _Parse:
    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def chain(self, layers: Sequence[Layer], ends: set[Layer]) -> Chain:
        last = _last_readers(layers, ends)
        items: list[Item] = []
        between: list[Layer] = []
        reach = max((i for i, each in enumerate(layers) if _reads_outside(each, last)), default=0)
        for index, layer in enumerate(layers):
            if reach > index:
                between.append(layer)
            else:
                items += self.split(between, {*layer.inputs})
                items.append(self.step(layer))
                between = []
            reach = max(reach, last[layer])
        if len(between) == len(layers) and len(parts := _components(layers)) == 1:
            return chain(map(self.step, *parts), self.keys)
        return chain([*items, *self.split(between, ends)], self.keys)

    def step(self, layer: Layer) -> Step:
        what = effect(layer.op, layer.source, layer.shape)
        key = self.keys.of((what, layer.source, layer.shape))
        self.keys.layers[layer] = key
        return Step(layer, key)

    def split(self, layers: Sequence[Layer], ends: set[Layer]) -> list[Split]:
        """The branches that ``layers`` are, if there are any."""
        if not layers:
            return []
        branches = tuple(self.chain(part, ends) for part in _components(layers))
        key = self.keys.of(("split", *(branch.key for branch in branches)))
        return [Split(branches, key)]


def _last_readers(layers: Sequence[Layer], ends: set[Layer]) -> dict[Layer, int]:
    """For each layer the place of the last one that reads it; behind all for ``ends``."""
    last = {layer: len(layers) if layer in ends else 0 for layer in layers}
    for index, layer in enumerate(layers):
        for each in layer.inputs:
            if each in last:
                last[each] = max(last[each], index)
    return last


def _reads_outside(layer: Layer, inside: dict[Layer, int]) -> bool:
    return any(each not in inside for each in layer.inputs)


def _components(layers: Sequence[Layer]) -> list[list[Layer]]:
    """The layers that hang together, apart from the others; in the order of their first."""
    group = {layer: [layer] for layer in layers}
    for layer in layers:
        for each in layer.inputs:
            if each in group and group[each] is not group[layer]:
                kept, moved = group[each], group[layer]
                kept.extend(moved)
                group.update(dict.fromkeys(moved, kept))
    order = {layer: index for index, layer in enumerate(layers)}
    parts = {id(part): part for part in group.values()}.values()
    return [sorted(part, key=order.__getitem__) for part in parts]
