"""Which columns of a module its class takes as arguments, and what they are called there."""

from __future__ import annotations

from collections.abc import Sequence

from archc.emit.python import identifier
from archc.emit.symbol import Symbol
from archc.ir import Block, Operation

__all__ = ["FIXED", "column_names", "columns_of", "last_with_filters"]

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


def columns_of(block: Block, uses: Sequence[Block]) -> dict[str, int]:
    """The columns of a use in the terms of the class that serves all ``uses``.

    A column with a default that is the same in every use is that number; one that in every use
    is another column, as its default says, is that one; others are arguments.
    """
    info = block.module
    found: dict[str, int] = {}
    if block.kind != "module" or info is None:
        return found
    for column, name in column_names(block).items():
        values = {use.arguments[column].value for use in uses}
        value = block.arguments[column].value
        constant = len(values) == 1 and (column in info.defaults or column in info.aliases)
        found[column] = value if constant else Symbol(value, name)
    for column, other in info.aliases.items():
        if column in found and other in found and _always_equal(column, other, uses):
            found[column] = found[other]
    return found


def _always_equal(column: str, other: str, uses: Sequence[Block]) -> bool:
    return all(use.arguments[column].value == use.arguments[other].value for use in uses)


def last_with_filters(block: Block) -> Operation | None:
    """The operation whose filters are the unit's ``out_channels``."""
    for each in reversed(block.children):
        if isinstance(each, Operation) and "filters" in each.op.required():
            return each
    return None
