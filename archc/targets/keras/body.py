"""The inside of a function: which layers and functions it applies, and what they are called."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir import Block, Network, Node, Operation, Value
from archc.ir.expression import Column
from archc.naming import numbered
from archc.ops import find
from archc.plan.arguments import Argument
from archc.plan.terms import Terms
from archc.targets.keras.arguments import KerasLayer
from archc.targets.keras.layers import (
    ACTIVATIONS,
    RULES,
    KerasSite,
    takes_activation,
    with_activation,
)

__all__ = [
    "FunctionBody",
    "FunctionCall",
    "KerasStep",
    "blocks_inside",
    "is_closed",
    "join",
    "label_of",
]


def join(*parts: str) -> str:
    """The parts that say something, with ``_`` between them."""
    return "_".join(part for part in parts if part)


def label_of(text: str) -> str:
    """What a layer's name has for ``text``: ``#3×3 reduce`` is ``3x3_reduce``."""
    decomposed = unicodedata.normalize("NFKD", text.replace("×", "x"))
    name = re.sub(r"\W+", "_", decomposed, flags=re.ASCII).strip("_").lower()
    return name or "unnamed"


@dataclass(slots=True)
class Labels:
    """The names that are taken inside one function."""

    taken: set[str] = field(default_factory=set)

    def claim(self, label: str, relatives: Iterable[str] = ("",)) -> str:
        """Take ``label``, numbered where it or a relative, ``label_relative``, is taken."""
        family = _LabelFamily(self.taken, tuple(relatives))
        candidate = numbered(label, family)
        self.taken.update(family.members(candidate))
        return candidate


@dataclass(frozen=True, slots=True)
class _LabelFamily:
    """Labels that are taken for somebody with relatives: one of the family is."""

    taken: set[str]
    relatives: tuple[str, ...]

    def members(self, label: str) -> Iterator[str]:
        """Yield the label with each of the relatives."""
        return (join(label, relative) for relative in self.relatives)

    def __contains__(self, label: object) -> bool:
        return not self.taken.isdisjoint(self.members(str(label)))


@dataclass(slots=True)
class FunctionCall:
    """A function to call, ``key`` of its kind, with the names of the layers it makes."""

    key: Hashable
    arguments: list[Argument]
    relatives: list[str]


@dataclass(slots=True)
class KerasStep:
    """A layer or function applied to tensors.

    ``label`` is its name, to be put behind the function's own; ``variable`` what its output is
    called where it is not the tensor that all goes through; ``head`` the head it is part of.
    """

    output: Value
    inputs: tuple[Value, ...]
    callee: KerasLayer | Hashable
    arguments: list[Argument]
    label: str
    variable: str
    head: str = ""
    relatives: list[str] = field(default_factory=lambda: [""])


CallOf = Callable[[Block, Terms], FunctionCall | None]
"""The call of a block's function, or None for one that is written in place."""


@dataclass(slots=True)
class FunctionBody:
    """Collects statements for the nodes of a function, in order."""

    terms: Terms
    place: CallOf
    network: Network
    statements: list[KerasStep] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    names: dict[Node, str] = field(default_factory=dict)
    signs: Signs = field(default_factory=lambda: Signs())

    @classmethod
    def of(cls, block: Block, terms: Terms, place: CallOf, network: Network) -> FunctionBody:
        """The body of a block's own function."""
        names = paper_names(block.children) if block.kind == "module" else {}
        body = cls(terms, place, network, names=names)
        if block.kind == "unit":
            body.unit(block, "", "")
        else:
            body.add(block.children)
        return body

    def relatives(self) -> list[str]:
        """The names of all layers inside, without the function's own name before them."""
        return [join(s.label, each) for s in self.statements for each in s.relatives]

    def layers(self) -> list[KerasLayer]:
        """The layers that statements apply themselves."""
        return [each.callee for each in self.statements if isinstance(each.callee, KerasLayer)]

    def signature(self, source: Value, result: Value) -> Hashable:
        """What is equal for blocks that one function can serve: all but the numbers."""
        numbers: dict[Value, int] = {source: 0}
        found: list[Hashable] = []
        for each in self.statements:
            reads = tuple(numbers.setdefault(value, len(numbers)) for value in each.inputs)
            numbers[each.output] = len(numbers)
            key: Hashable = each.callee
            if isinstance(each.callee, KerasLayer):
                key = (each.callee.name, each.callee.activation)
            names = tuple(argument.name for argument in each.arguments)
            found.append((key, names, reads, numbers[each.output], each.label, each.variable))
        return tuple(found), numbers.get(result, -1)

    # Walking the nodes

    def add(self, nodes: Sequence[Node], prefix: str = "", variable: str = "") -> None:
        """Add nodes in order, their names behind ``prefix``."""
        for node in nodes:
            self.node(node, self.names.get(node) or join(prefix, label_of(node.name)), variable)

    def node(self, node: Node, label: str, variable: str) -> None:
        """Add a node that is called ``label``."""
        if node.kind == "operation":
            self.operation(node, label, variable)
        elif is_closed(node):
            self.closed(node, label, variable)
        elif node.kind == "unit":
            self.unit(node, label, variable)
        elif node.kind == "branch":
            self.branch(node, label, join(variable or "branch", label_of(node.name)))
        else:
            self.add(node.children, label, variable)

    def branch(self, block: Block, label: str, variable: str) -> None:
        """A branch: its only node, or what its name says anyway, is called as the branch is."""
        for node in block.children:
            name = label_of(node.name)
            says_it = node.kind == "operation" and name.endswith(label_of(block.name))
            plain = label if len(block.children) == 1 or says_it else join(label, name)
            self.node(node, self.names.get(node, plain), variable)

    def closed(self, block: Block, label: str, variable: str) -> None:
        """A module or unit: a call of its function, or its layers in place."""
        call = self.place(block, self.terms)
        if call is None:
            self.unit(block, label, variable)
            return
        label = self.labels.claim(label, call.relatives)
        self.statements.append(
            KerasStep(
                block.output,
                (block.input,),
                call.key,
                call.arguments,
                label,
                variable,
                relatives=call.relatives,
            )
        )

    def unit(self, block: Block, label: str, variable: str) -> None:
        """An operation, called as the unit is, and the norm and activation behind it."""
        nodes = list(block.children)
        first = block.main
        if first is not None:
            taken = self.activation_of(first, nodes)
            nodes = [each for each in nodes if each not in (first, taken)]
            self.operation(first, label, variable, taken)
        for node in nodes:
            self.node(node, join(label, label_of(node.name)), variable)

    def activation_of(self, first: Operation, nodes: Sequence[Node]) -> Operation | None:
        """The activation that the first operation's layer has itself, if it can."""
        after = nodes[1].main if len(nodes) > 1 else None
        if after is None or type(after.op) not in ACTIVATIONS:
            return None
        alone = after.inputs == (first.output,) and self.network.times_read(first.output) == 1
        return after if alone and takes_activation(self.rule(first)[-1]) else None

    def operation(
        self, node: Operation, label: str, variable: str, taken: Operation | None = None
    ) -> None:
        """An operation's layers one after the other, the last one with the activation."""
        *before, last = self.rule(node)
        end = node
        if taken is not None:
            self.terms.resolve(taken)
            last, end = with_activation(last, ACTIVATIONS[type(taken.op)]), taken
        inputs = node.inputs
        for layer in (*before, last):
            output = end.output if layer is last else Value(node.output.shape)
            name = self.labels.claim(join(label, layer.suffix))
            arguments = list(layer.arguments)
            self.statements.append(KerasStep(output, inputs, layer, arguments, name, variable))
            inputs = (output,)

    def rule(self, node: Operation) -> tuple[KerasLayer, ...]:
        """The rule's answer for an operation."""
        op, inputs = self.terms.resolve(node)
        computed = frozenset(node.expressions)
        return RULES[type(op)](
            op, KerasSite(inputs, computed, self.signs.never_negative(node.inputs[0]))
        )


def is_closed(block: Block) -> bool:
    """Whether a block may be a function of its own: it reads one tensor."""
    return block.kind == "module" or (block.kind == "unit" and not block.opens_with_join)


class Signs:
    """Which tensors have nothing below zero; each is looked at once, long chains as well."""

    def __init__(self) -> None:
        self.known: dict[Value, bool] = {}

    def never_negative(self, value: Value) -> bool:
        """Whether the tensor comes only from operations that give nothing below zero."""
        pending, seen = [value], {value}
        while pending:
            tensor = pending.pop()
            known, producer = self.known.get(tensor), tensor.producer
            if known or (known is None and producer is not None and producer.op.never_negative):
                continue
            if known is False or producer is None or not producer.op.keeps_sign:
                self.known[value] = False
                return False
            pending += (each for each in producer.inputs if each not in seen)
            seen.update(producer.inputs)
        self.known.update(dict.fromkeys(seen, True))
        return True


def blocks_inside(nodes: Sequence[Node]) -> Iterator[Block]:
    """The closed blocks in ``nodes`` that are in no other closed block."""
    for node in nodes:
        if node.kind == "operation":
            continue
        if is_closed(node):
            yield node
        else:
            yield from blocks_inside(node.children)


# Names of layers that are the paper's


def paper_names(nodes: Sequence[Node]) -> dict[Node, str]:
    """Nodes of a module that are named after the column with their filters.

    Those are what the spec gave no name, and the only ones with this column; and the column
    tells a place: by its window, or within a branch.
    """
    columns = {node: column for node in _inside(nodes) if (column := _filters_column(node))}
    often = Counter(columns.values())
    top = set(nodes)
    return {
        node: label
        for node, column in columns.items()
        if often[column] == 1
        and _has_own_type_as_name(node)
        and _tells_a_place(label := label_of(column), node not in top)
    }


def _tells_a_place(label: str, in_branch: bool) -> bool:
    return re.match(r"\d+x\d", label) is not None or (in_branch and len(label) > 1)


def _inside(nodes: Iterable[Node]) -> Iterator[Node]:
    """Operations and units of one module: not what is in the modules it uses."""
    for node in nodes:
        if node.main is not None:
            yield node
        elif node.kind != "module":
            yield from _inside(node.children)


def _filters_column(node: Node) -> str | None:
    filters = node.main.expressions.get("filters") if node.main else None
    return filters.name if isinstance(filters, Column) else None


def _has_own_type_as_name(node: Node) -> bool:
    return node.main is not None and find(re.sub(r"_\d+$", "", node.name)) is type(node.main.op)
