"""Draft a spec of a table whose rows are a network's, or whose columns are networks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archc import ops
from archc.diagnostics import Code
from archc.ops import OPS, Family
from archc.ops.arrangement import Flatten
from archc.quantities import parse_quantity
from archc.sources.tables.draft import CellValue, Draft, DraftRow, scalar
from archc.sources.tables.entry import Entry, is_window_pool
from archc.sources.tables.grid import PastedTable, TableCell, refuse
from archc.sources.tables.settle import assume_padding, settle, settle_types
from archc.sources.tables.vocabulary import TableColumn, is_input, is_known, is_type
from archc.spec.tokens import TypeText, parse_size, parse_type

__all__ = ["draft_columns", "draft_rows", "input_size", "is_network_table"]

_FIGURES = ("params", "ops")
_USUAL = "224×224×3"


def draft_rows(grid: PastedTable, columns: list[TableColumn], draft: Draft) -> None:
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


def _put_rows(entries: list[Entry], columns: list[TableColumn], draft: Draft) -> None:
    """Fill columns and rows, with a `flatten` before the first linear one if it is missing."""
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


def _entries(grid: PastedTable, columns: list[TableColumn], draft: Draft) -> Iterator[Entry]:
    """Read the rows with their filled cells; one that is the input only says its size."""
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


def _value(key: str, cell: TableCell) -> CellValue:
    """Read a cell's value: a figure as it is printed, another number without its commas."""
    if key not in _FIGURES and re.fullmatch(r"\d{1,3}(,\d{3})+", cell.text):
        return scalar(replace(cell, text=cell.text.replace(",", "")))
    return scalar(cell)


def _unknown(line: list[TableCell], columns: list[TableColumn]) -> str:
    """List the cells of columns that the language does not have."""
    return "; ".join(
        f"{column.printed or 'a column without a name'}: {cell.text}"
        for column, cell in zip(columns, line, strict=True)
        if column.key is None and cell.text
    )


def _settle_figure(entry: Entry, key: str) -> None:
    """Write a printed figure as the language reads it; keep what is none as a comment."""
    text = str(entry.values.get(key, ""))
    figure = re.sub(r"(?<=\d)\s*k$", "K", re.sub(r"(?<=\d)\s+(?=[KMGBk]$)", "", text))
    if parse_quantity(figure):
        entry.values[key] = figure if figure != text else entry.values[key]
    elif text:
        del entry.values[key]
        entry.comment = "; ".join(filter(None, (entry.comment, f"{key}: {text}")))


def _says_input(cells: dict[str | None, TableCell]) -> bool:
    """Whether a row is the network's input rather than a part of it."""
    return any(is_input(cells[key].text) for key in ("type", "name") if key in cells)


def _typed_by_name(cells: dict[str | None, TableCell]) -> TableCell | None:
    """Return the name of a row whose type is blank, where it says the type: ``Flatten``."""
    name = cells.get("name")
    return name if name is not None and is_type(name.text) else None


def _channels(cell: TableCell | None) -> int:
    """Read the channels of the input's row: ``3 (RGB)``; where it says none, three."""
    number = re.match(r"\d{1,9}\b(?!×)", cell.text) if cell is not None else None
    return int(number[0]) if number is not None else 3


def input_size(cells: list[TableCell], channels: int = 3) -> str:
    """Find the input's size in a row or a caption: ``input (224×224 RGB image)``."""
    for cell in cells:
        if match := re.search(r"\d+×\d+(?:×\d+)?", cell.text):
            return match[0] if match[0].count("×") == 2 else f"{match[0]}×{channels}"
    return ""


def _input_of(entries: list[Entry], notes: list[str]) -> str:
    """Settle the network's input, from the first row if it says it."""
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


def _is_kept(column: TableColumn, entries: list[Entry]) -> bool:
    """Whether a column is one of the language, and some row fills it."""
    return column.key == "type" or any(column.key in entry.values for entry in entries)


def _declared(columns: list[TableColumn]) -> list[str] | dict[str, str | None]:
    """Write the ``columns`` section: a mapping where a printed name needs its meaning said."""
    if all(column.is_own_name or not column.printed for column in columns):
        return [column.printed or "type" for column in columns]
    return {
        column.printed or "type": None if column.is_own_name else column.key for column in columns
    }


def _classes(entries: list[Entry]) -> int | None:
    """Find the width of the last linear layer, if the table says it."""
    for index in range(len(entries) - 1, -1, -1):
        entry = entries[index]
        if not entry.is_linear:
            continue
        following = entries[index + 1].size("input size") if index + 1 < len(entries) else None
        size = entry.size("output size") or following or entry.size("filters")
        return size[-1] if size else entry.typed.filters
    return None


# A table whose columns are networks, as VGG's: a variant for each column.

_COUNT = re.compile(r"\d+ (?:weight )?layers")


def is_network_table(grid: PastedTable) -> bool:
    """Whether the cells of every column are rows of a network."""
    filled = [_tokens(cell.text) for row in grid.rows for cell in row if cell.text]
    known = sum(all(map(_is_row, tokens)) for tokens in filled)
    return len(grid.header) > 1 and 2 * known > len(filled)


def draft_columns(grid: PastedTable, draft: Draft) -> None:
    """Fill the draft with the table's networks, one variant for each column."""
    draft.variants = [cell.text for cell in grid.header]
    if not all(draft.variants) or len(set(draft.variants)) < len(draft.variants):
        help_ = "give each column a name of its own"
        refuse(Code.MISSING_KEY, "a network has no name", grid.header[0].span, help_)
    draft.input = draft.input or input_size(grid.above)
    for line in grid.rows:
        _add_row(line, draft)
    if not draft.input:
        draft.input = _USUAL
        draft.notes.append(f"the input's size: {_USUAL} is assumed; `--input` says another")
    _settle(draft)


def _add_row(line: list[TableCell], draft: Draft) -> None:
    texts = [", ".join(_tokens(cell.text)) for cell in line]
    filled = [text for text in texts if text]
    if filled[0].casefold().startswith("input") and len(filled) == 1:
        draft.input = draft.input or input_size(line)
        return
    if all(map(_COUNT.fullmatch, filled)):
        draft.notes.append(
            f"the counts in line {line[0].span.line} are left out: compare the depths"
        )
        return
    shared = len(set(texts)) == 1 or len(filled) == 1
    draft.rows.append(DraftRow([filled[0]] if shared else [text or None for text in texts]))


def _settle(draft: Draft) -> None:
    """Settle what such a table leaves out: padding, patches, activations, `flatten`."""
    ops_of = [(row, {op for op in map(_op, _words(row)) if op is not None}) for row in draft.rows]
    used = {op for _, row_ops in ops_of for op in row_ops}
    for op in OPS:
        name = op.names[0]
        if op in used and op.family is Family.CONVOLUTION:
            assume_padding(op, draft)
            draft.defaults[name]["activation"] = "relu"
        elif op in used and is_window_pool(op):
            draft.defaults[name] = {"patch": "2×2/2"}
            draft.notes.append(f"{name}: 2×2/2 without padding is assumed")
    linear = [row for row, row_ops in ops_of if any(op.family is Family.LINEAR for op in row_ops)]
    if linear:
        draft.defaults["linear"] = {"activation": "relu"}
        linear[-1].extra["activation"] = "none"
        draft.rows.insert(draft.rows.index(linear[0]), DraftRow(["flatten"], listed=False))
        draft.notes.append("the table has no `flatten` before its linear layer: it is added")
        widths = {typed.filters for word in _words(linear[-1]) if (typed := parse_type(word))}
        draft.classes = widths.pop() if len(widths) == 1 else None
    draft.notes.append("a ReLU follows convolutions and hidden linear layers, dropout does not")


def _words(row: DraftRow) -> list[str]:
    return [token for cell in row.cells for token in _tokens(str(cell or ""))]


def _op(word: str) -> type[ops.Op] | None:
    typed = parse_type(word)
    return ops.find(typed.type) if typed is not None else None


def _is_row(word: str) -> bool:
    typed = parse_type(word)
    return typed is not None and is_known(typed.type)


def _tokens(text: str) -> list[str]:
    """Split a cell into rows, by commas, or by spaces where each part is a row."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    spaced = text.replace(",", " ").split()
    return spaced if len(spaced) > len(parts) and all(map(_is_row, spaced)) else parts
