"""What kind of thing several operations are together."""

from __future__ import annotations

from collections.abc import Iterable

from archc.ir import Head, Operation, Row
from archc.ops.family import Family

__all__ = ["kind_of_all", "kind_of_part"]


def kind_of_part(part: Row | Head) -> Family:
    """A row's kind is that of one of its uses."""
    found = list(part.operations())
    uses = part.repeat if isinstance(part, Row) else 1
    return kind_of_all(found[: len(found) // uses])


def kind_of_all(operations: Iterable[Operation]) -> Family:
    """That of the only one with a kernel, else of the first; a module's if several have one."""
    found = list(operations)
    heavy = [each for each in found if each.op.layers]
    if len(heavy) > 1:
        return Family.MODULE
    main = heavy or found
    return main[0].op.family if main else Family.OTHER
