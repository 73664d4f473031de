"""Repeated rows: how often they are used, and cells that list a value for each use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NoReturn

from archc.diagnostics import Code, Diagnostics
from archc.ir import Value
from archc.spec.located import Located
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import parse_type

__all__ = ["at_use", "possible_series", "repeat_of", "series"]

_LISTS = frozenset({"from", "rows", "branches"})
"""What is a list by nature, whatever the row."""
_PAIRS = frozenset({"kernel", "stride", "dilation", "output", "padding"})
"""The attributes of operations that two numbers may give: height×width."""
_SIDES = "padding"
"""The one that four numbers may give, too: top, bottom, left and right."""
_KINDS = frozenset({"type", "as"})
"""The cells that say what a row is."""


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


def at_use(row: RawRow, use: int, listed: Mapping[str, Located]) -> RawRow:
    """The row at one of its repeats: a cell that lists a value for each use has this one's."""
    if not listed:
        return row
    cells, keys = dict(row.cells), dict(row.keys)
    for key, cell in listed.items():
        cells[key] = cell.items[min(use, len(cell.items) - 1)]
        if keys.get(key) is cell:
            keys[key] = cells[key]
    return replace(row, cells=cells, keys=keys)


def possible_series(row: RawRow) -> dict[str, Located]:
    """The cells that list a value for each use, where it is not known how many uses there are.

    What may as well be one size is left out.
    """
    return {
        key: cell
        for key, cell in row.cells.items()
        if cell.items and key not in _LISTS and not _is_size(key, cell)
    }


def series(
    row: RawRow, repeat: int, is_operation: Callable[[RawRow], bool], diagnostics: Diagnostics
) -> dict[str, Located]:
    """The cells of a repeated row that list a value for each use, by column.

    A module's own column always does. Raises `Poisoned` after reporting a list that does not fit
    the uses, or, of an operation, one that may be a size as well.
    """
    listed = {
        key: cell
        for key, cell in row.cells.items()
        if isinstance(cell.value, list) and key not in _LISTS and repeat > 1
    }
    sizes = {key for key, cell in listed.items() if _is_size(key, cell)}
    kinds = {key: listed[key] for key in _KINDS & listed.keys() if listed[key].items}
    if sizes and not is_operation(at_use(row, 0, kinds)):
        sizes = set()
    for key, cell in listed.items():
        length = len(cell.items)
        if length == repeat and key in sizes and len({item.value for item in cell.items}) > 1:
            _report_ambiguous(key, cell, diagnostics)
        elif length != repeat and key in sizes and _has_sides(key, cell):
            continue
        elif length != repeat:
            _report_length(key, cell, repeat, key in sizes, diagnostics)
    return {key: cell for key, cell in listed.items() if len(cell.items) == repeat}


def _is_size(key: str, cell: Located) -> bool:
    """Whether a list is one size where an operation is used once: as `[3, 5]` is 3×5."""
    whole = all(type(item.value) is int for item in cell.items)
    return whole and key in _PAIRS and (len(cell.items) == 2 or _has_sides(key, cell))


def _has_sides(key: str, cell: Located) -> bool:
    return key == _SIDES and len(cell.items) == 4


def _report_length(
    key: str, cell: Located, repeat: int, is_size: bool, diagnostics: Diagnostics
) -> NoReturn:
    """A list that has not one value for each use. Raises `Poisoned`."""
    message = f"`{key}` lists {len(cell.items)} values, but the row is used {repeat} times"
    help_ = "list one value for each use, or write one for all"
    if is_size:
        help_ += f": height×width is `{_as_size(cell)}`"
    diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def _report_ambiguous(key: str, cell: Located, diagnostics: Diagnostics) -> NoReturn:
    """A list that has two meanings, and how each is written. Raises `Poisoned`."""
    meaning, written = "height×width", f"`{_as_size(cell)}`"
    if _has_sides(key, cell):
        meaning, written = "the four sides", "four such lists"
    each = ", ".join(f"{item.value}×{item.value}" for item in cell.items)
    message = f"`{key}` may be {meaning}, or a value for each of the {len(cell.items)} uses"
    help_ = f"write {written} for {meaning} in every use, `[{each}]` for a value for each"
    diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def _as_size(cell: Located) -> str:
    return "×".join(str(item.value) for item in cell.items)
