"""Which blocks share a class, and what its constructor takes.

Blocks of one structure are one kind. What all its uses have in common is written into the
class; columns become its arguments; any other number that differs between uses becomes one
too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.emit.python import camel, identifier
from archc.emit.symbol import Symbol
from archc.emit.torch.body import Body, is_class
from archc.emit.torch.layers import Slot
from archc.emit.torch.parts import Environment, Name, Part, slot_text
from archc.emit.torch.structure import structure
from archc.ir import Block, Head, Network, Node, Operation, Row, Value

__all__ = ["Kind", "Kinds", "Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constructor argument; ``default`` is None where there is none."""

    name: str
    type: str
    default: Any = None
    positional: bool = False


@dataclass(slots=True, eq=False)
class Kind:
    """A class to be. ``inline`` kinds are used once and written in place instead.

    ``lifted`` says where a parameter replaces a literal: part and argument by position.
    """

    height: int
    uses: list[Block] = field(default_factory=list)
    sites: set[Hashable] = field(default_factory=set)
    inline: bool = False
    class_name: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    lifted: dict[tuple[int, int], Parameter] = field(default_factory=dict)
    body: Body | None = None

    @property
    def template(self) -> Block:
        """One of the uses; all have its structure."""
        return self.uses[0]


class Kinds:
    """All kinds of a network, each after those it uses."""

    def __init__(self, network: Network, value_uses: Counter[Value], taken: Iterable[str]) -> None:
        self.value_uses = value_uses
        self.class_count = network.classes
        self.by_block: dict[Block, Kind] = {}
        by_key: dict[Hashable, Kind] = {}
        parts: Sequence[Row | Head] = [*network.rows, *network.heads]
        for part in parts:
            for node in part.nodes:
                self._collect(node, ("network", part.name, node.name), by_key)
        self.ordered = sorted(by_key.values(), key=lambda kind: kind.height)
        for kind in self.ordered:
            kind.inline = kind.template.kind == "unit" and len(kind.sites) == 1
        self._name_classes(set(taken))
        for kind in self.ordered:
            self._resolve(kind)

    def classes(self) -> list[Kind]:
        """The kinds that are written as classes."""
        return [kind for kind in self.ordered if not kind.inline]

    def place(self, block: Block, environment: Environment) -> Part:
        """The constructor call for a block, in the terms of the class around it."""
        kind = self.by_block[block]
        inner = environment.nested(block)
        body = self._body(block, inner)
        if kind.inline:
            return Part("nn.Sequential", parts=[part for _, part in body.attributes])
        slots = _slots(body)
        values = {each.name: slots[at].value for at, each in kind.lifted.items()}
        values |= self._given(block, environment, inner)
        return Part(
            kind.class_name,
            [
                Slot(each.name, values[each.name], each.default, each.positional)
                for each in kind.parameters
            ],
            members=body.attributes,
        )

    def _given(self, block: Block, environment: Environment, inner: Environment) -> dict[str, int]:
        """The arguments that are no lifted literals: channels, columns, classes."""
        found = {"in_channels": environment.shape(block.input)[0]}
        widest = _last_with_filters(block)
        if widest is not None:
            found["out_channels"] = inner.shape(widest.output)[0]
        if "classes" in environment.columns:
            found["num_classes"] = environment.columns["classes"]
        for column, parameter in _column_names(block).items():
            found[parameter] = inner.columns[column]
        return found

    # Finding kinds

    def _collect(self, node: Node, site: tuple[Hashable, ...], by_key: dict[Hashable, Kind]) -> int:
        """Find the kinds in ``node``; returns how deeply classes nest in it.

        ``site`` tells a place in the code: all uses of a class share the places inside it.
        """
        if isinstance(node, Operation):
            return 0
        key = structure(node) if is_class(node) else None
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

    def _name_classes(self, taken: set[str]) -> None:
        for kind in self.classes():
            base = _class_name(kind.template)
            name, number = base, 1
            while name in taken:
                number += 1
                name = f"{base}{number}"
            taken.add(name)
            kind.class_name = name

    # Deciding parameters

    def _resolve(self, kind: Kind) -> None:
        bodies = [self._body(use, _own_environment(use, self.class_count)) for use in kind.uses]
        kind.body = bodies[0]
        table = [_slots(body) for body in bodies]
        lifted: dict[tuple[str, ...], Parameter] = {}
        for at, slot in table[0].items():
            values = [slots[at].value for slots in table]
            texts = tuple(slot_text(value) for value in values)
            if len(set(texts)) == 1:
                continue
            key = (slot.name, *texts)
            if key not in lifted:
                taken = {each.name for each in lifted.values()} | _FIXED
                taken |= set(_column_names(kind.template).values())
                name = identifier(slot.name, taken)
                lifted[key] = Parameter(name, _type_of(values), slot.default)
            kind.lifted[at] = lifted[key]
            place, argument = at
            part = _parts(bodies[0])[place]
            part.slots[argument] = Slot(
                slot.name, Name(lifted[key].name), slot.default, slot.positional
            )
        kind.parameters = self._parameters(kind, bodies[0], list(lifted.values()))

    def _body(self, block: Block, environment: Environment) -> Body:
        body = Body(environment, self.place, self.value_uses)
        body.add(block.children, in_unit=block.kind == "unit")
        return body

    def _parameters(self, kind: Kind, body: Body, lifted: list[Parameter]) -> list[Parameter]:
        """The parameters in order: channels, columns, classes, then what was lifted."""
        text = " ".join(slot_text(slot.value) for slot in _slots(body).values())
        used = set(re.findall(r"\w+", text))
        block = kind.template
        defaults = block.module.defaults if block.module else {}
        found = [Parameter("in_channels", "int", positional=True)]
        for column, name in _column_names(block).items():
            default = defaults.get(column)
            found.append(Parameter(name, "int", default, positional=default is None))
        found.append(Parameter("out_channels", "int", positional=True))
        found.append(Parameter("num_classes", "int"))
        found = [each for each in found if each.name in used]
        return sorted([*found, *lifted], key=lambda each: each.default is not None)


_FIXED = frozenset(
    {"in_channels", "out_channels", "num_classes", "self", "super", "nn", "torch", "min", "max"}
)


def _own_environment(block: Block, classes: int | None) -> Environment:
    """The terms of the block's own class: its parameters' names."""
    shape = block.input.shape
    columns: dict[str, int] = {}
    if classes is not None:
        columns["classes"] = Symbol(classes, "num_classes")
    for column, name in _column_names(block).items():
        columns[column] = Symbol(block.arguments[column].value, name)
    environment = Environment(columns)
    environment.shapes[block.input] = (Symbol(shape[0], "in_channels"), *shape[1:])
    widest = _last_with_filters(block)
    if block.kind == "unit" and widest is not None:
        width = widest.output.shape[0]
        environment.overrides[widest] = {"filters": Symbol(width, "out_channels")}
    return environment


def _last_with_filters(block: Block) -> Operation | None:
    """The operation whose filters are the unit's ``out_channels``."""
    for each in reversed(block.children):
        if isinstance(each, Operation) and "filters" in each.op.required():
            return each
    return None


def _column_names(block: Block) -> dict[str, str]:
    """The parameter for each column of a module's use."""
    if block.kind != "module":
        return {}
    taken = set(_FIXED)
    found = {}
    for column in block.arguments:
        found[column] = identifier(column, taken)
        taken.add(found[column])
    return found


def _parts(body: Body) -> list[Part]:
    return [part for _, root in body.attributes for part in root.walk()]


def _slots(body: Body) -> dict[tuple[int, int], Slot]:
    """All constructor arguments by part and position."""
    return {
        (place, at): slot
        for place, part in enumerate(_parts(body))
        for at, slot in enumerate(part.slots)
    }


def _type_of(values: Sequence[Any]) -> str:
    """The annotation for a lifted argument."""
    names = {_type_name(value) for value in values}
    return " | ".join(sorted(names, key=lambda name: (len(name), name)))


def _type_name(value: Any) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(_type_name(each) for each in value)}]"
    return "int" if isinstance(value, Symbol) else type(value).__name__


def _class_name(block: Block) -> str:
    if block.module is not None:
        return camel(block.module.name)
    shorts = (
        each.op.short or each.op.names[0] for each in block.children if isinstance(each, Operation)
    )
    return "".join(_SHORT.get(short, camel(short)) for short in shorts)


_SHORT = {"bn": "BN", "relu": "ReLU", "relu6": "ReLU6", "prelu": "PReLU", "gelu": "GELU",
          "silu": "SiLU", "elu": "ELU"}  # fmt: skip
