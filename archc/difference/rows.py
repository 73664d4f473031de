"""What the rows of a table are known by when two tables are aligned, and how alike two of them are.

A row is known by what is printed, by its module's columns and by its layers: each operation with
the norm and the activation behind it. What a row reads is known by the rows that give it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from archc import ops
from archc.analysis.parts import uses
from archc.ir import Block, Head, Network, Node, Operation, Row, Value
from archc.ir.expression import (
    Binary,
    ChannelsOf,
    Column,
    Expression,
    Extremum,
    Number,
    column_name,
)
from archc.ops import Family, Op, Shape

__all__ = [
    "BEFORE",
    "RowLayer",
    "RowProfile",
    "RowRead",
    "Wiring",
    "head_profile",
    "inside",
    "likeness",
    "reads",
    "row_profile",
]

BEFORE = "the row before"

_TIMES = re.compile(r"(?<=\d)x(?=\d)")


@dataclass(frozen=True, slots=True)
class RowLayer:
    """An operation of a row, with the norm and the activation behind it.

    ``place`` names the branches around it. ``forms`` has the arithmetic of its attributes as
    text: attributes of one form differ only because a column or the input does. ``column`` is
    the table's column that gives the filters.
    """

    op: Op
    norm: tuple[Op, ...] = ()
    activation: tuple[Op, ...] = ()
    place: tuple[str, ...] = ()
    forms: tuple[tuple[str, str], ...] = ()
    column: str | None = None

    @property
    def name(self) -> str:
        """What tables call the operation."""
        return self.op.names[0]

    @property
    def label(self) -> str:
        """What a reader finds it by: its column, or its branch and operation."""
        return self.column or " ".join((*self.place[-1:], self.name))


@dataclass(frozen=True, slots=True)
class RowProfile:
    """What a row or a head is known by; ``shapes``, of what it reads and gives, are not compared.

    ``kind`` is the operation's or module's own name, ``word`` the table's; ``family`` is equal for
    operations of like purpose, such as max and average pools. ``columns`` are the module's.
    ``uses`` has the layers of each use of a repeated row, ``operations`` the names of all.
    Profiles of unequal ``digest`` have unequal layers, which is quicker to see.
    """

    printed: str
    name: str
    word: str
    kind: str
    family: str
    repeat: int
    columns: tuple[tuple[str, str], ...]
    uses: tuple[tuple[RowLayer, ...], ...]
    operations: tuple[str, ...]
    digest: int
    shapes: tuple[Shape, Shape] = field(compare=False)

    @property
    def layers(self) -> tuple[RowLayer, ...]:
        """The layers of all uses."""
        return tuple(layer for use in self.uses for layer in use)

    @property
    def single(self) -> RowLayer | None:
        """The layer of a row that is one layer, the first of a repeated one."""
        return self.uses[0][0] if len(self.uses[0]) == 1 else None


def row_profile(row: Row) -> RowProfile:
    """Return the profile of a row."""
    op = ops.find(row.type)
    return _profile(row, row.printed, op.names[0] if op else row.type.casefold(), uses(row))


def head_profile(head: Head) -> RowProfile:
    """Return the profile of an auxiliary head."""
    return _profile(head, head.name, "head", [head.nodes])


def _profile(
    part: Row | Head, printed: str, word: str, uses: Sequence[Sequence[Node]]
) -> RowProfile:
    layers = tuple(tuple(_layers(nodes)) for nodes in uses)
    first = layers[0]
    single = len(first) == 1
    modules = [node for node in part.nodes if node.kind == "module"]
    module = modules[0].module if modules else None
    return RowProfile(
        printed,
        part.name,
        word,
        module.name if module else first[0].name if single else word,
        _family(first[0].op) if single else Family.MODULE,
        len(uses),
        _columns(modules),
        layers,
        tuple(layer.name for use in layers for layer in use),
        hash(layers),
        (part.input.shape, part.output.shape),
    )


def _family(op: Op) -> str:
    """Return the operation's family; max and average pools are one."""
    return "pool" if op.family.is_pool else op.family


def _columns(modules: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """Return the columns of a module's uses with their values: one, or one for each use."""
    columns = {}
    for key in dict.fromkeys(key for use in modules for key in use.arguments):
        values = [str(use.arguments[key].value) for use in modules if key in use.arguments]
        columns[key] = values[0] if len(set(values)) == 1 else ", ".join(values)
    return tuple(columns.items())


# Layers


def _layers(nodes: Sequence[Node], place: tuple[str, ...] = ()) -> Iterator[RowLayer]:
    """Yield the layers of nodes, blocks opened."""
    for node in nodes:
        if node.kind in ("operation", "unit"):
            yield _layer(list(node.operations()), place)
        else:
            branch = (_printed(node.name),) if node.kind == "branch" else ()
            yield from _layers(node.children, (*place, *branch))


def _layer(unit: Sequence[Operation], place: tuple[str, ...]) -> RowLayer:
    first, *rest = unit
    followers = [operation.op for operation in rest]
    forms = {name: _form(expression) for name, expression in first.expressions.items()}
    # `classes` is the network's, said nowhere else in the row: its change is the layer's own.
    own = {name: form for name, form in forms.items() if form != "classes"}
    return RowLayer(
        first.op,
        tuple(op for op in followers if op.family is Family.NORM),
        tuple(op for op in followers if op.family is not Family.NORM),
        place,
        tuple(sorted(own.items())),
        column_name(first.expressions.get("filters")),
    )


def _printed(name: str) -> str:
    """Write a branch's name as tables print it: ``double_3x3`` is ``double 3×3``."""
    return _TIMES.sub("×", name.replace("_", " "))


def _form(expression: Expression) -> str:
    """Write an expression as text, without its values."""
    match expression:
        case Number(value=value):
            return str(value)
        case Column(name=name):
            return name
        case ChannelsOf():
            return "channels"
        case Binary(operator=operator, left=left, right=right):
            return f"({_form(left)} {operator} {_form(right)})"
        case Extremum(name=name, arguments=arguments):
            return f"{name}({', '.join(map(_form, arguments))})"


# Likeness


def likeness(left: RowProfile, right: RowProfile) -> int:
    """Count how much speaks for two rows being the same one; 0 where nothing does.

    Being printed alike counts most, so that of several like rows a label tells which is which;
    then the type, the layers and the columns. Where all that is equal for two rows, shapes decide:
    the one that reads and gives what it did is the same one.
    """
    score = _score(left, right)
    return 2 * score + (left.shapes == right.shapes) if score else 0


def _score(left: RowProfile, right: RowProfile) -> int:
    same_type = left.kind == right.kind or left.word == right.word
    same_family = left.family == right.family != Family.MODULE
    if not (same_type or left.printed == right.printed or same_family):
        return 0
    score = 1 + 4 * (left.printed == right.printed) + 4 * same_type
    score += left.name == right.name
    if left.digest == right.digest and left.uses == right.uses:
        return score + 6
    score += left.columns == right.columns
    return score + _shared(left.operations, right.operations)


@lru_cache(maxsize=4096)
def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """Return 0 to 4: which part of the two rows' operations is the same."""
    one, other = Counter(left), Counter(right)
    return 4 * (one & other).total() // max(1, (one | other).total())


# What rows read


@dataclass(frozen=True, slots=True)
class RowRead:
    """A tensor that a row takes: that of row ``source`` (-1 is the input).

    ``source`` is None for the output of the row before. ``whole`` is true of a row's output,
    false of a tensor inside the row.
    """

    source: int | None
    whole: bool = True


Wiring = tuple[tuple[RowRead, ...], ...]
"""What each row reads, in order."""


def reads(network: Network) -> Wiring:
    """Return what each row of a network reads."""
    owners: dict[Value, int] = {network.input: -1}
    wiring = []
    before = network.input
    for index, row in enumerate(network.rows):
        wiring.append(_reads(row, before, owners, network))
        for operation in row.operations():
            owners.setdefault(operation.output, index)
        before = row.output
    return tuple(wiring)


def _reads(
    row: Row, before: Value, owners: Mapping[Value, int], network: Network
) -> tuple[RowRead, ...]:
    taken = (value for operation in row.operations() for value in operation.inputs)
    row_reads = []
    for value in dict.fromkeys(taken):
        if value is before:
            row_reads.append(RowRead(None))
        elif value in owners:
            source = owners[value]
            whole = source < 0 or value is network.rows[source].output
            row_reads.append(RowRead(source, whole))
    return tuple(row_reads)


def inside(part: Row | Head) -> tuple[tuple[str, str], ...]:
    """Name each operation of a row in order, and what it reads.

    Operations and tensors from elsewhere are numbered as they come (``add 2``, ``input``); which
    rows the latter are of, `reads` says.
    """
    names: dict[Value, str] = {}
    counts: Counter[str] = Counter()
    listed = []
    for operation in part.operations():
        for value in operation.inputs:
            if value not in names:
                names[value] = _counted("input", counts)
        name = _counted(operation.op.names[0], counts)
        listed.append((name, ", ".join(names[value] for value in operation.inputs)))
        names[operation.output] = name
    return tuple(listed)


def _counted(name: str, counts: Counter[str]) -> str:
    counts[name] += 1
    return name if counts[name] == 1 else f"{name} {counts[name]}"
