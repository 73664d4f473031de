"""Which blocks share a function, and what it takes.

Blocks whose code differs in numbers alone are one kind. What all its uses have in common is
written into the function; columns become its arguments; any other number that differs between
uses becomes one too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from archc.ir import Block, Network, Node
from archc.ir.walk import blocks_inside_out
from archc.naming import numbered
from archc.ops.arrangement import Pad
from archc.plan.arguments import (
    Argument,
    Expressed,
    Parameter,
    argument_text,
    is_default,
    type_name,
)
from archc.plan.names import identifier
from archc.plan.symbol import Symbol
from archc.plan.terms import Terms
from archc.plan.uses import column_names
from archc.targets.keras.arguments import Drawn, with_deviation
from archc.targets.keras.body import FunctionBody, FunctionCall, blocks_inside, is_closed

__all__ = ["FIXED", "FunctionParameter", "Functions", "KerasFunction"]

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
class FunctionParameter(Parameter):
    """A parameter; one that ``is_deviation`` is the number that an initialiser is given."""

    is_deviation: bool = False

    def in_place_of(self, value: Any) -> Expressed:
        """Return the parameter's name where there was ``value``."""
        name = Expressed(self.name, self.type)
        return with_deviation(value.call.head, name) if self.is_deviation else name

    def given(self, value: Any) -> Any:
        """Return what a use passes, where it would otherwise have written ``value``."""
        return value.deviation if self.is_deviation else value


@dataclass(slots=True, eq=False)
class KerasFunction:
    """A function to be; one that is ``inline`` is written where it would be called.

    ``lifted`` says where a parameter replaces a literal: statement and argument by position.
    """

    key: Hashable
    uses: list[Block] = field(default_factory=list)
    inline: bool = False
    name: str = ""
    parameters: list[FunctionParameter] = field(default_factory=list)
    lifted: dict[tuple[int, int], FunctionParameter] = field(default_factory=dict)
    body: FunctionBody | None = None

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

    def __init__(self, network: Network, taken: Iterable[str]) -> None:
        self.network = network
        self.class_count = network.classes
        self.by_key: dict[Hashable, KerasFunction] = {}
        self.by_block: dict[Block, KerasFunction] = {}
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

    def written(self) -> Iterator[KerasFunction]:
        """The kinds that are functions in the file."""
        return (kind for kind in self.by_key.values() if not kind.inline)

    def place(self, block: Block, terms: Terms) -> FunctionCall | None:
        """The call for a block in the terms around it; None for one that is written in place."""
        kind = self.by_block[block]
        if kind.inline:
            return None
        assert kind.body is not None
        inner = terms.within(block)
        body = FunctionBody.of(block, inner, self.place, self.network)
        values = {
            each.name: each.given(body.statements[at].arguments[index].value)
            for (at, index), each in kind.lifted.items()
        }
        values |= {name: inner.columns[column] for column, name in self._columns(block).items()}
        if "classes" in inner.columns:
            values["num_classes"] = inner.columns["classes"]
        slots = [
            Argument(each.name, values[each.name], each.default, each.place)
            for each in kind.parameters
        ]
        return FunctionCall(kind.key, slots, kind.body.relatives())

    # Finding kinds

    def _collect(self, node: Node) -> None:
        """Find the kinds in ``node``, those inside first."""
        for block in filter(is_closed, blocks_inside_out([node])):
            body = FunctionBody.of(block, Terms(), self._by_key_alone, self.network)
            key = (block.kind, block.module, body.signature(block.input, block.output))
            kind = self.by_key.setdefault(key, KerasFunction(key, body=body))
            kind.uses.append(block)
            self.by_block[block] = kind

    def _by_key_alone(self, block: Block, terms: Terms) -> FunctionCall:
        """A call without arguments, which is enough to tell kinds apart."""
        kind = self.by_block[block]
        assert kind.body is not None
        terms.within(block).note(block.children)
        return FunctionCall(kind.key, [], kind.body.relatives())

    def _decide_inline(self, parts: Sequence[Sequence[Node]]) -> None:
        """Units that are called at one place, and brief ones."""
        bodies = [*parts, *(kind.template.children for kind in self.by_key.values())]
        calls = Counter(self.by_block[block] for nodes in bodies for block in blocks_inside(nodes))
        for kind in self.by_key.values():
            kind.inline = kind.template.kind == "unit" and (calls[kind] == 1 or _is_brief(kind))

    # Deciding parameters

    def _resolve(self, kind: KerasFunction) -> None:
        bodies = [
            FunctionBody.of(use, self._own_terms(use, kind), self.place, self.network)
            for use in kind.uses
        ]
        kind.body = body = bodies[0]
        columns = set(self._columns(kind.template).values())
        lifted: dict[tuple[str, ...], FunctionParameter] = {}
        for at, statement in enumerate(body.statements):
            for index, slot in enumerate(statement.arguments):
                values = [each.statements[at].arguments[index].value for each in bodies]
                texts = tuple(map(argument_text, values))
                is_width = kind.template.kind == "unit" and slot.name in _WIDTHS
                if len(set(texts)) == 1 and not is_width:
                    continue
                key = (slot.name, *texts)
                if key not in lifted:
                    taken = {each.name for each in lifted.values()} | columns | self.names
                    lifted[key] = _lifted(slot, values, taken, is_width)
                kind.lifted[at, index] = lifted[key]
        for (at, index), parameter in kind.lifted.items():
            slots = body.statements[at].arguments
            value = parameter.in_place_of(slots[index].value)
            slots[index] = replace(slots[index], value=value, default=None)
        kind.parameters = self._parameters(kind, body, list(lifted.values()))

    def _parameters(
        self, kind: KerasFunction, body: FunctionBody, lifted: list[FunctionParameter]
    ) -> list[FunctionParameter]:
        """The parameters in order: columns and widths, then others, those with defaults last."""
        written = (
            slot for each in body.statements for slot in each.arguments if not is_default(slot)
        )
        used = set(re.findall(r"\w+", " ".join(argument_text(slot.value) for slot in written)))
        defaults = kind.template.module.defaults if kind.template.module else {}
        found = []
        for column, name in self._columns(kind.template).items():
            default = defaults.get(column)
            found.append(
                FunctionParameter(name, "int", default, "first" if default is None else "either")
            )
        found.append(FunctionParameter("num_classes", "int"))
        found = [each for each in found if each.name in used]
        order = ("first", "either")
        return sorted(
            [*found, *lifted], key=lambda each: (each.default is not None, order.index(each.place))
        )

    def _own_terms(self, use: Block, kind: KerasFunction) -> Terms:
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
        """Return the parameter for each column of a module's use."""
        return column_names(block, self.names)


def _lifted(
    argument: Argument, values: list[Any], taken: set[str], is_width: bool
) -> FunctionParameter:
    """The parameter for a literal that has these ``values`` in a kind's uses."""
    deviations = [each.deviation for each in values if isinstance(each, Drawn) and each.deviation]
    makers = {each.call.head for each in values if isinstance(each, Drawn) and each.call}
    if len(deviations) == len(values) and len(makers) == 1:
        usual, _ = Counter(deviations).most_common(1)[0]
        return FunctionParameter(identifier("stddev", taken), "float", usual, is_deviation=True)
    name = identifier(argument.name, taken)
    return FunctionParameter(
        name, type_name(values), argument.default, "first" if is_width else "either"
    )


def _is_brief(kind: KerasFunction) -> bool:
    assert kind.body is not None
    if len(kind.body.statements) != 1:
        return False
    return sum(not is_default(slot) for slot in kind.body.statements[0].arguments) <= _BRIEF


def _function_name(kind: KerasFunction) -> str:
    if kind.template.module is not None:
        return identifier(kind.template.module.name)
    return identifier(" ".join(short for short, _ in kind.words()))
