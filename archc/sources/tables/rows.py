"""A table whose rows are a network's, as a draft of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archc.diagnostics import Code
from archc.ops.arrangement import Flatten
from archc.quantities import parse_quantity
from archc.sources.tables.draft import Draft, DraftRow, Scalar, scalar
from archc.sources.tables.entry import Entry
from archc.sources.tables.grid import Cell, Grid, refuse
from archc.sources.tables.headers import Column, is_type
from archc.sources.tables.settle import settle, settle_types
from archc.sources.tables.words import is_input
from archc.spec.tokens import TypeText, parse_size, parse_type

__all__ = ["draft_rows", "input_size"]

_FIGURES = ("params", "ops")
_USUAL = "224×224×3"


def draft_rows(grid: Grid, columns: list[Column], draft: Draft) -> None:
    """Fill the draft with the table's rows."""
    entries = list(_entries(grid, columns, draft))
    if not entries:
        refuse(Code.MISSING_KEY, "the table has no rows", grid.header[0].span, "add its rows")
    settle_types(entries, draft.notes)
    if not draft.input:
        draft.input = _input_of(entries, draft.notes)
    _link_sizes(entries, draft.input)
    settle(entries, draft)
    _put_rows(entries, columns, draft)
    draft.classes = _classes(entries)


def _put_rows(entries: list[Entry], columns: list[Column], draft: Draft) -> None:
    """The draft's columns and rows, `flatten` before the first linear one if it is missing."""
    kept = [column for column in columns if _is_kept(column, entries)]
    draft.columns = _declared(kept)
    flat = any(entry.op is Flatten for entry in entries)
    for entry in entries:
        if entry.is_linear and not flat:
            draft.rows.append(DraftRow(["flatten"], listed=False))
            draft.notes.append("the table has no `flatten` before its linear layer: it is added")
            flat = True
        cells = [entry.values.get(column.key) for column in kept if column.key]
        draft.rows.append(DraftRow(cells, entry.extra, entry.comment))


def _entries(grid: Grid, columns: list[Column], draft: Draft) -> Iterator[Entry]:
    """The rows with their filled cells; one that is the input only says the input's size."""
    for line in grid.rows:
        cells = {column.key: cell for column, cell in zip(columns, line, strict=True) if cell.text}
        first = cells.get("type") or _typed_by_name(cells)
        if _says_input(cells):
            draft.input = draft.input or input_size(line, _channels(cells.get("filters")))
            continue
        if first is None:
            place = next(cell.span for cell in line if cell.text)
            refuse(Code.MISSING_KEY, "the row has no type", place, "say what the row is")
        values = {key: _value(key, cell) for key, cell in cells.items() if key is not None}
        values["type"] = first.text
        typed = parse_type(first.text) or TypeText(first.text)
        entry = Entry(first, values, typed, comment=_unknown(line, columns))
        for key in _FIGURES:
            _settle_figure(entry, key)
        yield entry


def _value(key: str, cell: Cell) -> Scalar:
    """A cell's value; a figure as it is printed, another number without its commas."""
    if key not in _FIGURES and re.fullmatch(r"\d{1,3}(,\d{3})+", cell.text):
        return scalar(replace(cell, text=cell.text.replace(",", "")))
    return scalar(cell)


def _unknown(line: list[Cell], columns: list[Column]) -> str:
    """The cells of columns that the language does not have."""
    return "; ".join(
        f"{column.printed or 'a column without a name'}: {cell.text}"
        for column, cell in zip(columns, line, strict=True)
        if column.key is None and cell.text
    )


def _settle_figure(entry: Entry, key: str) -> None:
    """A printed figure as the language reads it; another is kept as a comment."""
    text = str(entry.values.get(key, ""))
    figure = re.sub(r"(?<=\d)\s*k$", "K", re.sub(r"(?<=\d)\s+(?=[KMGBk]$)", "", text))
    if parse_quantity(figure):
        entry.values[key] = figure if figure != text else entry.values[key]
    elif text:
        del entry.values[key]
        entry.comment = "; ".join(filter(None, (entry.comment, f"{key}: {text}")))


def _says_input(cells: dict[str | None, Cell]) -> bool:
    """Whether a row is the network's input rather than a part of it."""
    return any(is_input(cells[key].text) for key in ("type", "name") if key in cells)


def _typed_by_name(cells: dict[str | None, Cell]) -> Cell | None:
    """The name of a row whose type is blank, where it says it: ``Flatten``."""
    name = cells.get("name")
    return name if name is not None and is_type(name.text) else None


def _channels(cell: Cell | None) -> int:
    """The channels of the input's row: ``3 (RGB)``; those of colour images where it says none."""
    number = re.match(r"\d{1,9}\b(?!×)", cell.text) if cell is not None else None
    return int(number[0]) if number is not None else 3


def input_size(cells: list[Cell], channels: int = 3) -> str:
    """The input's size as printed in a row or a caption: ``input (224×224 RGB image)``."""
    for cell in cells:
        if match := re.search(r"\d+×\d+(?:×\d+)?", cell.text):
            return match[0] if match[0].count("×") == 2 else f"{match[0]}×{channels}"
    return ""


def _input_of(entries: list[Entry], notes: list[str]) -> str:
    """The network's input, from the first row if it says it."""
    first = entries[0]
    claimed = first.size("input size")
    if claimed is not None and len(claimed) == 3:
        return "×".join(map(str, claimed))
    grid, window = first.grid("input size"), first.window()
    after = first.grid("output size")
    if grid is None and after is not None and window is not None:
        grid = after[0] * window[1][0], after[1] * window[1][1]
    if grid is None:
        notes.append(f"the input's size: {_USUAL} is assumed; `--input` says another")
        return _USUAL
    size = f"{grid[0]}×{grid[1]}×3"
    notes.append(f"the input's size: {size} is assumed, from the first row; `--input` says another")
    return size


def _link_sizes(entries: list[Entry], network_input: str) -> None:
    """Give each row the height and width that the table claims before and after it."""
    size = parse_size(network_input)
    current = (size[0], size[1]) if size is not None and len(size) == 3 else None
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        entry.before = entry.grid("input size") or current
        after = following.grid("input size") if following is not None else None
        entry.after = current = entry.grid("output size") or after


def _is_kept(column: Column, entries: list[Entry]) -> bool:
    """Whether a column is one of the language, and some row fills it."""
    return column.key == "type" or any(column.key in entry.values for entry in entries)


def _declared(columns: list[Column]) -> list[str] | dict[str, str | None]:
    """The ``columns`` section: a mapping where a printed name needs its meaning said."""
    if all(column.is_own_name or not column.printed for column in columns):
        return [column.printed or "type" for column in columns]
    return {
        column.printed or "type": None if column.is_own_name else column.key for column in columns
    }


def _classes(entries: list[Entry]) -> int | None:
    """The width of the last linear layer, if the table says it."""
    for index in range(len(entries) - 1, -1, -1):
        entry = entries[index]
        if not entry.is_linear:
            continue
        following = entries[index + 1].size("input size") if index + 1 < len(entries) else None
        size = entry.size("output size") or following or entry.size("filters")
        return size[-1] if size else entry.typed.filters
    return None
