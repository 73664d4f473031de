"""The classes of a network's code: their names, and what their constructors take.

Blocks of one structure are one class; so are uses of a module that differ a little. What all
its uses have in common is written into the class; columns become its parameters; whatever else
differs between uses becomes one too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.ir import Block, Node, Operation, Value
from archc.ops import Op, Shape
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.plan.arguments import Argument, LayerCall, Parameter, RuleTable
from archc.plan.hierarchy import ClassGroup, Hierarchy
from archc.plan.lifting import Lifted, UseBody, lift
from archc.plan.members import ClassLayout, Layouts, Member
from archc.plan.names import camel
from archc.plan.symbol import Symbol, text
from archc.plan.terms import Terms
from archc.plan.uses import (
    ClassBody,
    Construction,
    SharedColumns,
    column_names,
    columns_of,
    difference,
    last_with_filters,
    same_terms,
    shared_columns,
)

__all__ = ["Classes", "PlannedClass", "layer_names"]

_SEQUENCE = "nn.Sequential"
_OVERWRITES = Argument("inplace", True, False)


@dataclass(slots=True, eq=False)
class PlannedClass:
    """A class to be; one that is ``inline`` is written in place instead.

    ``uses`` are blocks, one of each signature, and how many there are of it; the first has the
    most operations, and the class is written after it.
    """

    height: int
    inline: bool
    uses: dict[Block, int]
    name: str = ""
    lifted: Lifted = field(default_factory=Lifted)
    body: ClassBody | None = None

    @property
    def template(self) -> Block:
        """The use that the class is written after."""
        return next(iter(self.uses))

    @property
    def parameters(self) -> list[Parameter]:
        """What the constructor takes."""
        return self.lifted.parameters


@dataclass(frozen=True, slots=True)
class _Object:
    """A use of a class in the terms around it: its arguments, and its output's shape."""

    arguments: tuple[Argument, ...]
    output: Shape


class Classes:
    """All classes of a network, each after those it uses.

    A class is resolved once: ``name``, ``lifted`` and ``body`` are set when all classes of
    lower height have been, and it is constructed only afterwards. So what is noted in
    ``_objects`` stays right.
    """

    def __init__(self, layouts: Layouts, table: RuleTable, taken: Iterable[str]) -> None:
        """Plan the classes in the words of ``table``, none of them called as one of ``taken``."""
        self.layouts = layouts
        self.hierarchy: Hierarchy = layouts.hierarchy
        self.table = table
        self.class_count = self.hierarchy.network.classes
        self.taken = set(taken)
        self.of_signature: dict[int, PlannedClass] = {}
        self._objects: dict[Hashable, _Object] = {}
        self.ordered: list[PlannedClass] = []
        waiting = [self._planned(group) for group in self.hierarchy.groups]
        waiting.sort(key=lambda planned: planned.height)
        while waiting:
            planned = waiting.pop(0)
            for other in self._alike(planned, waiting):
                waiting.remove(other)
            self._resolve(planned)
            self.ordered.append(planned)

    def written(self) -> list[PlannedClass]:
        """Return those that are written as classes."""
        return [planned for planned in self.ordered if not planned.inline]

    def network_body(self, layout: ClassLayout, nodes: Sequence[Node]) -> ClassBody:
        """Return the body of the network's own class, which has ``nodes``."""
        terms = Terms(self._class_column())
        return self._body(layout, nodes, terms)

    # Classes

    def _planned(self, group: ClassGroup) -> PlannedClass:
        """Return a class for a group of blocks, one block of each signature."""
        uses: dict[Block, int] = {}
        for block in group.uses:
            first = self.hierarchy.representative(block)
            uses[first] = uses.get(first, 0) + 1
        planned = PlannedClass(group.height, group.is_inline, uses)
        self._serve(planned)
        return planned

    def _serve(self, planned: PlannedClass) -> None:
        """Note that the class is that of all its uses."""
        for block in planned.uses:
            self.of_signature[self.hierarchy.signature(block)] = planned

    def _alike(self, planned: PlannedClass, waiting: Sequence[PlannedClass]) -> list[PlannedClass]:
        """Return other classes of the same module that this one can serve, and takes the uses of.

        One class can serve them all without parameters that only one of them needs.
        """
        module = planned.template.module
        alike = []
        for other in waiting:
            if module is None or other.template.module is not module:
                continue
            if other.height != planned.height:
                continue
            uses = _fullest_first({**planned.uses, **other.uses})
            bodies = self._own_bodies(list(uses))
            full = bodies[0]
            if all(difference(full, each) and same_terms(full, each) for each in bodies):
                planned.uses = uses
                self._serve(planned)
                alike.append(other)
        return alike

    def _resolve(self, planned: PlannedClass) -> None:
        """Decide a class's name, constructor and body."""
        if not planned.inline:
            planned.name = self._name(planned.template)
        bodies = self._own_bodies(list(planned.uses))
        uses = []
        for body, count in zip(bodies, planned.uses.values(), strict=True):
            differs = difference(bodies[0], body)
            assert differs is not None, "uses of one class fit it"
            uses.append(UseBody(body, differs, count))
        planned.lifted = lift(planned.template, uses)
        planned.body = bodies[0]

    def _name(self, block: Block) -> str:
        """Return a class's name.

        Where another is called so, it is with what only this one has, or a number.
        """
        wanted = _class_name(block)
        first = next((each for each in self.ordered if each.name == wanted), None)
        if first is not None:
            wanted = _distinct_name(wanted, block, first.template)
        name = wanted
        number = 1
        while name in self.taken:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name

    # Bodies

    def _own_bodies(self, uses: Sequence[Block]) -> list[ClassBody]:
        """Return the insides of the uses in the terms of the class that serves them all."""
        shared = shared_columns(uses)
        return [
            self._body(self.layouts.of(use), use.children, self._own_terms(use, shared))
            for use in uses
        ]

    def _own_terms(self, block: Block, shared: SharedColumns) -> Terms:
        """Return the terms of the block's own class: its parameters' names."""
        shape = block.input.shape
        terms = Terms({**columns_of(block, shared), **self._class_column()})
        terms.shapes[block.input] = (Symbol(shape[0], "in_channels"), *shape[1:])
        widest = last_with_filters(block)
        if block.kind == "unit" and widest is not None:
            width = Symbol(widest.output.shape[0], "out_channels")
            terms.overrides[widest] = {"filters": width}
        return terms

    def _class_column(self) -> dict[str, int]:
        """Return the number of classes as a column, where the network declares one."""
        count = self.class_count
        return {} if count is None else {"classes": Symbol(count, "num_classes")}

    def _body(self, layout: ClassLayout, nodes: Sequence[Node], terms: Terms) -> ClassBody:
        """Return a class's body in ``terms``."""
        said = _Said(self, terms)
        said.note(nodes, terms)
        members = [(name, said.construction(member)) for name, member in layout.members]
        return ClassBody(members, layout.flow)

    def object(self, block: Block, terms: Terms) -> _Object:
        """Return a use of a class as ``terms`` say it.

        What they say of the block's columns, its input and other tensors outside it is all that
        the use depends on.
        """
        columns = terms.within(block).columns
        shapes = [terms.shape(value) for value in self._read(block)]
        key = (
            self.hierarchy.signature(block),
            tuple(tuple(map(text, shape)) for shape in shapes),
            tuple((name, text(value)) for name, value in columns.items()),
        )
        if key not in self._objects:
            self._objects[key] = self._new_object(block, columns, shapes)
        return self._objects[key]

    def _read(self, block: Block) -> tuple[Value, ...]:
        """Return the tensors outside a block that its code may mention, the input first."""
        return block.input, *self.hierarchy.outside(block)

    def _new_object(
        self, block: Block, columns: dict[str, int], shapes: Sequence[Shape]
    ) -> _Object:
        first = self.hierarchy.representative(block)
        planned = self.of_signature[self.hierarchy.signature(block)]
        inner = Terms(columns)
        for value, shape in zip(self._read(first), shapes, strict=True):
            inner.note_shape(value, shape)
        body = self._body(self.layouts.of(first), first.children, inner)
        values = planned.lifted.given(body.members)
        values |= _channels(first, shapes[0], inner) | _given_columns(first, columns)
        arguments = (
            Argument(each.name, values.get(each.name, each.default), each.default, each.place)
            for each in planned.parameters
        )
        return _Object(tuple(arguments), inner.shape(first.output))


class _Said:
    """What the nodes of one class are in its terms: operations resolved, objects with arguments."""

    def __init__(self, classes: Classes, terms: Terms) -> None:
        self.classes = classes
        self.operations: dict[Operation, tuple[Op, tuple[Shape, ...]]] = {}
        self.objects: dict[Block, _Object] = {}

    def note(self, nodes: Sequence[Node], terms: Terms) -> None:
        """Resolve nodes in the order they run, as each needs the shapes of those before."""
        for node in nodes:
            if node.kind == "operation":
                self.operations[node] = terms.resolve(node)
            elif self.classes.hierarchy.is_object(node):
                made = self.classes.object(node, terms)
                self.objects[node] = made
                terms.note_shape(node.output, made.output)
            else:
                self.note(node.children, terms.within(node))

    def construction(self, member: Member) -> Construction:
        """Return what a member is set to."""
        if member.operation is not None:
            call = self.classes.table(*self.operations[member.operation])
            assert isinstance(call, LayerCall), "what reads one tensor is a layer"
            extra = [_OVERWRITES] if member.overwrites else []
            return Construction(call.name, [*call.arguments, *extra], operation=member.operation)
        if member.block is not None:
            signature = self.classes.hierarchy.signature(member.block)
            planned = self.classes.of_signature[signature]
            return Construction(planned.name, list(self.objects[member.block].arguments))
        parts = [self.construction(part) for part in member.parts]
        return Construction(_SEQUENCE, parts=parts, comments=member.comments)


def _fullest_first(uses: dict[Block, int]) -> dict[Block, int]:
    """Return the use with most operations in front, the others in order."""
    full = max(uses, key=lambda use: sum(1 for _ in use.operations()))
    return {full: uses[full], **uses}


def _channels(block: Block, source: Shape, inner: Terms) -> dict[str, Any]:
    """Return the arguments for the channels that a use reads and makes."""
    found = {"in_channels": source[0]}
    widest = last_with_filters(block)
    if widest is not None:
        found["out_channels"] = inner.shape(widest.output)[0]
    return found


def _given_columns(block: Block, columns: dict[str, int]) -> dict[str, Any]:
    """Return the arguments for the network's classes and the module's columns."""
    found = {parameter: columns[column] for column, parameter in column_names(block).items()}
    return {"num_classes": columns["classes"], **found} if "classes" in columns else found


# What classes are called

_SHORT = {"bn": "BN", "relu": "ReLU", "relu6": "ReLU6", "prelu": "PReLU", "gelu": "GELU",
          "silu": "SiLU", "elu": "ELU"}  # fmt: skip


def _class_name(block: Block) -> str:
    """Return a class's name: the table's word for a module, or a unit's layers."""
    if block.module is not None:
        return camel(block.called or block.module.name)
    shorts = (short for short, _ in _layers(block))
    return "".join(_SHORT.get(short, camel(short)) for short in shorts)


def layer_names(block: Block) -> list[str]:
    """Return a unit's layers in words: ``separable convolution``, ``batch norm``."""
    return [name for _, name in _layers(block)]


def _layers(block: Block) -> list[tuple[str, str]]:
    """Return a unit's layers, each in short and in words.

    A unit has one convolution: two are what `archc.passes.lowering` made of it.
    """
    found: list[tuple[str, str]] = []
    before: type[Op] | None = None
    for operation in block.operations():
        op = operation.op
        if before is type(op) is Convolution:
            found[-1] = ("separable conv", SeparableConvolution.names[0])
        else:
            found.append((op.short or op.names[0], op.names[0]))
        before = type(op)
    return found


def _distinct_name(name: str, block: Block, other: Block) -> str:
    """Return ``name`` with what the block has and ``other``, which is called so, has not."""
    for parts in (_child_names, _operation_names):
        known = parts(other)
        own = [part for part in dict.fromkeys(parts(block)) if part not in known]
        if own:
            return f"{name}With{camel(' '.join(own))}"
    return name


def _child_names(block: Block) -> list[str]:
    return [node.name for node in block.children]


def _operation_names(block: Block) -> list[str]:
    return [operation.op.names[0] for operation in block.operations()]
