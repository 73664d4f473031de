"""Several networks in one file: as columns of one table, or as changes to a base."""

from __future__ import annotations

from archc.diagnostics import ArchcError, Code, Diagnostics, Label, nearest
from archc.spec.located import Located

__all__ = ["UnknownVariantError", "check", "choose", "column_rows", "variant_names"]


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
    """Variants have names of their own, and are no specs with variants in turn."""
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
    """One column of a table whose columns are networks.

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
