"""The members of classes: what each is called, what it holds, and in what order forward goes.

Names are decided here once, for all who need them: a layer's path, such as
``inception_3a.branch_1x1.conv``, is its name in the ``state_dict`` of the emitted module, in a
checkpoint for it, in the executor's program and in an ONNX file. An operation that reads one
tensor is a layer, and has a path; one that joins several is a formula in forward, without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from archc.ir import Block, Head, Network, Node, Operation, Row, Stage, Value
from archc.plan.hierarchy import Hierarchy, has_names, is_chain, is_class
from archc.plan.names import RESERVED, identifier

__all__ = ["Application", "ClassLayout", "Layouts", "Member", "NetworkLayout"]


@dataclass(slots=True, eq=False)
class Member:
    """What a member holds: a layer, an object of a class, or a sequence.

    That is the layer of an ``operation``, an object of the class of a ``block``, or, with
    neither, ``parts`` in a row. A layer that ``overwrites`` computes in place. A stage's parts
    have ``comments``, by the number of the part that ends a row.
    """

    operation: Operation | None = None
    overwrites: bool = False
    block: Block | None = None
    parts: list[Member] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)

    @property
    def is_sequence(self) -> bool:
        """Whether it is parts in a row."""
        return self.operation is None and self.block is None


@dataclass(slots=True, eq=False)
class Application:
    """One step of forward: a member applied to a tensor, or a ``join`` of several.

    ``hint`` is what the output would be called. ``piece`` is the slice of a sequence that is
    applied, such as ``[:18]``.
    """

    output: Value
    inputs: tuple[Value, ...]
    hint: str
    member: str | None = None
    piece: str = ""
    join: Operation | None = None


@dataclass(slots=True, eq=False)
class ClassLayout:
    """The members of a class, in order, and how its forward applies them."""

    members: list[tuple[str, Member]] = field(default_factory=list)
    flow: list[Application] = field(default_factory=list)
    paths: list[tuple[int, str]] = field(default_factory=list)
    """The path of each layer inside, by the operation's number in the block."""


@dataclass(slots=True, eq=False)
class NetworkLayout(ClassLayout):
    """The layout of the network's own class; heads are members that the end of forward applies."""

    heads: dict[Head, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Within:
    """What surrounds nodes that are written into a class.

    Their members' names begin with ``prefix``, their tensors are called ``hint``.
    """

    prefix: str = ""
    hint: str = ""
    unit: bool = False


class Layouts:
    """The layouts of a network's classes; blocks of one signature have one together."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self._of: dict[Block, ClassLayout] = {}

    def of(self, block: Block) -> ClassLayout:
        """Return the layout of a block's class, in the nodes of the first such block."""
        first = self.hierarchy.representative(block)
        if first not in self._of:
            layout = ClassLayout()
            _Walk(self, layout).add(first.children, _Within(unit=first.kind == "unit"))
            numbers = {operation: at for at, operation in enumerate(first.operations())}
            layout.paths = [
                (numbers[operation], path)
                for name, member in layout.members
                for operation, path in self.paths(member, name)
            ]
            self._of[first] = layout
        return self._of[first]

    def of_network(self) -> NetworkLayout:
        """Return the layout of the network's class: a member for each row, stage and head."""
        return _NetworkWalk(self, NetworkLayout()).run()

    def paths(self, member: Member, path: str) -> Iterator[tuple[Operation, str]]:
        """Return the layers inside a member at ``path``, and where they are."""
        if member.operation is not None:
            yield member.operation, path
        elif member.block is not None:
            operations = list(member.block.operations())
            for number, inner in self.of(member.block).paths:
                yield operations[number], f"{path}.{inner}"
        for index, part in enumerate(member.parts):
            yield from self.paths(part, f"{path}.{index}")


class _Walk:
    """Collects members and applications for the nodes of a class, in order.

    ``taken`` has the names of all members so far, and those that no member may have.
    ``owners`` are names that are kept for a node, a row's, whatever is inside the rows before
    it; they are there before the first member is.
    """

    def __init__(self, layouts: Layouts, layout: ClassLayout) -> None:
        self.layouts = layouts
        self.hierarchy = layouts.hierarchy
        self.layout = layout
        self.taken = set(RESERVED)
        self.owners: dict[str, Node | None] = {}

    def add(self, nodes: Sequence[Node], within: _Within | None = None) -> None:
        """Add nodes in order, called after what they are within."""
        within = within or _Within()
        for index, node in enumerate(nodes):
            if node.kind == "operation":
                self.operation(node, within, within.unit and _follows_fresh(nodes, index))
            elif is_class(node):
                self.member(node, self.closed(node), within)
            else:
                self.written_in(node, within)

    def operation(self, node: Operation, within: _Within, overwrites: bool) -> None:
        """Add an operation: a member, or a formula in forward."""
        if not node.is_join:
            self.member(node, _layer(node, overwrites), within)
            return
        hint = identifier(within.hint or node.name, RESERVED if within.hint else self.taken)
        self.layout.flow.append(Application(node.output, node.inputs, hint, join=node))

    def member(self, node: Node, member: Member, within: _Within, name: str | None = None) -> None:
        """Add a member and apply it; a branch's tensors have the branch's name."""
        name = self.name(node, name or within.prefix + node.name)
        self.taken.add(name)
        self.layout.members.append((name, member))
        hint = identifier(within.hint, RESERVED) if within.hint else name
        self.layout.flow.append(Application(node.output, (node.input,), hint, member=name))

    def name(self, node: Node, wanted: str) -> str:
        """Return the name that the spec wants for a node where it can be had, or about it."""
        taken = _TakenFor(node, self.taken, self.owners)
        if node.attribute is not None and node.attribute not in taken:
            return node.attribute
        return identifier(wanted, taken)

    def closed(self, block: Block) -> Member:
        """Return a block that may be a class: an object of it, or its members in a row."""
        if self.hierarchy.is_object(block):
            return Member(block=block)
        inside = ClassLayout()
        _Walk(self.layouts, inside).add(block.children, _Within(unit=block.kind == "unit"))
        return _sequence([member for _, member in inside.members])

    def written_in(self, block: Block, within: _Within) -> None:
        """Add a block that is no class: a sequence where it is a chain, else node by node."""
        if block.kind == "module":
            self.add(block.children, within)
            return
        is_outer_branch = block.kind == "branch" and not within.prefix
        name = within.prefix + (_branch_name(block.name) if is_outer_branch else block.name)
        parts = self.chain(block)
        if parts is None and block.kind == "unit":
            self.add(block.children, replace(within, unit=True))
        elif parts is None:
            self.add(block.children, _Within(f"{name}_", _common_name(block) or name))
        elif parts:
            self.member(block, _sequence(parts), replace(within, hint=""), name)

    def chain(self, block: Block) -> list[Member] | None:
        """Return the block's parts if each reads just the one before and none is to be named."""
        if not is_chain(block, self.hierarchy.network) or any(map(has_names, block.children)):
            return None
        return self.chain_parts(block.children, in_unit=block.kind == "unit")

    def chain_parts(self, nodes: Sequence[Node], in_unit: bool = False) -> list[Member]:
        """Return the parts of a chain; a module that is a sequence itself is part by part in it."""
        found: list[Member] = []
        for index, node in enumerate(nodes):
            if node.kind == "operation":
                found.append(_layer(node, in_unit and _follows_fresh(nodes, index)))
            elif is_class(node):
                part = self.closed(node)
                is_spliced = part.is_sequence and node.kind == "module"
                found.extend(part.parts if is_spliced else [part])
            else:
                found.extend(self.chain_parts(node.children, in_unit=node.kind == "unit"))
        return found


@dataclass(frozen=True, slots=True)
class _TakenFor:
    """The names that a node cannot have: other members', and those kept for other nodes."""

    node: Node
    taken: set[str]
    owners: dict[str, Node | None]

    def __contains__(self, name: object) -> bool:
        kept = name in self.owners and self.owners[str(name)] is not self.node
        return kept or name in self.taken


class _NetworkWalk(_Walk):
    """Collects the members of the network's class: rows and stages in order, heads among them."""

    layout: NetworkLayout

    def run(self) -> NetworkLayout:
        """Add all rows and heads."""
        network = self.hierarchy.network
        tops = {row.name: _row_nodes(row) for row in network.rows}
        self.owners = {identifier(name): None for name, nodes in tops.items() if not nodes}
        for nodes in [*tops.values(), *(head.nodes for head in network.heads)]:
            self.owners |= {node.attribute or identifier(node.name): node for node in nodes}
        last = network.rows[-1].name
        for stage, rows in _in_stages(network):
            if stage is not None:
                self.stage(stage, rows)
            else:
                self.add(tops[rows[0].name])
            names = {row.name for row in rows}
            for head in network.heads:
                if (head.declared_after or last) in names:
                    self.head(head)
        return self.layout

    def stage(self, stage: Stage, rows: Sequence[Row]) -> None:
        """Add rows as one sequence, which forward applies in pieces where a head reads between."""
        heads = self.hierarchy.network.heads
        sequence = Member()
        pieces: list[tuple[int, Value]] = []
        for row in rows:
            sequence.parts += self.chain_parts(row.nodes)
            if row.nodes:
                sequence.comments[len(sequence.parts) - 1] = size_text(row.output)
            if row is rows[-1] or any(head.input is row.output for head in heads):
                pieces.append((len(sequence.parts), row.output))
        name = identifier(stage.name, self.taken)
        self.taken.add(name)
        self.layout.members.append((name, sequence))
        source, start = rows[0].input, 0
        for end, value in pieces:
            piece = "" if len(pieces) == 1 else _slice(start, end, len(sequence.parts))
            self.layout.flow.append(Application(value, (source,), stage.name, name, piece))
            source, start = value, end

    def head(self, head: Head) -> None:
        """Add a head as one member, which the end of forward applies."""
        steps = len(self.layout.flow)
        self.add(head.nodes)
        self.layout.heads[head] = self.layout.members[-1][0]
        del self.layout.flow[steps:]


def size_text(value: Value) -> str:
    """Return a tensor's shape as a comment has it: ``64 x 56 x 56``."""
    return " x ".join(str(int(size)) for size in value.shape)


def _in_stages(network: Network) -> Iterator[tuple[Stage | None, list[Row]]]:
    """Return the rows in order, those of a stage together."""
    stage: Stage | None = None
    rows: list[Row] = []
    starting = {stage.first: stage for stage in network.stages}
    for row in network.rows:
        stage = stage or starting.get(row.name)
        rows.append(row)
        if stage is None or stage.last == row.name:
            yield stage, rows
            stage, rows = None, []


def _slice(start: int, end: int, length: int) -> str:
    """Return a piece of a sequence: ``[:18]``, ``[18:]``."""
    return f"[{start or ''}:{end if end < length else ''}]"


def _row_nodes(row: Row) -> Sequence[Node]:
    """Return the row's nodes; several in a chain are one member of the row's name."""
    alone = row.nodes[0] if len(row.nodes) == 1 else None
    is_opened = alone is not None and alone.kind != "operation" and not is_class(alone)
    if len(row.nodes) < 2 and not is_opened:
        return row.nodes
    group = Block(row.name, "group", row.input, row.output, row.nodes, row.origin)
    group.attribute = row.attribute
    return [group]


def _common_name(block: Block) -> str:
    """Return how the names of a block's parts begin: ``branch5x5`` of ``branch5x5_1`` and so on."""
    names = [node.attribute for node in block.children if node.attribute is not None]
    if len(names) < 2:
        return "".join(names)
    ends = zip(min(names), max(names), strict=False)
    common = "".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    stem, _, _ = common.rpartition("_")
    return stem or names[-1]


def _branch_name(name: str) -> str:
    """Return the member of a branch: ``branch_3x3``, or its own name if that says so already."""
    return name if name.startswith("branch") else f"branch_{name}"


def _sequence(parts: Sequence[Member]) -> Member:
    """Return parts that follow each other as one member."""
    return parts[0] if len(parts) == 1 else Member(parts=list(parts))


def _layer(node: Operation, overwrites: bool) -> Member:
    """Return the layer of an operation, which may overwrite its input if it can."""
    return Member(operation=node, overwrites=overwrites and node.op.in_place)


def _follows_fresh(nodes: Sequence[Node], index: int) -> bool:
    """Whether the node before made a tensor that may be overwritten."""
    before = nodes[index - 1] if index else None
    return before is not None and before.is_fresh
