"""The typed graph: a network of rows, blocks (module uses, branches, units) and operations.

The hierarchy of the spec is kept: a `Block` is a use of a module, a branch of a split, or a
row's convolution with its norm and activation. Values flow freely across block borders, so
the operations alone, in order, are the flat graph.

Operations and blocks are both nodes: they have children (an operation has none), a ``kind`` that
tells them apart, an input and an output, and what they read; ``main`` is the operation that a node
is about. `archc.ir.walk` goes through them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from archc.diagnostics import Span
from archc.ir.expression import Expression
from archc.ops import Op, Shape, format_shape
from archc.texts import brief

__all__ = [
    "Block",
    "Claim",
    "Head",
    "ModuleInfo",
    "Network",
    "Node",
    "Operation",
    "Origin",
    "Preprocess",
    "Row",
    "Stage",
    "Units",
    "Value",
]


class Value:
    """A tensor of one sample: its shape (C, H, W) or (N,), who makes it and who reads it.

    An operation that reads it twice is there twice among its ``users``. Heads and the network's
    result are no users: see `Network.times_read`.
    """

    __slots__ = ("producer", "shape", "users")

    def __init__(self, shape: Shape, producer: Operation | None = None) -> None:
        self.shape = shape
        self.producer = producer
        self.users: list[Operation] = []

    def __repr__(self) -> str:
        return brief(self, format_shape(self.shape))

    @property
    def channels(self) -> int:
        """C, or N of a vector."""
        return self.shape[0]


class Origin:
    """Where a node was written, and the chain of module uses that led there. It never changes."""

    __slots__ = ("span", "uses")

    def __init__(self, span: Span, uses: tuple[Span, ...] = ()) -> None:
        self.span = span
        self.uses = uses


class Operation:
    """One primitive at work. ``expressions`` has the arithmetic behind its attributes.

    ``attribute`` is the name that the spec wants it to have in code, if it says one.
    """

    __slots__ = ("attribute", "expressions", "inputs", "name", "op", "origin", "output")

    kind: ClassVar[Literal["operation"]] = "operation"
    children: ClassVar[tuple[()]] = ()
    module: ClassVar[None] = None

    def __init__(
        self,
        name: str,
        op: Op,
        inputs: tuple[Value, ...],
        output: Value,
        origin: Origin,
        expressions: dict[str, Expression] | None = None,
        attribute: str | None = None,
    ) -> None:
        self.name = name
        self.op = op
        self.inputs = inputs
        self.output = output
        self.origin = origin
        self.expressions = {} if expressions is None else expressions
        self.attribute = attribute
        for value in inputs:
            value.users.append(self)

    def __repr__(self) -> str:
        return brief(self, self.name, self.op.names[0], format_shape(self.output.shape))

    @property
    def input(self) -> Value:
        """The first tensor that it reads."""
        return self.inputs[0]

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes of the inputs, in order."""
        inputs = self.inputs
        return (inputs[0].shape,) if len(inputs) == 1 else tuple([v.shape for v in inputs])

    @property
    def reads(self) -> tuple[Value, ...]:
        """The tensors that it reads, each as often as it reads it."""
        return self.inputs

    @property
    def main(self) -> Operation:
        """Itself."""
        return self

    @property
    def is_join(self) -> bool:
        """Whether it joins tensors, which no layer does."""
        return self.op.arity != (1, 1)

    @property
    def is_fresh(self) -> bool:
        """Whether its output may be overwritten once its reader has it.

        A join of one tensor makes none.
        """
        return self.op.fresh and (not self.is_join or len(self.inputs) > 1)

    def operations(self) -> Iterator[Operation]:
        """Itself."""
        yield self


@dataclass(frozen=True, slots=True, eq=False)
class ModuleInfo:
    """What all uses of a module share.

    ``defaults`` are its columns' whole-number defaults; ``aliases`` the columns that are, where
    nothing is given, another column.
    """

    name: str
    columns: tuple[str, ...] = ()
    figure: str | None = None
    source: str | None = None
    defaults: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class Block:
    """A part of the graph that the spec keeps together.

    ``module``: a use of a module with its arguments. ``branch``: one branch of a split.
    ``unit``: an operation with its norm and activation. ``group``: rows repeated together.
    ``attribute`` is the name that the spec wants it to have in code; an ``opened`` module is
    written into what uses it. ``called`` is the table's own word for a module.
    """

    name: str
    kind: Literal["module", "branch", "unit", "group"]
    input: Value
    output: Value
    children: list[Node]
    origin: Origin
    module: ModuleInfo | None = None
    arguments: dict[str, Expression] = field(default_factory=dict)
    attribute: str | None = None
    opened: bool = False
    called: str | None = None

    def __repr__(self) -> str:
        return brief(self, self.name, self.kind, format_shape(self.output.shape))

    is_fresh: ClassVar[bool] = False
    is_join: ClassVar[bool] = False

    @property
    def opens_with_join(self) -> bool:
        """Whether it starts by joining tensors, which no layer does."""
        return bool(self.children) and self.children[0].is_join

    @property
    def main(self) -> Operation | None:
        """A unit's first operation, which its norm and activation follow; None for others."""
        return self.children[0].main if self.kind == "unit" and self.children else None

    @property
    def reads(self) -> tuple[Value, ...]:
        """The tensors that it reads from outside, each as often as it is read."""
        inside = list(self.operations())
        made = {operation.output for operation in inside}
        read = (value for operation in inside for value in operation.inputs)
        return tuple(value for value in read if value not in made)

    def operations(self) -> Iterator[Operation]:
        """All operations inside, in order."""
        return _operations(self.children)


Node = Operation | Block


class Claim(NamedTuple):
    """A figure that the paper prints for a row, as printed, and its place."""

    printed: str
    span: Span
    note: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class Row:
    """One row of the paper's table (or an unlisted one) and what it became.

    ``repeat`` uses of the row follow each other in ``nodes``. ``attribute`` is its name in
    code where the spec says one.
    """

    printed: str
    name: str
    type: str
    nodes: list[Node]
    input: Value
    output: Value
    origin: Origin
    unlisted: bool = False
    repeat: int = 1
    note: str | None = None
    claims: dict[str, Claim] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    attribute: str | None = None

    def __repr__(self) -> str:
        return brief(self, self.name, self.type, format_shape(self.output.shape))

    def operations(self) -> Iterator[Operation]:
        """All operations of the row, in order."""
        return _operations(self.nodes)


@dataclass(slots=True, eq=False, repr=False)
class Head:
    """An auxiliary head: reads the output of row ``after``, weighs ``loss_weight``.

    In code its layers are declared after the row ``declared_after``, or after all rows.
    """

    name: str
    after: str
    nodes: list[Node]
    input: Value
    output: Value
    loss_weight: float | None
    origin: Origin
    attribute: str | None = None
    declared_after: str | None = None

    def __repr__(self) -> str:
        return brief(self, self.name, f"after {self.after}", format_shape(self.output.shape))

    def operations(self) -> Iterator[Operation]:
        """All operations of the head, in order."""
        return _operations(self.nodes)


class Units(NamedTuple):
    """How the paper's table counts: ``params`` or ``weights``; K, M and G as numbers."""

    params: Literal["params", "weights"] = "params"
    K: float = 1e3
    M: float = 1e6
    G: float = 1e9


class Preprocess(NamedTuple):
    """How an image becomes the network's input; None where that is as for ImageNet.

    The shorter side is made ``resize`` pixels, the middle cut out as large as the input, and
    each channel, 0 to 1, has ``mean`` subtracted and is divided by ``std``.
    """

    resize: int | None = None
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


class Stage(NamedTuple):
    """Rows ``first`` to ``last``, which code keeps in one sequence of that name."""

    name: str
    first: str
    last: str


@dataclass(slots=True, eq=False, repr=False)
class Network:
    """A checked network. ``classes`` is its number of classes where it declares one.

    ``as_printed`` is false when settings made it another network than the paper's;
    ``published`` has the paper's own totals. ``variants`` are all that the spec has.
    """

    name: str
    source: str | None
    input: Value
    rows: list[Row]
    heads: list[Head]
    classes: int | None = None
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    units: Units = field(default_factory=Units)
    as_printed: bool = True
    published: dict[str, Claim] = field(default_factory=dict)
    variant: str | None = None
    variants: tuple[str, ...] = ()
    spec: str = ""
    digest: str = ""
    stages: tuple[Stage, ...] = ()
    preprocess: Preprocess = field(default_factory=Preprocess)
    plan: object = field(default=None, init=False)
    """What `archc.plan.network` planned for it. A network that is copied is planned anew."""

    def __repr__(self) -> str:
        shapes = (format_shape(each.shape) for each in (self.input, self.output))
        return brief(self, self.name, f"{len(self.rows)} rows", " to ".join(shapes))

    @property
    def output(self) -> Value:
        """The last row's output."""
        return self.rows[-1].output if self.rows else self.input

    @property
    def parts(self) -> tuple[Row | Head, ...]:
        """The rows, then the heads."""
        return (*self.rows, *self.heads)

    def rows_of(self, stage: Stage) -> list[Row]:
        """The rows of a stage, from its first to its last."""
        names = [row.name for row in self.rows]
        return self.rows[names.index(stage.first) : names.index(stage.last) + 1]

    def times_read(self, value: Value) -> int:
        """How often a tensor is read: by operations, by heads, and as the result."""
        heads = sum(head.input is value for head in self.heads)
        return len(value.users) + heads + (value is self.output)

    def operations(self, heads: bool = False) -> Iterator[Operation]:
        """The flat graph: all operations in order, without heads unless asked for."""
        for row in self.rows:
            yield from row.operations()
        for head in self.heads if heads else ():
            yield from head.operations()


def _operations(nodes: Iterable[Node]) -> Iterator[Operation]:
    """The operations of a list of nodes, in order, blocks opened."""
    opened: list[Operation] = []
    _open(nodes, opened)
    return iter(opened)


def _open(nodes: Iterable[Node], opened: list[Operation]) -> None:
    for node in nodes:
        if node.kind == "operation":
            opened.append(node)
        else:
            _open(node.children, opened)
