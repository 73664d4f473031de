"""A table whose columns are networks (VGG's), as a draft of a spec with variants."""

from __future__ import annotations

import re

from archc import ops
from archc.diagnostics import Code
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.pooling import AvgPool, MaxPool
from archc.sources.tables.draft import Draft, DraftRow
from archc.sources.tables.grid import Cell, Grid, refuse
from archc.sources.tables.rows import input_size
from archc.sources.tables.settle import assume_padding
from archc.sources.tables.words import is_known
from archc.spec.tokens import parse_type

__all__ = ["draft_columns", "is_network_table"]

_COUNT = re.compile(r"\d+ (?:weight )?layers")
_USUAL = "224×224×3"


def is_network_table(grid: Grid) -> bool:
    """Whether the cells of every column are rows of a network."""
    filled = [_tokens(cell.text) for row in grid.rows for cell in row if cell.text]
    known = sum(all(map(_is_row, tokens)) for tokens in filled)
    return len(grid.header) > 1 and 2 * known > len(filled)


def draft_columns(grid: Grid, draft: Draft) -> None:
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


def _add_row(line: list[Cell], draft: Draft) -> None:
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
    """What such a table leaves out: padding, patches, activations, `flatten`."""
    words = [(row, {op for op in map(_op, _words(row)) if op is not None}) for row in draft.rows]
    found = {op for _, each in words for op in each}
    if Convolution in found:
        assume_padding(Convolution, draft)
        draft.defaults["convolution"]["activation"] = "relu"
    for pool in (MaxPool, AvgPool):
        if pool in found:
            draft.defaults[pool.names[0]] = {"patch": "2×2/2"}
            draft.notes.append(f"{pool.names[0]}: 2×2/2 without padding is assumed")
    linear = [row for row, each in words if Linear in each]
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
    """The rows in a cell: set apart by commas, or by spaces where each part is a row."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    spaced = text.replace(",", " ").split()
    return spaced if len(spaced) > len(parts) and all(map(_is_row, spaced)) else parts
