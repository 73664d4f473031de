"""What a row of any kind may say besides: columns, a norm, an activation, repeats."""

from __future__ import annotations

from typing import Any

from tests.strategies.body import Body
from tests.strategies.counts import Row
from tests.strategies.vocabulary import ACTIVATIONS, NORMS


def modify(body: Body, row: Row) -> None:
    """A norm and an activation behind the row's operation."""
    if body.writer.chance(3):
        row["norm"] = body.writer.one(NORMS)
    if body.writer.chance(2):
        row["activation"] = column_or(body, "activation", body.writer.one(ACTIVATIONS))


def column_or(body: Body, kind: str, value: Any) -> Any:
    """A column of the kind, or a value."""
    found = body.columns_of(kind)
    return body.writer.one([*found, *found, value])


def flag(body: Body) -> Any:
    """A column, true or false."""
    return column_or(body, "flag", body.writer.chance(2))


def repeat(body: Body, row: Row) -> int:
    """Repeat the row now and then; says how often. Its lists would be one value per use."""
    if isinstance(row.get("kernel"), list) or not body.writer.chance(8):
        return 1
    times = body.writer.upto(3, 2)
    if body.writer.chance(2) and "(" not in row["type"]:
        row["type"] = f"{times}×{row['type']}"
    else:
        row["repeat"] = times
    return times
