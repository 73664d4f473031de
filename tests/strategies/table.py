"""Rows as a table prints them: as mappings, or as lists under columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.strategies.body import Body
from tests.strategies.counts import Row, Tensor
from tests.strategies.vocabulary import COLUMNS
from tests.strategies.writer import Writer

DEFAULT_COLUMNS = ("type", "patch", "filters")


def written(body: Body) -> list[Any]:
    """The rows, some as lists under the default columns."""
    return [_as_list(body.writer, row, DEFAULT_COLUMNS) for row in body.rows]


def _as_list(writer: Writer, row: Row, columns: Sequence[str]) -> Any:
    """A row as a mapping, or as a list with what has no column in a mapping at its end."""
    if set(row) == {"type"} and writer.chance(2):
        return row["type"]
    if "type" not in row or writer.chance(2):
        return dict(row)
    cells = [row.get(column) for column in columns]
    while cells and cells[-1] is None:
        cells.pop()
    rest = {key: cell for key, cell in row.items() if key not in columns}
    return [*cells, rest] if rest else cells


def write_table(body: Body, claims: bool) -> tuple[list[str] | None, list[Any]]:
    """The rows under columns of the table's own, or as mappings."""
    writer = body.writer
    rows = [dict(row) for row in body.rows]
    for row, output in zip(rows, body.outputs, strict=True):
        if claims and writer.chance(2):
            _claim(row, output)
    if not writer.chance(2):
        return None, [_as_list(writer, row, DEFAULT_COLUMNS) for row in rows]
    used = dict.fromkeys(key for row in rows for key in row if key not in ("type", "branches"))
    chosen = [key for key in used if key in ("patch", "filters", "output size", "ops")]
    chosen += [key for key in used if key in COLUMNS]
    columns = ["type", *chosen]
    table = [_as_list(writer, row, columns) for row in rows]
    printed = ["patch size/stride" if key == "patch" else key for key in columns]
    return printed, table


def _claim(row: Row, output: Tensor) -> None:
    """Print the row's size, and some figures that may be wrong."""
    channels = output.channels.of({})
    if output.size is None:
        row["output size"] = f"1×1×{channels}"
    else:
        row["output size"] = f"{output.size[0]}×{output.size[1]}×{channels}"
        if row.get("filters") == channels and "kernel" not in row:
            del row["filters"]
    row["ops"] = "1.5M"
