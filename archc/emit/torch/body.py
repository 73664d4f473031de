"""The inside of a class: which attributes it sets and how its forward flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from archc.emit.python import identifier
from archc.emit.torch.layers import Formula, Layer, Slot
from archc.emit.torch.parts import Environment, Part
from archc.emit.torch.reserved import RESERVED
from archc.ir import Block, Network, Node, Operation, Value

__all__ = ["Body", "Statement", "count_uses", "is_class", "opens_with_formula"]

PlaceBlock = Callable[[Block, Environment], Part]


@dataclass(slots=True)
class Statement:
    """One line of forward: an attribute applied to a tensor, or a formula over several."""

    output: Value
    inputs: tuple[Value, ...]
    hint: str
    attribute: str | None = None
    formula: Formula | None = None
    guarded: bool = False


@dataclass(slots=True)
class Body:
    """Collects attributes and statements for the nodes of a class, in order."""

    environment: Environment
    place: PlaceBlock
    uses: Counter[Value]
    attributes: list[tuple[str, Part]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: set(RESERVED))

    def add(self, nodes: Sequence[Node], prefix: str = "", in_unit: bool = False) -> None:
        """Add nodes in order, attributes named ``prefix`` + their own name."""
        for index, node in enumerate(nodes):
            if isinstance(node, Operation):
                self.operation(node, prefix, in_unit and follows_fresh(nodes, index))
            elif is_class(node):
                part = self.place(node, self.environment)
                self.attribute(node, prefix + node.name, part, prefix)
            else:
                self.opened(node, prefix)

    def operation(self, node: Operation, prefix: str, in_place: bool) -> None:
        """An operation as an attribute, or as a formula in forward."""
        rule = self.environment.layer(node)
        if isinstance(rule, Formula):
            hint = identifier(prefix.rstrip("_") or node.name, self.taken)
            self.statements.append(Statement(node.output, node.inputs, hint, formula=rule))
            return
        part = layer_part(node, rule, in_place)
        self.attribute(node, prefix + node.name, part, prefix)

    def attribute(self, node: Node, name: str, part: Part, prefix: str = "") -> None:
        """Set ``self.name`` to ``part`` and apply it; a branch's tensors have its name."""
        name = identifier(name, self.taken)
        self.taken.add(name)
        self.attributes.append((name, part))
        source = node.inputs[0] if isinstance(node, Operation) else node.input
        hint = identifier(prefix.rstrip("_"), RESERVED) if prefix else name
        self.statements.append(Statement(node.output, (source,), hint, attribute=name))

    def opened(self, block: Block, prefix: str) -> None:
        """A branch, group or joining unit: a Sequential where it is a chain, else inlined."""
        is_outer_branch = block.kind == "branch" and not prefix
        name = prefix + (f"branch_{block.name}" if is_outer_branch else block.name)
        parts = self.chain(block)
        if parts is None:
            inner = prefix if block.kind == "unit" else f"{name}_"
            self.add(block.children, inner, in_unit=block.kind == "unit")
        elif parts:
            single = len(parts) == 1
            self.attribute(block, name, parts[0] if single else Part("nn.Sequential", parts=parts))

    def chain(self, block: Block) -> list[Part] | None:
        """The block's parts if each reads just the one before; else None."""
        if not is_chain(block, self.uses):
            return None
        return self.chain_parts(block.children, in_unit=block.kind == "unit")

    def chain_parts(self, nodes: Sequence[Node], in_unit: bool) -> list[Part]:
        """The parts of a chain."""
        found: list[Part] = []
        for index, node in enumerate(nodes):
            if isinstance(node, Operation):
                rule = self.environment.layer(node)
                assert isinstance(rule, Layer)
                found.append(layer_part(node, rule, in_unit and follows_fresh(nodes, index)))
            elif is_class(node):
                found.append(self.place(node, self.environment))
            else:
                inner = self.chain_parts(node.children, in_unit=node.kind == "unit")
                found.extend(inner)
        return found


def layer_part(node: Operation, layer: Layer, in_place: bool) -> Part:
    """A layer's constructor call; one that may overwrite its input says so."""
    slots = list(layer.slots)
    if in_place and node.op.in_place_after:
        slots.append(Slot("inplace", True, False))
    return Part(layer.name, slots, operation=node)


def follows_fresh(nodes: Sequence[Node], index: int) -> bool:
    """Whether the node before made a tensor that may be overwritten."""
    before = nodes[index - 1] if index else None
    if not isinstance(before, Operation) or not before.op.fresh:
        return False
    return before.op.arity == (1, 1) or len(before.inputs) > 1


def is_class(block: Block) -> bool:
    """Whether a block is closed: it becomes a class (or a Sequential written in place)."""
    return block.kind == "module" or (block.kind == "unit" and not opens_with_formula(block))


def opens_with_formula(block: Block) -> bool:
    """Whether a unit starts by joining tensors, which no layer does."""
    first = block.children[0] if block.children else None
    return isinstance(first, Operation) and first.op.arity != (1, 1)


def is_chain(block: Block, uses: Counter[Value]) -> bool:
    """Whether each child reads just what the one before made, and nobody else does."""
    value = block.input
    for index, node in enumerate(block.children):
        if set(external_inputs(node)) - {value}:
            return False
        inside = sum(1 for each in external_inputs(node) if each is value)
        if index and uses[value] != inside:
            return False
        if isinstance(node, Operation) and node.op.arity != (1, 1):
            return False
        if isinstance(node, Block) and not is_class(node) and not is_chain(node, uses):
            return False
        value = node.output
    return value is block.output


def external_inputs(node: Node) -> Iterable[Value]:
    """The tensors that a node reads from outside, each as often as it is read."""
    if isinstance(node, Operation):
        return node.inputs
    made = {operation.output for operation in node.operations()}
    read = [value for operation in node.operations() for value in operation.inputs]
    return [value for value in read if value not in made]


def count_uses(network: Network) -> Counter[Value]:
    """How often each tensor is read, by operations, heads and as the result."""
    uses: Counter[Value] = Counter()
    for operation in network.operations(heads=True):
        uses.update(operation.inputs)
    uses.update(head.input for head in network.heads)
    uses[network.output] += 1
    return uses
