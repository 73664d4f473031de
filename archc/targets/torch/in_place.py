"""Modules that a person would not give a class: written where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from archc.ir import Block, Head, Network, Node, Row, Value
from archc.targets.torch.body import has_names, is_chain, is_class
from archc.targets.torch.structure import structure

__all__ = ["in_place"]

_SHORT = 3
"""A chain of up to so many layers, used once, needs no class."""


def in_place(network: Network, uses: Counter[Value]) -> set[Block]:
    """The modules of one layer, and the short chains used once, whose parts have no names.

    In a stage, which is one long chain itself, a chain used once may have any length.
    """
    parts: tuple[Row | Head, ...] = (*network.rows, *network.heads)
    modules = [block for part in parts for block in _modules(part.nodes)]
    keys: dict[Block, Hashable] = {block: structure(block) for block in modules}
    times = Counter(keys.values())
    staged = {node for row in _staged(network) for node in row.nodes}

    def is_short(block: Block) -> bool:
        if times[keys[block]] > 1:
            return len(block.children) == 1
        return len(block.children) <= _SHORT or block in staged

    return {
        block
        for block in modules
        if is_short(block)
        and is_chain(block, uses)
        and not any(has_names(each) for each in block.children)
    }


def _staged(network: Network) -> Iterable[Row]:
    """The rows that belong to a stage."""
    names = [row.name for row in network.rows]
    for stage in network.stages:
        yield from network.rows[names.index(stage.first) : names.index(stage.last) + 1]


def _modules(nodes: Iterable[Node]) -> Iterable[Block]:
    """The module uses among ``nodes`` and inside them."""
    for node in nodes:
        if isinstance(node, Block):
            if node.kind == "module" and is_class(node):
                yield node
            yield from _modules(node.children)
