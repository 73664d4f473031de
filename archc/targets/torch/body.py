"""The inside of a class: which attributes it sets and how its forward flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile

from archc.ir import Block, Network, Node, Operation, Value
from archc.targets.python import identifier
from archc.targets.torch.layers import Formula, Layer, Slot
from archc.targets.torch.parts import Environment, Part
from archc.targets.torch.reserved import RESERVED

__all__ = ["Body", "Statement", "count_uses", "is_chain", "is_class", "opens_with_formula"]

PlaceBlock = Callable[[Block, Environment], Part]


@dataclass(slots=True)
class Statement:
    """One step of forward: an attribute applied to a tensor, or a formula over several."""

    output: Value
    inputs: tuple[Value, ...]
    hint: str
    attribute: str | None = None
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """What surrounds nodes that are written into a class.

    Their attributes begin with ``prefix``, their tensors are called ``hint``.
    """

    prefix: str = ""
    hint: str = ""
    unit: bool = False


@dataclass(slots=True)
class Body:
    """Collects attributes and statements for the nodes of a class, in order."""

    environment: Environment
    place: PlaceBlock
    uses: Counter[Value]
    attributes: list[tuple[str, Part]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: set(RESERVED))
    owners: dict[str, object] = field(default_factory=dict)
    """Names that are kept for a node: a row's, whatever is inside the rows before it."""

    def add(self, nodes: Sequence[Node], within: Within | None = None) -> None:
        """Add nodes in order, called after what they are within."""
        within = within or Within()
        for index, node in enumerate(nodes):
            if isinstance(node, Operation):
                self.operation(node, within, within.unit and follows_fresh(nodes, index))
            elif is_class(node):
                self.attribute(node, self.place(node, self.environment), within)
            else:
                self.written_in(node, within)

    def operation(self, node: Operation, within: Within, in_place: bool) -> None:
        """An operation as an attribute, or as a formula in forward."""
        rule = self.environment.layer(node)
        if isinstance(rule, Layer):
            self.attribute(node, layer_part(node, rule, in_place), within)
            return
        hint = identifier(within.hint or node.name, self.taken if not within.hint else RESERVED)
        self.statements.append(Statement(node.output, node.inputs, hint, formula=rule))

    def attribute(self, node: Node, part: Part, within: Within, name: str | None = None) -> None:
        """Set an attribute to ``part`` and apply it; a branch's tensors have the branch's name."""
        wanted = name or within.prefix + node.name
        taken = self.taken | {key for key, owner in self.owners.items() if owner is not node}
        name = fixed_name(node, taken) or identifier(wanted, taken)
        self.taken.add(name)
        self.attributes.append((name, part))
        source = node.inputs[0] if isinstance(node, Operation) else node.input
        hint = identifier(within.hint, RESERVED) if within.hint else name
        self.statements.append(Statement(node.output, (source,), hint, attribute=name))

    def written_in(self, block: Block, within: Within) -> None:
        """A block that is no class: a Sequential where it is a chain, else node by node."""
        if block.kind == "module":
            with self.inside(block):
                self.add(block.children, within)
            return
        is_outer_branch = block.kind == "branch" and not within.prefix
        name = within.prefix + (branch_name(block.name) if is_outer_branch else block.name)
        parts = self.chain(block)
        if parts is None and block.kind == "unit":
            self.add(block.children, replace(within, unit=True))
        elif parts is None:
            self.add(block.children, Within(f"{name}_", common_name(block) or name))
        elif parts:
            self.attribute(block, sequence(parts), replace(within, hint=""), name)

    @contextmanager
    def inside(self, block: Block) -> Iterator[None]:
        """Write what follows in the terms that the block's nodes are written in."""
        outer, self.environment = self.environment, self.environment.within(block)
        yield
        self.environment = outer

    def chain(self, block: Block) -> list[Part] | None:
        """The block's parts if each reads just the one before and none is to be named."""
        if not is_chain(block, self.uses) or any(has_names(each) for each in block.children):
            return None
        return self.chain_parts(block.children, in_unit=block.kind == "unit")

    def chain_parts(self, nodes: Sequence[Node], in_unit: bool = False) -> list[Part]:
        """The parts of a chain."""
        found: list[Part] = []
        for index, node in enumerate(nodes):
            if isinstance(node, Operation):
                rule = self.environment.layer(node)
                assert isinstance(rule, Layer)
                found.append(layer_part(node, rule, in_unit and follows_fresh(nodes, index)))
            elif is_class(node):
                part = self.place(node, self.environment)
                spliced = part.head == "nn.Sequential" and node.kind == "module"
                found.extend(part.parts if spliced else [part])
            else:
                with self.inside(node):
                    found.extend(self.chain_parts(node.children, in_unit=node.kind == "unit"))
        return found


def fixed_name(node: Node, taken: Iterable[str]) -> str | None:
    """The name that the spec wants for the node, where it can be had."""
    name = node.attribute
    return name if name is not None and name not in taken else None


def has_names(node: Node) -> bool:
    """Whether the spec names the node, or something that is written in with it."""
    if node.attribute is not None:
        return True
    if isinstance(node, Operation) or is_class(node):
        return False
    return any(has_names(each) for each in node.children)


def common_name(block: Block) -> str:
    """How the names of a block's parts begin: ``branch5x5`` of ``branch5x5_1`` and so on."""
    names = [node.attribute for node in block.children if node.attribute is not None]
    if len(names) < 2:
        return "".join(names)
    ends = zip(min(names), max(names), strict=False)
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    stem, _, _ = common.rpartition("_")
    return stem or names[-1]


def branch_name(name: str) -> str:
    """The attribute of a branch: ``branch_3x3``, or its own name if that says so already."""
    return name if name.startswith("branch") else f"branch_{name}"


def sequence(parts: Sequence[Part]) -> Part:
    """Parts that follow each other as one."""
    return parts[0] if len(parts) == 1 else Part("nn.Sequential", parts=list(parts))


def layer_part(node: Operation, layer: Layer, in_place: bool) -> Part:
    """A layer's constructor call; one that may overwrite its input says so."""
    slots = list(layer.slots)
    if in_place and node.op.in_place:
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
    if block.kind == "module":
        return not block.opened
    return block.kind == "unit" and not opens_with_formula(block)


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
