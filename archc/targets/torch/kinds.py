"""Which blocks share a class, and what its constructor takes.

Blocks of one structure are one kind; so are uses of a module that differ a little. What all
its uses have in common is written into the class; columns become its arguments; whatever else
differs between uses becomes one too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.ir import Block, Head, Network, Node, Operation, Row, Value
from archc.targets.symbol import Symbol
from archc.targets.torch.body import Body, Within, is_class, sequence
from archc.targets.torch.class_names import class_name, distinct_name
from archc.targets.torch.columns import (
    Shared,
    column_names,
    columns_of,
    last_with_filters,
    shared_columns,
)
from archc.targets.torch.in_place import in_place
from archc.targets.torch.layers import Slot
from archc.targets.torch.lifting import Lifted, Parameter, lift
from archc.targets.torch.parts import Environment, Part
from archc.targets.torch.structure import structure
from archc.targets.torch.variants import difference, same_terms

__all__ = ["Kind", "Kinds"]


@dataclass(slots=True, eq=False)
class Kind:
    """A class to be. ``inline`` kinds are used once and written in place instead."""

    height: int
    uses: list[Block] = field(default_factory=list)
    sites: set[Hashable] = field(default_factory=set)
    inline: bool = False
    class_name: str = ""
    lifted: Lifted = field(default_factory=Lifted)
    body: Body | None = None

    @property
    def template(self) -> Block:
        """The use that the class is written after."""
        return self.uses[0]

    @property
    def parameters(self) -> list[Parameter]:
        """The constructor's arguments."""
        return self.lifted.parameters


class Kinds:
    """All kinds of a network, each after those it uses."""

    def __init__(self, network: Network, value_uses: Counter[Value], taken: Iterable[str]) -> None:
        self.value_uses = value_uses
        self.class_count = network.classes
        self.taken = set(taken)
        self.in_place = in_place(network, value_uses)
        self.by_block: dict[Block, Kind] = {}
        by_key: dict[Hashable, Kind] = {}
        parts: Sequence[Row | Head] = [*network.rows, *network.heads]
        for part in parts:
            for node in part.nodes:
                self._collect(node, ("network", part.name, node.name), by_key)
        self.ordered: list[Kind] = []
        waiting = sorted(by_key.values(), key=lambda kind: kind.height)
        while waiting:
            kind = waiting.pop(0)
            kind.inline = kind.template.kind == "unit" and len(kind.sites) == 1
            for other in self._alike(kind, waiting):
                waiting.remove(other)
            self._resolve(kind)
            self.ordered.append(kind)

    def classes(self) -> list[Kind]:
        """The kinds that are written as classes."""
        return [kind for kind in self.ordered if not kind.inline]

    def place(self, block: Block, environment: Environment) -> Part:
        """The constructor call for a block, in the terms of the class around it."""
        inner = environment.within(block)
        body = self._body(block, inner)
        if block in self.in_place or self.by_block[block].inline:
            return sequence([part for _, part in body.attributes])
        kind = self.by_block[block]
        values = kind.lifted.given(body) | self._given(block, environment, inner)
        slots = [
            Slot(each.name, values.get(each.name, each.default), each.default, each.positional)
            for each in kind.parameters
        ]
        return Part(kind.class_name, slots, members=body.attributes)

    def _given(self, block: Block, environment: Environment, inner: Environment) -> dict[str, Any]:
        """The arguments that are not lifted: channels, columns, classes."""
        found = {"in_channels": environment.shape(block.input)[0]}
        widest = last_with_filters(block)
        if widest is not None:
            found["out_channels"] = inner.shape(widest.output)[0]
        if "classes" in environment.columns:
            found["num_classes"] = environment.columns["classes"]
        for column, parameter in column_names(block).items():
            found[parameter] = inner.columns[column]
        return found

    def _collect(self, node: Node, site: tuple[Hashable, ...], by_key: dict[Hashable, Kind]) -> int:
        """Find the kinds in ``node``; returns how deeply classes nest in it.

        ``site`` tells a place in the code: all uses of a class share the places inside it.
        """
        if isinstance(node, Operation):
            return 0
        key = structure(node) if is_class(node) and node not in self.in_place else None
        around = site if key is None else (key,)
        heights = [self._collect(each, (*around, each.name), by_key) for each in node.children]
        height = max(heights, default=0)
        if key is None:
            return height
        kind = by_key.setdefault(key, Kind(height))
        kind.uses.append(node)
        kind.sites.add(site)
        self.by_block[node] = kind
        return height + 1

    def _alike(self, kind: Kind, waiting: Sequence[Kind]) -> list[Kind]:
        """Other kinds of the same module that ``kind`` can serve too; their uses become its."""
        module = kind.template.module
        others = [
            each
            for each in waiting
            if module is not None and each.template.module is module and each.height == kind.height
        ]
        alike = []
        for other in others:
            uses = _fullest_first([*kind.uses, *other.uses])
            bodies = self._own_bodies(uses)
            if all(_serves(bodies[0], body) for body in bodies):
                kind.uses = uses
                self.by_block.update(dict.fromkeys(other.uses, kind))
                alike.append(other)
        return alike

    def _resolve(self, kind: Kind) -> None:
        """Decide a kind's name, constructor and body."""
        if not kind.inline:
            kind.class_name = self._name(kind.template)
        bodies = self._own_bodies(kind.uses)
        kind.body = bodies[0]
        differences = [each for body in bodies if (each := difference(bodies[0], body))]
        assert len(differences) == len(bodies), "uses of one kind fit one class"
        kind.lifted = lift(kind.template, bodies, differences, kind.template.kind == "unit")

    def _name(self, block: Block) -> str:
        """A class's name; where another is called so, with what only this one has, or a number."""
        wanted = class_name(block)
        first = next((kind for kind in self.ordered if kind.class_name == wanted), None)
        if first is not None:
            wanted = distinct_name(wanted, block, first.template)
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name

    def _own_bodies(self, uses: Sequence[Block]) -> list[Body]:
        """The insides of the uses in the terms of the class that serves them all."""
        shared = shared_columns(uses)
        return [self._body(each, _own_environment(each, shared, self.class_count)) for each in uses]

    def _body(self, block: Block, environment: Environment) -> Body:
        body = Body(environment, self.place, self.value_uses)
        body.add(block.children, Within(unit=block.kind == "unit"))
        return body


def _serves(full: Body, other: Body) -> bool:
    """Whether one class can serve both without arguments that only one of them needs."""
    return difference(full, other) is not None and same_terms(full, other)


def _fullest_first(uses: Sequence[Block]) -> list[Block]:
    """The use with most operations in front, the others in order."""
    full = max(uses, key=lambda use: sum(1 for _ in use.operations()))
    return [full, *(use for use in uses if use is not full)]


def _own_environment(block: Block, shared: Shared, classes: int | None) -> Environment:
    """The terms of the block's own class: its parameters' names."""
    shape = block.input.shape
    columns = columns_of(block, shared)
    if classes is not None:
        columns["classes"] = Symbol(classes, "num_classes")
    environment = Environment(columns)
    environment.shapes[block.input] = (Symbol(shape[0], "in_channels"), *shape[1:])
    widest = last_with_filters(block)
    if block.kind == "unit" and widest is not None:
        width = widest.output.shape[0]
        environment.overrides[widest] = {"filters": Symbol(width, "out_channels")}
    return environment
