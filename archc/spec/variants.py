"""Several networks from one file: columns of one table, or changes to a base and its rows."""

from __future__ import annotations

from archc.diagnostics import ArchcError, Code, Diagnostics, Label, nearest
from archc.spec.located import Located
from archc.spec.references import report_unknown_row
from archc.spec.rows import RawRow, RowTable, check_row, find_row, name_rows, raw_row, raw_rows

__all__ = ["UnknownVariantError", "check", "choose", "column_rows", "edit_rows", "variant_names"]


class UnknownVariantError(ArchcError):
    """The spec has no such variant."""


def variant_names(root: Located) -> tuple[str, ...]:
    """The names of a document's variants, in order."""
    variants = root.value.get("variants")
    if variants is None:
        return ()
    if isinstance(variants.value, dict):
        return tuple(variants.value)
    return tuple(str(item.value) for item in variants.items)


def choose(root: Located, wanted: str | None) -> str | None:
    """The variant called ``wanted``, or the first; None if there are none.

    Raises `UnknownVariantError`.
    """
    names = variant_names(root)
    if wanted is None:
        return names[0] if names else None
    if wanted in names:
        return wanted
    known = ", ".join(f"`{name}`" for name in names)
    reason = (nearest(wanted, names) or f"it has {known}") if names else "it has no variants"
    raise UnknownVariantError(f"the spec has no variant `{wanted}`: {reason}")


def check(root: Located, diagnostics: Diagnostics) -> None:
    """Check that variants have names of their own, and no variants in turn."""
    variants = root.value.get("variants")
    if variants is None:
        return
    names = variant_names(root)
    for index, item in enumerate(variants.items):
        if str(item.value) in names[:index]:
            message, help_ = f"the variant `{item.value}` is given twice", "rename one of the two"
            first = [Label(variants.items[names.index(str(item.value))].span, "first given here")]
            diagnostics.add(Code.DUPLICATE_NAME, message, item.span, help=help_, labels=first)
    for _, changes in variants.entries:
        for key in ("extends", "variants"):
            if isinstance(changes.value, dict) and key in changes.value:
                message = f"a variant has no `{key}`"
                help_ = "it says what it changes of this spec"
                diagnostics.add(Code.UNKNOWN_KEY, message, changes.key(key).span, help=help_)


def column_rows(rows: Located, index: int, count: int, diagnostics: Diagnostics) -> Located:
    """Return one column of a table whose columns are networks.

    A row with a single cell belongs to all of them. A cell may list several rows: ``conv3-64,
    conv3-64``.
    """
    found: list[Located] = []
    for row in rows.items:
        if not isinstance(row.value, list):
            found.append(row)
            continue
        extra = [cell for cell in row.items[-1:] if isinstance(cell.value, dict)]
        cells = row.items[: len(row.items) - len(extra)]
        if len(cells) not in (1, count):
            message = f"{len(cells)} cells, but {count} variants"
            help_ = "give each variant a cell, `~` for none, or give one cell for all"
            diagnostics.add(Code.TOO_MANY_CELLS, message, row.span, help=help_)
            continue
        cell = cells[index if len(cells) > 1 else 0]
        if isinstance(cell.value, list | dict):
            help_ = "write several rows as words: `conv3-64, conv3-64`"
            diagnostics.add(Code.WRONG_TYPE, f"a cell is {cell.shown}", cell.span, help=help_)
            continue
        found.extend(
            cell.with_value([cell.with_value(token.strip()), *extra])
            for token in str(cell.value).split(",")
            if cell.value is not None
        )
    return rows.with_value(found)


_NEW = "a new row needs `after` or `before`"


def edit_rows(
    rows: list[RawRow], edits: Located, table: RowTable, diagnostics: Diagnostics
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


def _edited(row: RawRow, edit: Located, table: RowTable, diagnostics: Diagnostics) -> list[RawRow]:
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
