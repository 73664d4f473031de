"""Take a flat graph apart into chains of layers and splits into branches.

A layer that every path passes ends what came before it. What lies between two such layers
falls apart into branches, which are taken apart in the same way. A part that cannot be taken
apart, because its paths cross, stays one list in the order of reading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir.flat import FlatLayer

__all__ = ["Branches", "Chain", "ChainItem", "ChainLayer", "LayerKeys", "chain", "flat", "parse"]


class LayerKeys:
    """Numbers for layers, chains and splits: two have one number if they do the same.

    ``effect`` says what a layer does, in a value that is equal for layers that do the same.
    ``layers`` has the numbers of all layers that were parsed.
    """

    def __init__(self, effect: Callable[[FlatLayer], Hashable]) -> None:
        self.effect = effect
        self.layers: dict[FlatLayer, int] = {}
        self._numbers: dict[Hashable, int] = {}

    def of(self, value: Hashable) -> int:
        """Return the value's number."""
        return self._numbers.setdefault(value, len(self._numbers))


@dataclass(frozen=True, slots=True)
class ChainLayer:
    """One layer of a chain. Those of one ``key`` do the same to inputs of one shape."""

    layer: FlatLayer = field(compare=False)
    key: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Items one after the other. Chains of one ``key`` do the same."""

    items: tuple[ChainItem, ...] = field(compare=False)
    key: int


@dataclass(frozen=True, slots=True)
class Branches:
    """Chains side by side. A path without layers, such as a shortcut, is no branch."""

    branches: tuple[Chain, ...] = field(compare=False)
    key: int


ChainItem = ChainLayer | Branches


def flat(items: Iterable[ChainItem]) -> Iterator[ChainLayer]:
    """Yield the layers of items, branches one after the other."""
    for item in items:
        if isinstance(item, ChainLayer):
            yield item
        else:
            for branch in item.branches:
                yield from flat(branch.items)


def chain(items: Iterable[ChainItem], keys: LayerKeys) -> Chain:
    """Make a chain of items."""
    listed = tuple(items)
    return Chain(listed, keys.of(("chain", *(item.key for item in listed))))


def parse(layers: Sequence[FlatLayer], ends: Iterable[FlatLayer], keys: LayerKeys) -> Chain:
    """Return the structure of ``layers``, each of which is listed after what it reads.

    ``ends`` are the layers that are read from outside. What the layers read from outside lies
    before all of them.
    """
    return _ChainParser(keys).chain(layers, set(ends))


@dataclass(frozen=True, slots=True)
class _ChainParser:
    keys: LayerKeys

    def chain(self, layers: Sequence[FlatLayer], ends: set[FlatLayer]) -> Chain:
        """Take layers apart at each one that all paths pass.

        ``reach`` is the place of the last reader of all that was made so far: where it lies
        behind a layer, some path goes around that layer.
        """
        last = _last_readers(layers, ends)
        items: list[ChainItem] = []
        between: list[FlatLayer] = []
        reach = max((i for i, layer in enumerate(layers) if _reads_outside(layer, last)), default=0)
        for index, layer in enumerate(layers):
            if reach > index:
                between.append(layer)
            else:
                items += self.split(between, {*layer.inputs})
                items.append(self.layer(layer))
                between = []
            reach = max(reach, last[layer])
        if len(between) == len(layers) and len(parts := _components(layers)) == 1:
            return chain(map(self.layer, *parts), self.keys)
        return chain([*items, *self.split(between, ends)], self.keys)

    def layer(self, layer: FlatLayer) -> ChainLayer:
        """Number a layer by what it does and the shapes that it does it to."""
        key = self.keys.of((self.keys.effect(layer), layer.source, layer.shape))
        self.keys.layers[layer] = key
        return ChainLayer(layer, key)

    def split(self, layers: Sequence[FlatLayer], ends: set[FlatLayer]) -> list[Branches]:
        """Return the branches that layers fall apart into, nothing where there are no layers."""
        if not layers:
            return []
        branches = tuple(self.chain(part, ends) for part in _components(layers))
        key = self.keys.of(("split", *(branch.key for branch in branches)))
        return [Branches(branches, key)]


def _last_readers(layers: Sequence[FlatLayer], ends: set[FlatLayer]) -> dict[FlatLayer, int]:
    """Return the place of each layer's last reader; for ``ends`` one behind all layers."""
    last = {layer: len(layers) if layer in ends else 0 for layer in layers}
    for index, layer in enumerate(layers):
        for read in layer.inputs:
            if read in last:
                last[read] = max(last[read], index)
    return last


def _reads_outside(layer: FlatLayer, inside: dict[FlatLayer, int]) -> bool:
    return any(read not in inside for read in layer.inputs)


def _components(layers: Sequence[FlatLayer]) -> list[list[FlatLayer]]:
    """Divide layers into parts that no path connects, in the order of their first layers."""
    part_of = {layer: [layer] for layer in layers}
    for layer in layers:
        for read in layer.inputs:
            if read in part_of and part_of[read] is not part_of[layer]:
                kept, moved = part_of[read], part_of[layer]
                kept.extend(moved)
                part_of.update(dict.fromkeys(moved, kept))
    order = {layer: index for index, layer in enumerate(layers)}
    parts = {id(part): part for part in part_of.values()}.values()
    return [sorted(part, key=order.__getitem__) for part in parts]
