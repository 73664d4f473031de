"""Which blocks of a network become classes: decided by structure, whatever the numbers.

Two keys are found for each block that may be one. Blocks of one *structure* (layers, their
names, wiring) can share a class whose constructor takes the numbers. Blocks of one *signature*
agree in the numbers too: what is decided for one of them holds for all, and is decided once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from archc.ir import Block, Network, Node, Operation, Value
from archc.ir.expression import Binary, ChannelsOf, Expression, Extremum
from archc.ir.walk import blocks

__all__ = ["ClassGroup", "Hierarchy", "has_names", "is_chain", "is_class"]

_SHORT = 3
"""A chain of up to so many layers, used once, needs no class."""


@dataclass(slots=True, eq=False)
class ClassGroup:
    """Blocks of one structure.

    ``uses`` are the blocks, ``sites`` the places in the code where they are: all uses of a
    class share the places inside it. ``height`` is how deeply classes nest in it.
    """

    height: int
    uses: list[Block] = field(default_factory=list)
    sites: set[Hashable] = field(default_factory=set)

    @property
    def is_inline(self) -> bool:
        """Whether it needs no class: a unit at one place is written there."""
        return self.uses[0].kind == "unit" and len(self.sites) == 1


class Hierarchy:
    """The blocks of a network that become classes, in groups of one structure each."""

    def __init__(self, network: Network) -> None:
        self.network = network
        # Keys nest, so that equal ones are found at once: each key of a block is a number that
        # stands for a tuple, in which the blocks inside are such numbers.
        self._numbers: dict[Hashable, int] = {}
        self._keys: dict[Block, tuple[int, int]] = {}
        self._first: dict[int, Block] = {}
        self._outside: dict[Block, tuple[Value, ...]] = {}
        self.dissolved = self._dissolved()
        self._group_of: dict[int, ClassGroup] = {}
        for part in network.parts:
            for node in part.nodes:
                self._collect(node, ("network", part.name, node.name))

    @property
    def groups(self) -> list[ClassGroup]:
        """All groups in the order of their first uses, those inside a use before it."""
        return list(self._group_of.values())

    def structure(self, block: Block) -> int:
        """Return what is equal for blocks that one class can serve."""
        return self._key(block)[0]

    def signature(self, block: Block) -> int:
        """Return what is equal for blocks that differ in nothing that code could show."""
        return self._key(block)[1]

    def representative(self, block: Block) -> Block:
        """Return the first block of the same signature."""
        return self._first[self.signature(block)]

    def outside(self, block: Block) -> tuple[Value, ...]:
        """Return the tensors outside the block whose channels its attributes are computed from.

        They come in the same order for all blocks of one signature.
        """
        self._key(block)
        return self._outside[block]

    def is_object(self, block: Block) -> bool:
        """Whether the block is an object of a class, rather than written where it is used."""
        if not is_class(block) or block in self.dissolved:
            return False
        return not self._group_of[self.structure(block)].is_inline

    # Grouping

    def _collect(self, node: Node, site: tuple[Hashable, ...]) -> int:
        """Group what is in ``node``, which is at ``site``; returns how deeply classes nest."""
        if node.kind == "operation":
            return 0
        key = self.structure(node) if is_class(node) and node not in self.dissolved else None
        around = site if key is None else (key,)
        heights = [self._collect(child, (*around, child.name)) for child in node.children]
        height = max(heights, default=0)
        if key is None:
            return height
        group = self._group_of.setdefault(key, ClassGroup(height))
        group.uses.append(node)
        group.sites.add(site)
        return height + 1

    def _dissolved(self) -> set[Block]:
        """Find modules that a person would not give a class, and whose parts have no names.

        Those are modules of one layer, and short chains used once. In a stage, which is one
        long chain itself, a chain used once may have any length.
        """
        modules = [
            block
            for part in self.network.parts
            for block in blocks(part.nodes)
            if block.kind == "module" and is_class(block)
        ]
        times = Counter(map(self.structure, modules))
        staged = {
            node
            for stage in self.network.stages
            for row in self.network.rows_of(stage)
            for node in row.nodes
        }

        def is_short(block: Block) -> bool:
            if times[self.structure(block)] > 1:
                return len(block.children) == 1
            return len(block.children) <= _SHORT or block in staged

        return {
            block
            for block in modules
            if is_short(block)
            and is_chain(block, self.network)
            and not any(has_names(child) for child in block.children)
        }

    # Keys

    def _key(self, block: Block) -> tuple[int, int]:
        """Return the numbers of the block's structure and of its signature."""
        known = self._keys.get(block)
        if known is not None:
            return known
        scope = _BlockTensors(block, {block.input: 0})
        children = [self._node(child, scope) for child in block.children]
        structures = tuple(structure for structure, _ in children)
        structure = (block.kind, block.module, structures, scope.order.get(block.output, -1))
        given = tuple((name, each.value) for name, each in block.arguments.items())
        about = (block.attribute, block.called, block.input.shape, given)
        signature = (structure, about, tuple(signature for _, signature in children))
        key = self._number(structure), self._number(signature)
        self._keys[block] = key
        self._outside[block] = tuple(scope.outside)
        self._first.setdefault(key[1], block)
        return key

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _node(self, node: Node, scope: _BlockTensors) -> tuple[Hashable, Hashable]:
        """Return the parts of both keys for a node."""
        if node.kind == "operation":
            return self._operation(node, scope)
        source = scope.order.get(node.input, -1)
        given = tuple((name, scope.key(each)) for name, each in node.arguments.items())
        inside: tuple[Hashable, Hashable]
        if is_class(node):
            structure, signature = self._key(node)
            inside = structure, (signature, tuple(map(scope.place, self._outside[node])))
        else:
            children = [self._node(child, scope) for child in node.children]
            inside = (
                (node.kind, tuple(structure for structure, _ in children)),
                tuple(signature for _, signature in children),
            )
        made = scope.order.setdefault(node.output, len(scope.order))
        return (node.name, source, inside[0], made), (node.attribute, given, inside[1])

    def _operation(self, node: Operation, scope: _BlockTensors) -> tuple[Hashable, Hashable]:
        op, shapes = node.op, node.input_shapes
        reads = tuple(scope.order.get(value, -1) for value in node.inputs)
        written = tuple((name, scope.key(each)) for name, each in node.expressions.items())
        scope.order[node.output] = len(scope.order)
        readers = 0 if node.output is scope.block.output else self.network.times_read(node.output)
        structural = (node.name, type(op).__name__, op.variant(shapes), reads)
        return structural, (node.attribute, op, shapes, written, readers)


@dataclass(slots=True)
class _BlockTensors:
    """The tensors of a block by numbers, so that keys of different blocks can be equal.

    ``order`` numbers them as they are made, the input first; a tensor that is read is in it
    already. ``outside`` collects those that are not made in the block.
    """

    block: Block
    order: dict[Value, int]
    outside: list[Value] = field(default_factory=list)

    def place(self, tensor: Value) -> tuple[str, int]:
        """Return which tensor of the block it is, or which one outside."""
        if tensor in self.order:
            return "inside", self.order[tensor]
        if tensor not in self.outside:
            self.outside.append(tensor)
        return "outside", self.outside.index(tensor)

    def key(self, expression: Expression) -> Hashable:
        """Return what is equal for the same arithmetic over tensors at the same places."""
        match expression:
            case ChannelsOf(tensor):
                return self.place(tensor)
            case Binary(operator, left, right, value):
                return operator, self.key(left), self.key(right), value
            case Extremum(name, arguments, value):
                return name, tuple(map(self.key, arguments)), value
        return expression


def is_class(block: Block) -> bool:
    """Whether a block is closed: it becomes a class (or a sequence written in place)."""
    if block.kind == "module":
        return not block.opened
    return block.kind == "unit" and not block.opens_with_join


def has_names(node: Node) -> bool:
    """Whether the spec names the node, or something that is written in with it."""
    if node.attribute is not None:
        return True
    if node.kind == "operation" or is_class(node):
        return False
    return any(map(has_names, node.children))


def is_chain(block: Block, network: Network) -> bool:
    """Whether each child reads just what the one before made, and nobody else does."""
    value = block.input
    for index, node in enumerate(block.children):
        read = node.reads
        if any(tensor is not value for tensor in read):
            return False
        if index and network.times_read(value) != len(read):
            return False
        if node.is_join or not (
            node.kind == "operation" or is_class(node) or is_chain(node, network)
        ):
            return False
        value = node.output
    return value is block.output
