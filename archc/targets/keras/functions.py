"""Which blocks share a function, and what it takes.

Blocks whose code differs in numbers alone are one kind. What all its uses have in common is
written into the function; columns become its arguments; any other number that differs between
uses becomes one too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from archc.ir import Block, Network, Node, Operation, Value
from archc.ops.arrangement import Pad
from archc.plan.names import identifier
from archc.plan.symbol import Symbol
from archc.plan.terms import Terms
from archc.targets.keras.body import Body, Call, blocks_inside, is_closed
from archc.targets.keras.code import Code, Slot, is_default, slot_text
from archc.targets.keras.initializers import spread

__all__ = ["FIXED", "Functions", "Kind", "Parameter", "numbered"]

FIXED = frozenset(
    {"keras", "initializers", "layers", "ops"}
    | {"x", "name", "num_classes", "in_channels", "index"}
    | {"images", "heads", "outputs", "logits"}
    | {"bool", "dict", "float", "int", "list", "map", "max", "min", "range", "slice", "str", "sum"}
    | {"super", "tuple", "zip"}
)
"""Names that emitted code uses itself."""

_WIDTHS = {"filters", "units"}
"""A unit takes these as arguments even if all its uses agree."""

_BRIEF = 2
"""A unit of one layer with so few arguments is written in place."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument of a function; ``default`` is None where there is none.

    One that ``is_spread`` is the number that an initialiser is given.
    """

    name: str
    type: str
    default: Any = None
    place: Literal["first", "either"] = "either"
    is_spread: bool = False

    def in_place_of(self, value: Any) -> Code:
        """The parameter's name where there was ``value``."""
        name = Code(self.name, self.type)
        return spread(value.call.head, name) if self.is_spread else name

    def given(self, value: Any) -> Any:
        """What a use passes, where it would otherwise have written ``value``."""
        return value.spread if self.is_spread else value


@dataclass(slots=True, eq=False)
class Kind:
    """A function to be; one that is ``inline`` is written where it would be called.

    ``lifted`` says where a parameter replaces a literal: statement and argument by position.
    """

    key: Hashable
    uses: list[Block] = field(default_factory=list)
    inline: bool = False
    name: str = ""
    parameters: list[Parameter] = field(default_factory=list)
    lifted: dict[tuple[int, int], Parameter] = field(default_factory=dict)
    body: Body | None = None

    @property
    def template(self) -> Block:
        """One of the uses; all have its structure."""
        return self.uses[0]

    def words(self) -> list[tuple[str, str]]:
        """What a unit is made of, in short and in full."""
        assert self.body is not None
        operations = self.template.operations()
        found = [(each.op.short or each.op.names[0], each.op.names[0]) for each in operations]
        names = [layer.name for layer in self.body.layers()]
        if "layers.DepthwiseConv2D" in names:
            found[0] = ("depthwise", "depthwise convolution")
        if "layers.SeparableConv2D" in names:
            found[0] = ("separable", "separable convolution")
        if names[0] == "layers.ZeroPadding2D" and found[0][1] != Pad.names[0]:
            found.insert(0, ("padded", "padding"))
        return found


class Functions:
    """All kinds of a network, each after those it calls."""

    def __init__(self, network: Network, value_uses: Counter[Value], taken: Iterable[str]) -> None:
        self.value_uses = value_uses
        self.class_count = network.classes
        self.by_key: dict[Hashable, Kind] = {}
        self.by_block: dict[Block, Kind] = {}
        parts = [row.nodes for row in network.rows] + [head.nodes for head in network.heads]
        for nodes in parts:
            for node in nodes:
                self._collect(node)
        self._decide_inline(parts)
        self.names = {*FIXED, *taken}
        for kind in self.written():
            kind.name = numbered(_function_name(kind), self.names)
            self.names.add(kind.name)
        for kind in self.by_key.values():
            self._resolve(kind)

    def written(self) -> Iterator[Kind]:
        """The kinds that are functions in the file."""
        return (kind for kind in self.by_key.values() if not kind.inline)

    def place(self, block: Block, terms: Terms) -> Call | None:
        """The call for a block in the terms around it; None for one that is written in place."""
        kind = self.by_block[block]
        if kind.inline:
            return None
        assert kind.body is not None
        inner = terms.within(block)
        body = Body.of(block, inner, self.place, self.value_uses)
        values = {
            each.name: each.given(body.statements[at].slots[index].value)
            for (at, index), each in kind.lifted.items()
        }
        values |= {name: inner.columns[column] for column, name in self._columns(block).items()}
        if "classes" in inner.columns:
            values["num_classes"] = inner.columns["classes"]
        slots = [
            Slot(each.name, values[each.name], each.default, each.place) for each in kind.parameters
        ]
        return Call(kind.key, slots, kind.body.relatives())

    # Finding kinds

    def _collect(self, node: Node) -> None:
        """Find the kinds in ``node``, those inside first."""
        if isinstance(node, Operation):
            return
        for each in node.children:
            self._collect(each)
        if not is_closed(node):
            return
        body = Body.of(node, Terms(), self._by_key_alone, self.value_uses)
        key = (node.kind, node.module, body.signature(node.input, node.output))
        kind = self.by_key.setdefault(key, Kind(key, body=body))
        kind.uses.append(node)
        self.by_block[node] = kind

    def _by_key_alone(self, block: Block, terms: Terms) -> Call:
        """A call without arguments, which is enough to tell kinds apart."""
        kind = self.by_block[block]
        assert kind.body is not None
        terms.within(block).note(block.children)
        return Call(kind.key, [], kind.body.relatives())

    def _decide_inline(self, parts: Sequence[Sequence[Node]]) -> None:
        """Units that are called at one place, and brief ones."""
        bodies = [*parts, *(kind.template.children for kind in self.by_key.values())]
        calls = Counter(self.by_block[block] for nodes in bodies for block in blocks_inside(nodes))
        for kind in self.by_key.values():
            kind.inline = kind.template.kind == "unit" and (calls[kind] == 1 or _is_brief(kind))

    # Deciding parameters

    def _resolve(self, kind: Kind) -> None:
        bodies = [
            Body.of(use, self._own_terms(use, kind), self.place, self.value_uses)
            for use in kind.uses
        ]
        kind.body = body = bodies[0]
        columns = set(self._columns(kind.template).values())
        lifted: dict[tuple[str, ...], Parameter] = {}
        for at, statement in enumerate(body.statements):
            for index, slot in enumerate(statement.slots):
                values = [each.statements[at].slots[index].value for each in bodies]
                texts = tuple(map(slot_text, values))
                is_width = kind.template.kind == "unit" and slot.name in _WIDTHS
                if len(set(texts)) == 1 and not is_width:
                    continue
                key = (slot.name, *texts)
                if key not in lifted:
                    taken = {each.name for each in lifted.values()} | columns | self.names
                    lifted[key] = _lifted(slot, values, taken, is_width)
                kind.lifted[at, index] = lifted[key]
        for (at, index), parameter in kind.lifted.items():
            slots = body.statements[at].slots
            value = parameter.in_place_of(slots[index].value)
            slots[index] = replace(slots[index], value=value, default=None)
        kind.parameters = self._parameters(kind, body, list(lifted.values()))

    def _parameters(self, kind: Kind, body: Body, lifted: list[Parameter]) -> list[Parameter]:
        """The parameters in order: columns and widths, then others, those with defaults last."""
        written = (slot for each in body.statements for slot in each.slots if not is_default(slot))
        used = set(re.findall(r"\w+", " ".join(slot_text(slot.value) for slot in written)))
        defaults = kind.template.module.defaults if kind.template.module else {}
        found = []
        for column, name in self._columns(kind.template).items():
            default = defaults.get(column)
            found.append(Parameter(name, "int", default, "first" if default is None else "either"))
        found.append(Parameter("num_classes", "int"))
        found = [each for each in found if each.name in used]
        order = ("first", "either")
        return sorted(
            [*found, *lifted], key=lambda each: (each.default is not None, order.index(each.place))
        )

    def _own_terms(self, use: Block, kind: Kind) -> Terms:
        """The terms of a block's own function: its parameters' names."""
        columns: dict[str, int] = {}
        if self.class_count is not None:
            columns["classes"] = Symbol(self.class_count, "num_classes")
        defaults = use.module.defaults if use.module else {}
        for column, name in self._columns(use).items():
            value = use.arguments[column].value
            values = {each.arguments[column].value for each in kind.uses}
            columns[column] = value if values == {defaults.get(column)} else Symbol(value, name)
        channels, *spatial = use.input.shape
        terms = Terms(columns)
        terms.shapes[use.input] = (Symbol(channels, "in_channels"), *spatial)
        return terms

    def _columns(self, block: Block) -> dict[str, str]:
        """The parameter for each column of a module's use."""
        taken = set(self.names)
        found = {}
        for column in block.arguments if block.kind == "module" else ():
            found[column] = identifier(column, taken)
            taken.add(found[column])
        return found


def _lifted(slot: Slot, values: list[Any], taken: set[str], is_width: bool) -> Parameter:
    """The parameter for a literal that has these ``values`` in a kind's uses."""
    spreads = [each.spread for each in values if isinstance(each, Code) and each.spread]
    makers = {each.call.head for each in values if isinstance(each, Code) and each.call}
    if len(spreads) == len(values) and len(makers) == 1:
        usual, _ = Counter(spreads).most_common(1)[0]
        return Parameter(identifier("stddev", taken), "float", usual, is_spread=True)
    name = identifier(slot.name, taken)
    return Parameter(name, _type_of(values), slot.default, "first" if is_width else "either")


def _is_brief(kind: Kind) -> bool:
    assert kind.body is not None
    if len(kind.body.statements) != 1:
        return False
    return sum(not is_default(slot) for slot in kind.body.statements[0].slots) <= _BRIEF


def numbered(name: str, taken: Collection[str]) -> str:
    """``name``, or with the first number from 2 that makes it differ from ``taken``."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _function_name(kind: Kind) -> str:
    if kind.template.module is not None:
        return identifier(kind.template.module.name)
    return identifier(" ".join(short for short, _ in kind.words()))


def _type_of(values: Sequence[Any]) -> str:
    """The annotation for a lifted argument."""
    names = {_type_name(value) for value in values}
    return " | ".join(sorted(names, key=lambda name: (len(name), name)))


def _type_name(value: Any) -> str:
    if isinstance(value, Code):
        return value.type
    if isinstance(value, tuple):
        return f"tuple[{', '.join(_type_name(each) for each in value)}]"
    if isinstance(value, list):
        return f"list[{_type_of(value)}]"
    return "int" if isinstance(value, Symbol) else type(value).__name__
