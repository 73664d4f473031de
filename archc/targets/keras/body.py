"""The inside of a function: which layers and functions it applies, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir import Block, Network, Node, Operation, Value
from archc.ops.activation import HardSigmoid, ReLU, ReLU6, Sigmoid, Softmax, Softplus
from archc.ops.arrangement import Add, Concat, Dropout, Flatten, Identity
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from archc.plan.terms import Terms
from archc.targets.keras.code import Layer, Slot
from archc.targets.keras.layers import ACTIVATIONS, RULES, Site, takes_activation, with_activation
from archc.targets.keras.names import Labels, join, label_of, main_operation, paper_names

__all__ = ["Body", "Call", "Statement", "blocks_inside", "count_uses", "is_closed"]


@dataclass(slots=True)
class Call:
    """A function to call, ``key`` of its kind, with the names of the layers it makes."""

    key: Hashable
    slots: list[Slot]
    relatives: list[str]


@dataclass(slots=True)
class Statement:
    """A layer or function applied to tensors.

    ``label`` is its name, to be put behind the function's own; ``variable`` what its output is
    called where it is not the tensor that all goes through; ``head`` the head it is part of.
    """

    output: Value
    inputs: tuple[Value, ...]
    callee: Layer | Hashable
    slots: list[Slot]
    label: str
    variable: str
    head: str = ""
    relatives: list[str] = field(default_factory=lambda: [""])


PlaceBlock = Callable[[Block, Terms], Call | None]
"""The call of a block's function, or None for one that is written in place."""


@dataclass(slots=True)
class Body:
    """Collects statements for the nodes of a function, in order."""

    terms: Terms
    place: PlaceBlock
    uses: Counter[Value]
    statements: list[Statement] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    names: dict[Node, str] = field(default_factory=dict)
    signs: Signs = field(default_factory=lambda: Signs())

    @classmethod
    def of(cls, block: Block, terms: Terms, place: PlaceBlock, uses: Counter[Value]) -> Body:
        """The body of a block's own function."""
        names = paper_names(block.children) if block.kind == "module" else {}
        body = cls(terms, place, uses, names=names)
        if block.kind == "unit":
            body.unit(block, "", "")
        else:
            body.add(block.children)
        return body

    def relatives(self) -> list[str]:
        """The names of all layers inside, without the function's own name before them."""
        return [join(s.label, each) for s in self.statements for each in s.relatives]

    def layers(self) -> list[Layer]:
        """The layers that statements apply themselves."""
        return [each.callee for each in self.statements if isinstance(each.callee, Layer)]

    def signature(self, source: Value, result: Value) -> Hashable:
        """What is equal for blocks that one function can serve: all but the numbers."""
        numbers: dict[Value, int] = {source: 0}
        found: list[Hashable] = []
        for each in self.statements:
            reads = tuple(numbers.setdefault(value, len(numbers)) for value in each.inputs)
            numbers[each.output] = len(numbers)
            key: Hashable = each.callee
            if isinstance(each.callee, Layer):
                key = (each.callee.name, each.callee.activation)
            slots = tuple(slot.name for slot in each.slots)
            found.append((key, slots, reads, numbers[each.output], each.label, each.variable))
        return tuple(found), numbers.get(result, -1)

    # Walking the nodes

    def add(self, nodes: Sequence[Node], prefix: str = "", variable: str = "") -> None:
        """Add nodes in order, their names behind ``prefix``."""
        for node in nodes:
            self.node(node, self.names.get(node) or join(prefix, label_of(node.name)), variable)

    def node(self, node: Node, label: str, variable: str) -> None:
        """Add a node that is called ``label``."""
        if isinstance(node, Operation):
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
            says_it = isinstance(node, Operation) and name.endswith(label_of(block.name))
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
            Statement(
                block.output,
                (block.input,),
                call.key,
                call.slots,
                label,
                variable,
                relatives=call.relatives,
            )
        )

    def unit(self, block: Block, label: str, variable: str) -> None:
        """An operation, called as the unit is, and the norm and activation behind it."""
        nodes = list(block.children)
        first = main_operation(block)
        if first is not None:
            taken = self.activation_of(first, nodes)
            nodes = [each for each in nodes if each not in (first, taken)]
            self.operation(first, label, variable, taken)
        for node in nodes:
            self.node(node, join(label, label_of(node.name)), variable)

    def activation_of(self, first: Operation, nodes: Sequence[Node]) -> Operation | None:
        """The activation that the first operation's layer has itself, if it can."""
        after = nodes[1] if len(nodes) > 1 else None
        if not isinstance(after, Operation) or type(after.op) not in ACTIVATIONS:
            return None
        alone = after.inputs == (first.output,) and self.uses[first.output] == 1
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
            slots = list(layer.slots)
            self.statements.append(Statement(output, inputs, layer, slots, name, variable))
            inputs = (output,)

    def rule(self, node: Operation) -> tuple[Layer, ...]:
        """The rule's answer for an operation."""
        op, inputs = self.terms.resolve(node)
        computed = frozenset(node.expressions)
        return RULES[type(op)](
            op, Site(inputs, computed, self.signs.never_negative(node.inputs[0]))
        )


def is_closed(block: Block) -> bool:
    """Whether a block may be a function of its own: it reads one tensor."""
    return block.kind == "module" or (block.kind == "unit" and not opens_with_join(block))


def opens_with_join(block: Block) -> bool:
    """Whether a unit starts by joining tensors."""
    first = main_operation(block)
    return first is not None and first.op.arity != (1, 1)


_NEVER_NEGATIVE = (ReLU, ReLU6, Sigmoid, HardSigmoid, Softmax, Softplus)
_KEEPS_SIGN = (
    *(MaxPool, AvgPool, GlobalAvgPool, AdaptiveAvgPool),
    *(Concat, Add, Dropout, Flatten, Identity),
)


class Signs:
    """Which tensors have nothing below zero; each is looked at once, long chains as well."""

    def __init__(self) -> None:
        self.known: dict[Value, bool] = {}

    def never_negative(self, value: Value) -> bool:
        """Whether the tensor comes only from activations that give nothing below zero."""
        pending, seen = [value], {value}
        while pending:
            one = pending.pop()
            producer = one.producer
            never = self.known.get(one)
            if never is None and (
                producer is None or not isinstance(producer.op, _NEVER_NEGATIVE + _KEEPS_SIGN)
            ):
                never = False
            if never is False:
                self.known[value] = False
                return False
            if never is None and producer is not None and isinstance(producer.op, _KEEPS_SIGN):
                pending += (each for each in producer.inputs if each not in seen)
                seen.update(producer.inputs)
        self.known.update(dict.fromkeys(seen, True))
        return True


def count_uses(network: Network) -> Counter[Value]:
    """How often each tensor is read, by operations, heads and as the result."""
    uses: Counter[Value] = Counter()
    for operation in network.operations(heads=True):
        uses.update(operation.inputs)
    uses.update(head.input for head in network.heads)
    uses[network.output] += 1
    return uses


def blocks_inside(nodes: Sequence[Node]) -> Iterator[Block]:
    """The closed blocks in ``nodes`` that are in no other closed block."""
    for node in nodes:
        if isinstance(node, Operation):
            continue
        if is_closed(node):
            yield node
        else:
            yield from blocks_inside(node.children)
