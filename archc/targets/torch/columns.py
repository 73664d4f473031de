"""Which columns of a module its class takes as arguments, and what they are called there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archc.ir import Block, Operation
from archc.targets.python import identifier
from archc.targets.symbol import Symbol

__all__ = ["FIXED", "Shared", "column_names", "columns_of", "last_with_filters", "shared_columns"]

FIXED = frozenset(
    {"in_channels", "out_channels", "num_classes", "self", "super", "nn", "torch", "min", "max"}
)
"""Names that no column's argument may take."""


def column_names(block: Block) -> dict[str, str]:
    """The argument for each column of a module's use."""
    if block.kind != "module":
        return {}
    taken = set(FIXED)
    found = {}
    for column in block.arguments:
        found[column] = identifier(column, taken)
        taken.add(found[column])
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """What all uses of a class have in common.

    ``constants`` are columns with a default and one value, ``copies`` columns that are another
    one, as their default says.
    """

    constants: frozenset[str]
    copies: dict[str, str]


def shared_columns(uses: Sequence[Block]) -> Shared:
    """What the uses have in common, found once for all of them."""
    template = uses[0]
    info = template.module
    if template.kind != "module" or info is None:
        return Shared(frozenset(), {})
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
    return Shared(frozenset(constants), copies)


def columns_of(block: Block, shared: Shared) -> dict[str, int]:
    """The columns of a use in the terms of the class that serves it and others.

    A column that is the same everywhere is its number or the other column; others are arguments.
    """
    found: dict[str, int] = {}
    for column, name in column_names(block).items():
        value = block.arguments[column].value
        found[column] = value if column in shared.constants else Symbol(value, name)
    for column, other in shared.copies.items():
        found[column] = found[other]
    return found


def last_with_filters(block: Block) -> Operation | None:
    """The operation whose filters are the unit's ``out_channels``."""
    for each in reversed(block.children):
        if isinstance(each, Operation) and "filters" in each.op.required():
            return each
    return None
