"""The uses of one class: what they have in common, and how they differ."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from archc.ir import Block, Operation, Value
from archc.plan.arguments import Argument, argument_text, is_default
from archc.plan.members import Application
from archc.plan.names import identifier
from archc.plan.symbol import Symbol

__all__ = [
    "FIXED",
    "ClassBody",
    "Construction",
    "SharedColumns",
    "UseDifference",
    "column_names",
    "columns_of",
    "difference",
    "last_with_filters",
    "same_terms",
    "shared_columns",
]

FIXED = frozenset(
    {"in_channels", "out_channels", "num_classes", "self", "super", "nn", "torch", "min", "max"}
)
"""Names that no column's parameter may take."""

_MISSING = 2
"""So many layers may be missing; with more, two classes are clearer."""


@dataclass(slots=True, eq=False)
class Construction:
    """What a member is set to: a layer or class with arguments, or a sequence of parts.

    A layer knows its ``operation``. A stage's parts have ``comments``, by the number of the
    part that ends a row. ``option`` is the flag without which there is nothing.
    """

    head: str
    arguments: list[Argument] = field(default_factory=list)
    parts: list[Construction] = field(default_factory=list)
    operation: Operation | None = None
    comments: dict[int, str] = field(default_factory=dict)
    option: str | None = None

    def walk(self) -> Iterator[Construction]:
        """The construction and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True, eq=False)
class ClassBody:
    """The inside of a class: what its members are set to, and what forward does with them."""

    members: list[tuple[str, Construction]]
    flow: list[Application]


# Columns


def column_names(block: Block, fixed: Collection[str] = FIXED) -> dict[str, str]:
    """Return the parameter for each column of a module's use."""
    if block.kind != "module":
        return {}
    taken = set(fixed)
    found = {}
    for column in block.arguments:
        found[column] = identifier(column, taken)
        taken.add(found[column])
    return found


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """What all uses of a class have in common.

    ``constants`` are columns with a default and one value, ``copies`` columns that are another
    one, as their default says.
    """

    constants: frozenset[str]
    copies: dict[str, str]


def shared_columns(uses: Sequence[Block]) -> SharedColumns:
    """Return what the uses have in common."""
    template = uses[0]
    info = template.module
    if template.kind != "module" or info is None:
        return SharedColumns(frozenset(), {})
    values = {
        column: [use.arguments[column].value for use in uses]
        for column in template.arguments
        if column in info.defaults or column in info.aliases or column in info.aliases.values()
    }
    constants = (
        column
        for column in values
        if (column in info.defaults or column in info.aliases) and len(set(values[column])) == 1
    )
    copies = {
        column: other
        for column, other in info.aliases.items()
        if column in values and other in values and values[column] == values[other]
    }
    return SharedColumns(frozenset(constants), copies)


def columns_of(block: Block, shared: SharedColumns) -> dict[str, int]:
    """Return the columns of a use in the terms of the class that serves it and others.

    A column that is the same everywhere is its number or the other column; others are parameters.
    """
    found: dict[str, int] = {}
    for column, name in column_names(block).items():
        value = block.arguments[column].value
        found[column] = value if column in shared.constants else Symbol(value, name)
    for column, other in shared.copies.items():
        found[column] = found[other]
    return found


def last_with_filters(block: Block) -> Operation | None:
    """Return the operation whose filters are the unit's ``out_channels``."""
    return next(
        (made for made in reversed([*block.operations()]) if "filters" in made.op.required()), None
    )


# Differences
#
# A shortcut that is projected only where the widths differ, a last activation that is missing,
# a pool that is a maximum here and a mean there: such uses share a class, which takes what
# differs as an argument. A missing layer is an identity.


@dataclass(frozen=True, slots=True)
class UseDifference:
    """What a use lacks of the fullest one, and where it has another layer.

    ``missing`` are members; ``changed`` the number of a part in a member.
    """

    missing: frozenset[str]
    changed: frozenset[tuple[str, int]]


def same_terms(full: ClassBody, other: ClassBody) -> bool:
    """Whether what both have is said with the same arguments, so that no new ones are needed."""
    parts = dict(full.members)
    return all(
        _terms(mine) == _terms(theirs)
        for name, construction in other.members
        if name in parts
        for mine, theirs in zip(parts[name].walk(), construction.walk(), strict=False)
        if mine.head == theirs.head
    )


def difference(full: ClassBody, other: ClassBody) -> UseDifference | None:
    """Return how ``other`` differs from ``full``; None where it takes two classes to say."""
    names = [name for name, _ in other.members]
    missing = frozenset(name for name, _ in full.members).difference(names)
    if [name for name, _ in full.members if name not in missing] != names:
        return None
    if len(missing) > _MISSING or _wiring(full, missing) != _wiring(other, frozenset()):
        return None
    parts = dict(full.members)
    changed: set[tuple[str, int]] = set()
    for name, construction in other.members:
        pairs = list(_paired(parts[name], construction))
        if None in pairs:
            return None
        changed |= {(name, number) for number, differs in enumerate(pairs) if differs}
    return UseDifference(missing, frozenset(changed))


def _wiring(body: ClassBody, skipped: frozenset[str]) -> list[Hashable]:
    """Return which member or formula reads what, the ``skipped`` members passed through."""
    numbers: dict[Value, int] = {}
    steps: list[Hashable] = []
    for step in body.flow:
        read = tuple(numbers.get(value, -1) for value in step.inputs)
        if step.member in skipped:
            numbers[step.output] = read[0]
            continue
        numbers[step.output] = len(steps)
        steps.append((step.member, step.join and step.join.op, read))
    return steps


def _paired(full: Construction, other: Construction) -> Iterator[bool | None]:
    """For each part whether the layers differ; None where that is not all that differs."""
    is_same = full.head == other.head
    if len(full.parts) != len(other.parts) or not (is_same or _only_heads_differ(full, other)):
        yield None
        return
    yield not is_same
    for mine, theirs in zip(full.parts, other.parts, strict=True):
        yield from _paired(mine, theirs)


def _only_heads_differ(full: Construction, other: Construction) -> bool:
    """Whether one layer can stand for the other with the same arguments."""
    are_layers = full.operation is not None and other.operation is not None
    return are_layers and _written(full) == _written(other)


def _terms(construction: Construction) -> list[str | None]:
    """Return the arguments in terms of the class's own; None for what is a literal."""
    values = (argument.value for argument in construction.arguments)
    return [value.text if isinstance(value, Symbol) else None for value in values]


def _written(construction: Construction) -> list[tuple[str, str]]:
    return [
        (argument.name, argument_text(argument.value))
        for argument in construction.arguments
        if not is_default(argument)
    ]
