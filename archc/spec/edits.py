"""A variant's edits of the rows that it extends."""

from __future__ import annotations

from archc.diagnostics import Code, Diagnostics, Label
from archc.spec.located import Located
from archc.spec.references import report_unknown_row
from archc.spec.rows import RawRow, Table, check_row, find_row, name_rows, raw_row, raw_rows

__all__ = ["edit_rows"]

_NEW = "a new row needs `after` or `before`"


def edit_rows(
    rows: list[RawRow], edits: Located, table: Table, diagnostics: Diagnostics
) -> list[RawRow]:
    """Apply a variant's ``rows`` mapping to the rows it extends.

    A key names a row (by name or as printed). ``~`` removes it, a mapping changes its cells,
    a list puts rows in its place. A new name needs ``after`` or ``before``.
    """
    for key, edit in edits.entries:
        index = find_row(rows, key)
        if index is not None and _is_new(edit):
            message = f"`{key}` is a row already, and only a new one has `after` or `before`"
            first = [Label(rows[index].located.span, "this row")]
            help_, span = "choose another name for a new row", edits.key(key).span
            diagnostics.add(Code.DUPLICATE_NAME, message, span, help=help_, labels=first)
            continue
        if index is not None:
            edited = _edited(rows[index], edit, table, diagnostics)
            del rows[index]
            if isinstance(edit.value, list):
                name_rows(edited, rows)
            rows[index:index] = edited
            continue
        names = [(row.name, row.type) for row in rows]
        at = _neighbour(edit, diagnostics)
        if at is None:
            message = f"there is no row `{key}` to change"
            new = _NEW if isinstance(edit.value, dict) else None
            place = edits.key(key).with_value(key)
            report_unknown_row(place, names, diagnostics, message, otherwise=new)
            continue
        index = _insertion(rows, edit)
        if index is None:
            report_unknown_row(at, names, diagnostics)
            continue
        added = raw_row(edit, table, diagnostics)
        added.cells.pop("after", None)
        added.cells.pop("before", None)
        added.cells.setdefault("name", edits.key(key))
        added.name = key
        check_row(added, diagnostics)
        rows.insert(index, added)
    return rows


def _is_new(edit: Located) -> bool:
    """Whether an edit says where it is put, as one of a new row does."""
    return any(key in ("after", "before") for key, _ in edit.entries)


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


def _neighbour(edit: Located, diagnostics: Diagnostics) -> Located | None:
    """The row that a new one is put beside."""
    if not isinstance(edit.value, dict):
        return None
    after, before = edit.value.get("after"), edit.value.get("before")
    if after is not None and before is not None:
        message, help_ = "a new row has `after` or `before`, not both", "remove one of the two"
        span, first = edit.key("before").span, Label(edit.key("after").span, "given here, too")
        diagnostics.add(Code.EXCLUSIVE, message, span, help=help_, labels=[first])
    found: Located | None = after or before
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
