"""A variant's edits of the rows that it extends."""

from __future__ import annotations

from archc.diagnostics import Code, Diagnostics, nearest
from archc.spec.located import Located
from archc.spec.rows import RawRow, Table, check_row, find_row, name_rows, raw_row, raw_rows

__all__ = ["edit_rows"]


def edit_rows(
    rows: list[RawRow], edits: Located, table: Table, diagnostics: Diagnostics
) -> list[RawRow]:
    """Apply a variant's ``rows`` mapping to the rows it extends.

    A key names a row (by name or as printed). ``~`` removes it, a mapping changes its cells,
    a list puts rows in its place. A new name needs ``after`` or ``before``.
    """
    for key, edit in edits.entries:
        index = find_row(rows, key)
        if index is not None:
            edited = _edited(rows[index], edit, table, diagnostics)
            del rows[index]
            if isinstance(edit.value, list):
                name_rows(edited, rows)
            rows[index:index] = edited
            continue
        names = [row.name for row in rows] + [row.type for row in rows]
        at = _neighbour(edit)
        if at is None:
            message = f"there is no row `{key}` to change"
            help_ = nearest(key, names) or "a new row needs `after` or `before`"
            diagnostics.add(Code.UNKNOWN_ROW, message, edits.key(key).span, help=help_)
            continue
        place = _insertion(rows, edit)
        if place is None:
            message = f"there is no row {at.shown}"
            help_ = nearest(str(at.value), names) or "name a row of the base"
            diagnostics.add(Code.UNKNOWN_ROW, message, at.span, help=help_)
            continue
        added = raw_row(edit, table, diagnostics)
        added.cells.pop("after", None)
        added.cells.pop("before", None)
        added.cells.setdefault("name", edits.key(key))
        added.name = key
        check_row(added, diagnostics)
        rows.insert(place, added)
    return rows


def _edited(row: RawRow, edit: Located, table: Table, diagnostics: Diagnostics) -> list[RawRow]:
    if edit.value is None:
        return []
    if isinstance(edit.value, list):
        return raw_rows(edit, table, diagnostics)
    changed = raw_row(edit, table, diagnostics)
    merged = {**row.cells, **changed.cells}
    cells = {key: cell for key, cell in merged.items() if cell.value is not None}
    keys = {**row.keys, **changed.keys}
    broken = row.broken or changed.broken
    found = RawRow(row.located, cells, keys, row.name, headers=row.headers, broken=broken)
    check_row(found, diagnostics)
    return [found]


def _neighbour(edit: Located) -> Located | None:
    """The row that a new one is put beside."""
    if not isinstance(edit.value, dict):
        return None
    found: Located | None = edit.value.get("after") or edit.value.get("before")
    return found


def _insertion(rows: list[RawRow], edit: Located) -> int | None:
    if not isinstance(edit.value, dict):
        return None
    for word, offset in (("after", 1), ("before", 0)):
        at = edit.value.get(word)
        index = find_row(rows, str(at.value)) if at is not None else None
        if index is not None:
            return index + offset
    return None
