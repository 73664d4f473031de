"""Repeated rows: how often they are used, and cells that list a value for each use."""

from __future__ import annotations

from dataclasses import replace

from archc.diagnostics import Code, Diagnostics
from archc.ir import Value
from archc.spec.located import Located
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import parse_type

__all__ = ["at_use", "check_series", "repeat_of", "series"]

_LISTS = frozenset({"from", "rows", "branches", "padding"})
"""What is a list by nature."""
_PAIRS = frozenset({"kernel", "stride", "dilation", "output"})
"""What may be a list of height and width: a series of them is a list of lists."""


def repeat_of(row: RawRow, scope: Scope, value: Value) -> int:
    """How often the row is used, from ``3×Inception`` or ``repeat``."""
    cell = row.cells.get("repeat")
    if cell is None:
        if "as" not in row.cells and (parsed := parse_type(row.type)) and parsed.repeat > 0:
            return parsed.repeat
        texts = (row.text("as"), row.type)
        times = [each.repeat for each in map(parse_type, filter(None, texts)) if each]
        if min(times, default=1) >= 1:
            return max(times, default=1)
        cell = row.cells["type"].with_value(0)
    elif type(cell.value) is int or isinstance(cell.value, str):
        number = scope.arithmetic(cell, value).value
        if number >= 1 or isinstance(cell.value, str):
            return max(number, 0)
    help_ = "it must be a whole number, at least 1"
    message = f"the repeat is {cell.shown}"
    scope.diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def at_use(row: RawRow, use: int, uses: int) -> RawRow:
    """The row at one of its repeats: a cell that lists a value for each use has this one's."""
    listed = series(row) if uses > 1 else {}
    if not listed:
        return row
    cells, keys = dict(row.cells), dict(row.keys)
    for key, cell in listed.items():
        cells[key] = cell.items[use]
        if keys.get(key) is cell:
            keys[key] = cells[key]
    return replace(row, cells=cells, keys=keys)


def series(row: RawRow) -> dict[str, Located]:
    """The cells of a repeated row that list a value for each use."""
    return {
        key: cell
        for key, cell in row.cells.items()
        if isinstance(cell.value, list)
        and key not in _LISTS
        and (key not in _PAIRS or any(item.items for item in cell.items))
    }


def check_series(row: RawRow, repeat: int, diagnostics: Diagnostics) -> None:
    """A cell that lists values for the uses of a repeated row has one for each."""
    for key, cell in series(row).items() if repeat > 1 else ():
        if len(cell.items) == repeat:
            continue
        message = f"`{key}` lists {len(cell.items)} values, but the row is used {repeat} times"
        help_ = "list one value for each use, or write one for all"
        diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
        raise Poisoned
