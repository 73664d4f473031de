"""Make specs of tables as they are pasted: read, map, infer padding, write."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path, PurePath

from archc.diagnostics import Code, Diagnostics
from archc.sources.tables.draft import Draft, check_text, write
from archc.sources.tables.figures import fill_gaps, right_ops, settle_units
from archc.sources.tables.grid import MAX_BYTES, PastedTable, decode, read_grid, refuse
from archc.sources.tables.rows import draft_columns, draft_rows, is_network_table
from archc.sources.tables.vocabulary import TableColumn, is_flops, is_type, map_headers, type_column

__all__ = ["MAX_BYTES", "Imported", "import_table"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A spec's text, what was assumed in it, and what is wrong with it, if anything."""

    text: str
    notes: tuple[str, ...]
    diagnostics: Diagnostics


def import_table(
    data: bytes,
    file: str,
    target: str,
    *,
    name: str | None = None,
    size: str | None = None,
    flops: int | None = None,
) -> Imported:
    """Make the spec of a table's bytes.

    ``file`` is what the table is called in messages, ``target`` the spec that will be written;
    ``name`` and ``size`` are the network's name and input. ``flops`` is how many of the table's
    FLOPs a multiply-add is, 1 or 2; as its figures fit if not given. Raises `SpecError` if there
    is no table.
    """
    stem = PurePath(file).stem if file != "<stdin>" else "imported table"
    source = "a pasted table" if file == "<stdin>" else _shown(PurePath(file).name)
    empty = Draft(_shown(name or stem), source, size or "", [])
    folder = Path(target).parent if target != "-" else None
    draft = _settled(read_grid(decode(data, file)), empty, folder, flops)
    draft.notes.append("convolutions and linear layers have biases")
    draft.notes.append(
        "heads, and rows that the table leaves out (as local response norm), are not in it"
    )
    text = write(draft)
    checked = check_text(text, target if target != "-" else "<stdout>", folder)
    return Imported(text, tuple(draft.notes), checked.diagnostics)


def _settled(grid: PastedTable, empty: Draft, folder: Path | None, flops: int | None) -> Draft:
    """Draft the table's spec, with all that its figures settle."""
    draft = _drafted(grid, empty, folder, flops or 1)
    if flops is not None or not draft.flops:
        return draft
    header = draft.flops
    networks = check_text(write(draft), draft.source, folder).networks
    (once, judged), (twice, _) = (
        right_ops(networks[0], factor) if networks else (0, 0) for factor in (1, 2)
    )
    if twice > once:
        draft = _drafted(grid, empty, folder, 2)
        draft.notes.append(_flops_note(header, 2, 1, f"{twice} of its {judged} are right", once))
    elif once:
        draft.notes.append(_flops_note(header, 1, 2, f"{once} of its {judged} are right", twice))
    else:
        draft.notes.append(
            f"`{header}` count 1 for a multiply-add; `--flops 2` says that they count 2"
        )
    return draft


def _flops_note(header: str, chosen: int, other: int, right: str, otherwise: int) -> str:
    return (
        f"`{header}` count {chosen} for a multiply-add: then {right}, and {otherwise} if they "
        f"count {other} (`--flops {other}`)"
    )


def _drafted(grid: PastedTable, empty: Draft, folder: Path | None, flops: int) -> Draft:
    draft = deepcopy(empty)
    _fill(grid, draft, flops)
    fill_gaps(draft, folder)
    settle_units(draft, folder)
    return draft


def _shown(text: str) -> str:
    """Strip a name of what cannot be printed."""
    return (
        " ".join("".join(char if char.isprintable() else " " for char in text).split()) or "table"
    )


def _fill(grid: PastedTable, draft: Draft, flops: int) -> None:
    notes: list[str] = []
    columns = map_headers(grid, notes, flops)
    if type_column(columns) is None and is_network_table(grid):
        draft_columns(grid, draft)
        return
    if type_column(columns) is None:
        columns = _first_as_type(grid, columns)
    draft.notes.extend(notes)
    draft.flops = next((column.printed for column in columns if _is_flops(column)), "")
    draft_rows(grid, columns, draft)


def _is_flops(column: TableColumn) -> bool:
    return column.key == "ops" and is_flops(column.printed)


def _first_as_type(grid: PastedTable, columns: list[TableColumn]) -> list[TableColumn]:
    """Take the first column for the types if most of its cells are types."""
    known = sum(is_type(line[0].text) for line in grid.rows)
    if 2 * known <= len(grid.rows):
        message, help_ = "no column says what the rows are", "call the column of types `type`"
        refuse(Code.MISSING_KEY, message, grid.header[0].span, help_)
    return [TableColumn(grid.header[0], "type"), *columns[1:]]
