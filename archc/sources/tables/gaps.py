"""Modules that a table leaves out between two rows, found by the sizes that it prints."""

from __future__ import annotations

from copy import copy
from pathlib import Path

from archc.diagnostics import Code
from archc.ops import Shape, format_shape
from archc.sources.tables.catalogue import ModuleCard, modules
from archc.sources.tables.checking import check_text
from archc.sources.tables.draft import Draft, DraftRow
from archc.sources.tables.writer import write
from archc.spec.tokens import column_key, parse_size

__all__ = ["fill_gaps"]

_MOST = 12  # gaps that are filled


def fill_gaps(draft: Draft, folder: Path | None) -> None:
    """Add what the printed input sizes need: library modules that need no columns.

    Only where a row does not get the input that the table claims for it, and only if exactly
    one module gives that.
    """
    for _ in range(_MOST):
        index = _first_wrong(draft, folder)
        wanted = _claimed_input(draft, index) if index else None
        if index is None or wanted is None:
            return
        fitting = [card for card in modules() if _gives(card, wanted, draft, index, folder)]
        if len(fitting) != 1:
            return
        _insert(draft, index, wanted, fitting[0])


def _first_wrong(draft: Draft, folder: Path | None) -> int | None:
    """The first row with a wrong size; rows are the last lines of a spec, one each."""
    text = write(draft)
    before = text.count("\n") - len(draft.rows)
    found = check_text(text, draft.source, folder).diagnostics
    wrong = (each.span.line for each in found if each.code is Code.WRONG_CLAIM)
    return min((line - before - 1 for line in wrong), default=None)


def _claimed_input(draft: Draft, index: int) -> Shape | None:
    """The feature map that a row claims to read."""
    columns = draft.columns or []
    meanings = columns if isinstance(columns, dict) else dict.fromkeys(columns)
    keys = [meaning or column_key(name) for name, meaning in meanings.items()]
    row = draft.rows[index]
    if "input size" not in keys or not row.listed:
        return None
    size = parse_size(str(row.cells[keys.index("input size")]))
    return (size[2], size[0], size[1]) if size is not None and len(size) == 3 else None


def _gives(card: ModuleCard, wanted: Shape, draft: Draft, index: int, folder: Path | None) -> bool:
    """Whether a module that needs no columns makes the claimed input of what comes before."""
    if card.required:
        return False
    part = copy(draft)
    part.rows = [*draft.rows[:index], DraftRow([card.name], listed=False)]
    part.classes = None
    networks = check_text(write(part), draft.source, folder).networks
    return bool(networks) and networks[0].output.shape == wanted


def _insert(draft: Draft, index: int, wanted: Shape, card: ModuleCard) -> None:
    following = draft.rows[index].cells[0]
    draft.rows.insert(index, DraftRow([card.name], listed=False))
    draft.notes.append(
        f"before `{following}` the sizes need something that the table leaves out: the library's "
        f"module `{card.name}` gives the printed {format_shape(wanted)}, and is added"
    )
