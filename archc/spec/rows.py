"""Rows as written: list rows put under their columns, names given, edits of variants applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label, nearest
from archc.fields import Mistakes
from archc.spec import problems
from archc.spec.located import Located, kind_of
from archc.spec.models import CLAIMS, RowModel
from archc.spec.tokens import column_key, holds_remarks, parse_type, slug, split_column

__all__ = [
    "DEFAULT_COLUMNS",
    "RawRow",
    "RowTable",
    "check_row",
    "find_row",
    "link_rows",
    "name_rows",
    "raw_row",
    "raw_rows",
    "shown",
]

_STRIDE = re.compile(r"stride (\d{1,9})")
"""What BN-Inception's table prints as the patch of a module that halves the grid."""

DEFAULT_COLUMNS = ("type", "patch", "filters")
"""What the cells of a list row mean where no ``columns`` are declared, as in modules."""


class RawRow:
    """A row's filled cells by column key, and where the row and its keys stand.

    ``headers`` has the columns of a list row. A row that is ``broken`` has been reported.
    ``following`` is the input size that the next listed row claims.
    """

    __slots__ = ("broken", "cells", "following", "headers", "keys", "located", "name", "nested")

    def __init__(
        self,
        located: Located,
        cells: dict[str, Located],
        keys: dict[str, Located],
        name: str = "",
        headers: dict[str, Located] | None = None,
        broken: bool = False,
    ) -> None:
        self.located = located
        self.cells = cells
        self.keys = keys
        self.name = name
        self.headers = {} if headers is None else headers
        self.broken = broken
        self.following: Located | None = None
        self.nested: dict[str, list[RawRow]] = {}

    def with_cells(self, cells: dict[str, Located], keys: dict[str, Located]) -> RawRow:
        """The row with other cells in place of its own; the rows inside are read once for both."""
        row = RawRow(self.located, cells, keys, self.name, self.headers, self.broken)
        row.following, row.nested = self.following, self.nested
        return row

    def rows_under(self, name: str, rows: Located, diagnostics: Diagnostics) -> list[RawRow]:
        """The rows of a branch or group inside this row, read once."""
        if name not in self.nested:
            table = RowTable(DEFAULT_COLUMNS, DEFAULT_COLUMNS)
            self.nested[name] = raw_rows(rows, table, diagnostics)
        return self.nested[name]

    def lists(self) -> list[tuple[str, Located]]:
        """The lists of rows inside: the branches by name, or the group's."""
        rows, branches = self.cells.get("rows"), self.cells.get("branches")
        found = list(branches.entries) if branches is not None else []
        return [*found, ("rows", rows)] if rows is not None else found

    @property
    def type(self) -> str:
        """The first cell as printed; empty for a split without one."""
        cell = self.cells.get("type")
        if cell is None:
            return ""
        value = cell.value
        return value if isinstance(value, str) else "" if cell.is_collection else str(value)

    def text(self, key: str) -> str | None:
        """A cell that should be a word."""
        cell = self.cells.get(key)
        return cell.value if cell is not None and isinstance(cell.value, str) else None


class RowTable:
    """The columns in order: their keys, how they are printed, and which rows filled."""

    def __init__(
        self, keys: tuple[str, ...], printed: tuple[str, ...], located: Sequence[Located] = ()
    ) -> None:
        self.keys = keys
        self.printed = printed
        self.located = located
        self.filled: set[str] = set()
        self.overfull: list[list[Located]] = []

    @classmethod
    def of(cls, columns: Located | None, diagnostics: Diagnostics) -> RowTable:
        """The declared columns, or the default ones.

        A mapping says what columns mean where the paper's name says something else.
        """
        if columns is None or not columns.value:
            return cls(DEFAULT_COLUMNS, DEFAULT_COLUMNS)
        if isinstance(columns.value, dict):
            printed = tuple(name for name, _ in columns.entries)
            located = [
                item if item.value is not None else columns.key(name).with_value(name)
                for name, item in columns.entries
            ]
        else:
            printed = tuple(str(item.value) for item in columns.items)
            located = columns.items
        keys = tuple(column_key(str(item.value)) for item in located)
        for index, key in enumerate(keys):
            if key in keys[:index]:
                message = f"the column `{located[index].value}` is declared twice"
                first = Label(located[keys.index(key)].span, "first declared here")
                help_ = "remove one of the two"
                span = located[index].span
                diagnostics.add(Code.DUPLICATE_NAME, message, span, help=help_, labels=[first])
        if "type" not in keys:
            _report_no_type(columns, located, diagnostics)
        return cls(keys, printed, located)

    @cached_property
    def headers(self) -> dict[str, Located]:
        """The declared columns by key."""
        return dict(zip(self.keys, self.located, strict=False))

    def check_used(self, diagnostics: Diagnostics) -> None:
        """Report declared columns that no row filled."""
        for key, column in zip(self.keys, self.located, strict=False):
            filled = self.filled.intersection((key, *split_column(key)))
            if not filled and key != "type" and key not in CLAIMS:
                message = f"no row fills the column `{column.value}`"
                help_ = "remove it, or fill it in"
                diagnostics.add(Code.UNUSED_COLUMN, message, column.span, help=help_)


def _report_no_type(columns: Located, located: list[Located], diagnostics: Diagnostics) -> None:
    """Report that no column says what a row is: it is misspelt, called otherwise, or left out."""
    message = "there is no column `type`"
    first = located[0]
    close = next((item for item in located if nearest(str(item.value), ["type"])), None)
    if close is not None:
        message, help_, span = f"{message}, but {close.shown}", "did you mean `type`?", close.span
    else:
        span, help_ = columns.span, "add `type`, the operation or module of a row"
        if columns.items and column_key(str(first.value)) not in (*DEFAULT_COLUMNS, *CLAIMS):
            help_ += f"; or say which it is, as `columns: {{{first.value}: type, ...}}`"
    diagnostics.add(Code.MISSING_KEY, message, span, help=help_)


def _is_bare_row(rows: Located) -> bool:
    """Whether what should be a list of rows is one row, its own brackets forgotten."""
    words = [item for item in rows.items if isinstance(item.value, str)]
    if len(rows.items) < 2 or not words or words[0] is not rows.items[0]:
        return False
    cells = [item for item in rows.items[1:] if not item.is_collection]
    numbers = [item for item in cells if str(item.value)[:1].isdigit() and _is_cell(item)]
    return bool(numbers) and len(cells) == len(rows.items) - 1


def _is_cell(item: Located) -> bool:
    """Whether a value cannot be a row by itself, as `16` and `3×3/2` cannot."""
    return not isinstance(item.value, str) or re.fullmatch(r"[\d×xX/\s]+", item.value) is not None


def raw_rows(rows: Located | None, table: RowTable, diagnostics: Diagnostics) -> list[RawRow]:
    """Read all rows of a list, each under its columns; report what is no list or no row."""
    if rows is not None and not isinstance(rows.value, list):
        help_ = "write a list of rows"
        message = f"`rows` is {kind_of(rows.value)}"
        diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
        return [RawRow(rows, {}, {}, broken=True)]
    if rows is not None and _is_bare_row(rows):
        message = "this is one row, where a list of rows is needed"
        cells = ", ".join(item.shown.strip("`") for item in rows.items)
        help_ = f"write a list of lists: [[{cells}]]"
        diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
        return [RawRow(rows, {}, {}, broken=True)]
    found = [raw_row(item, table, diagnostics) for item in (rows.items if rows else ())]
    _report_overfull(table, diagnostics)
    for row in found:
        check_row(row, diagnostics)
    name_rows(found)
    return found


def _report_overfull(table: RowTable, diagnostics: Diagnostics) -> None:
    """Report rows with more cells than columns; a column that is not declared is one mistake."""
    columns, rows = len(table.keys), table.overfull
    table.overfull = []
    alike = Counter(len(cells) for cells in rows)
    reported: set[int] = set()
    for cells in rows:
        count = len(cells)
        is_column = alike[count] > 2 or not table.located
        if count in reported or (reported and not table.located):
            continue
        message = f"{count} cells, but {columns} column{'s' if columns > 1 else ''}"
        help_ = f"the columns are {problems.listed(table.printed)}"
        if any(_is_cut(cell.value) for cell in cells):
            help_ = 'quote a cell that has a comma, as "max(width, 16)"'
        elif not table.located:
            help_ += ": more are declared with `columns`"
        elif is_column:
            message += f", as in {alike[count] - 1} more rows"
            help_ += ": one may be missing"
        if is_column:
            reported.add(count)
        diagnostics.add(Code.TOO_MANY_CELLS, message, cells[columns].span, help=help_)


def link_rows(rows: list[RawRow]) -> None:
    """Tell each row the next claimed input size: it is what the row gives."""
    following: Located | None = None
    for row in reversed(rows):
        row.following = following
        following = row.cells.get("input size", following)


def raw_row(row: Located, table: RowTable, diagnostics: Diagnostics) -> RawRow:
    """Read one row; blank (``~``) cells of a list are left out."""
    if isinstance(row.value, str):
        return RawRow(row, {"type": row}, {"type": row})
    found = RawRow(row, {}, {}, headers=table.headers)
    if isinstance(row.value, dict):
        _put_keys(found, row, diagnostics)
    elif isinstance(row.value, list):
        _put_cells(found, row.items, table, diagnostics)
    else:
        message = f"a row is {kind_of(row.value)}"
        help_ = "it must be a list of cells or a mapping: write `- [type, patch, ...]`"
        diagnostics.add(Code.WRONG_TYPE, message, row.span, help=help_)
        found.broken = True
    table.filled.update(found.cells)
    return found


def _put_keys(row: RawRow, mapping: Located, diagnostics: Diagnostics) -> None:
    """Put the entries of a mapping row, or of the mapping that ends a list row."""
    for name, cell in mapping.entries:
        key = column_key(name)
        if key in row.cells:
            message = f"`{name}` is given twice"
            first = [Label(row.keys[key].span, "first given here")]
            help_ = "remove one of the two"
            span = mapping.key(name).span
            diagnostics.add(Code.DUPLICATE_KEY, message, span, help=help_, labels=first)
            row.broken = True
            continue
        row.cells[key] = cell
        row.keys[key] = mapping.key(name)


def _put_cells(
    row: RawRow, items: list[Located], table: RowTable, diagnostics: Diagnostics
) -> None:
    """Put the cells of a list row; a mapping as its last cell says what has no column."""
    extra = items[-1] if items and isinstance(items[-1].value, dict) else None
    listed = items[:-1] if extra is not None else items
    if len(listed) > len(table.keys):
        table.overfull.append(listed)
        row.broken = True
    for index, (key, cell) in enumerate(zip(table.keys, listed, strict=False)):
        if cell.value is None:
            continue
        if key != "patch" and "+" not in table.printed[index]:
            row.cells[key] = row.keys[key] = cell
            continue
        for name, part in _parts(key, table.printed[index], cell):
            row.cells[name] = row.keys[name] = part
    if extra is not None:
        _put_keys(row, extra, diagnostics)


def _is_cut(value: object) -> bool:
    """Whether a comma cut a cell in two: ``max(width`` and ``16)``."""
    return isinstance(value, str) and value.count("(") > value.count(")")


def _parts(key: str, printed: str, cell: Located) -> Iterator[tuple[str, Located]]:
    """Yield a cell under its column, or under the several that its column stands for."""
    if "+" in printed and isinstance(cell.value, str):
        for name, text in zip(split_column(printed), cell.value.split("+"), strict=False):
            word = text.strip()
            yield name, cell.with_value(int(word) if word.isdecimal() else word)
        return
    text = cell.value if key == "patch" and isinstance(cell.value, str) else ""
    if lone := _STRIDE.fullmatch(text):
        yield "stride", cell.with_value(int(lone[1]))
        return
    if text and holds_remarks(printed) and not text[0].isdigit():
        figure = text.casefold().removeprefix("as in ")
        yield "remark", cell
        if figure != text.casefold():
            yield "as", cell.with_value(figure)
        return
    yield key, cell


_CHECKED = frozenset({"name", "from", "unlisted", "note", "notes", "errata", "join"})
"""The row keys that nothing else checks."""


def check_row(row: RawRow, diagnostics: Diagnostics) -> None:
    """Check that row keys have values of their types."""
    if "branches" not in row.cells and _CHECKED.isdisjoint(row.cells):
        return
    values = {key: row.cells[key].plain() for key in _CHECKED & row.cells.keys()}
    if "branches" in row.cells and "rows" in row.cells:
        message, help_ = "a row has `branches` or `rows`, not both", "put one inside the other"
        diagnostics.add(Code.EXCLUSIVE, message, row.keys["rows"].span, help=help_)
        row.broken = True
    if not values:
        return
    try:
        RowModel.make(values)
    except Mistakes as error:
        row.broken = True
        problems.report(
            error,
            "a row",
            (),
            lambda path, of_key: row.cells[str(path[0])].at(path[1:]).span,
            diagnostics,
            row.located.with_value(row.cells),
        )


def name_rows(rows: list[RawRow], others: Iterable[RawRow] = ()) -> None:
    """Name each row: its own ``name``, or its type and label, numbered where repeated.

    No name is one of the ``others``'.
    """
    bases = [row.text("name") or _base_name(row) for row in rows]
    counts = Counter(bases)
    kept = [
        bool(counts[base] == 1 or row.text("name")) for row, base in zip(rows, bases, strict=True)
    ]
    taken = {base for base, keeps in zip(bases, kept, strict=True) if keeps}
    seen: Counter[str] = Counter()
    taken |= {row.name for row in others}
    for row, base, keeps in zip(rows, bases, kept, strict=True):
        seen[base] += 1
        name = base if keeps else f"{base}_{seen[base]}"
        while not row.text("name") and name in taken and (not keeps or others):
            seen[base] += 1
            name = f"{base}_{seen[base]}"
        row.name = name


def _base_name(row: RawRow) -> str:
    parsed = parse_type(row.type)
    if parsed is None:
        return slug(row.type or "split")
    op = ops.find(parsed.type)
    is_attribute = op is not None and op.parenthesis is not None
    label = parsed.parenthesis if parsed.parenthesis and not is_attribute else ""
    return slug(f"{parsed.type} {label}")


def find_row(rows: list[RawRow], key: str) -> int | None:
    """Return the index of the row of that name, or of the only row printed so."""
    for index, row in enumerate(rows):
        if row.name == key:
            return index
    printed = [index for index, row in enumerate(rows) if row.type == key]
    return printed[0] if len(printed) == 1 else None


def shown(cell: Located) -> str:
    """Write a cell as a report shows it: a list's values side by side."""
    value = cell.value
    if not isinstance(value, list) or not value:
        return str(value)
    return ", ".join(shown(item) for item in value)
