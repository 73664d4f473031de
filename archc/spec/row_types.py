"""What a row's type means, an operation or a module, and how often the row is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

from archc import ops
from archc.diagnostics import Code, Diagnostics, nearest
from archc.ir import Value
from archc.ops import Op, words
from archc.spec.located import Located
from archc.spec.models import ROW_KEYS
from archc.spec.modules import Definition, Modules
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, column_key, parse_type

__all__ = ["Meaning", "Repeat", "RowTypes", "at_use", "possible_series", "repeat_of"]

_LISTS = frozenset({"from", "rows", "branches"})
"""What is a list by nature, whatever the row."""
_PAIRS = frozenset({"kernel", "stride", "dilation", "output", "padding"})
"""The attributes of operations that two numbers may give: height×width."""
_SIDES = "padding"
"""The one that four numbers may give, too: top, bottom, left and right."""
_KINDS = frozenset({"type", "as"})
"""The cells that say what a row is."""

_REPEAT = r"(?P<type>[A-Za-z].*?)\s*[×xX*]\s*(?P<n>\d+)|(?P<m>\d+)\s*\*\s*(?P<name>.+)"
_IN_PASSING = r"(?P<type>[^\d]+?)\s+(?P<value>[\d.]+\s*%?)"


class Meaning(NamedTuple):
    """What a row's type says: an operation, a module, or (neither) what does not exist."""

    parsed: TypeText
    op: type[Op] | None
    definition: Definition | None


class Repeat:
    """The uses of a row: how many ``times``, and what cells that list a value for each give."""

    __slots__ = ("_listed", "_row", "_uses", "times")

    def __init__(self, row: RawRow, times: int, listed: Mapping[str, Located]) -> None:
        self.times = times
        self._row = row
        self._listed = listed
        self._uses: dict[int, RawRow] = {}

    def row(self, use: int) -> RawRow:
        """The row at one of its uses, counted from 0; each time the same object."""
        if not self._listed:
            return self._row
        if use not in self._uses:
            self._uses[use] = at_use(self._row, use, self._listed)
        return self._uses[use]


class RowTypes:
    """Reads the types of rows. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.diagnostics = diagnostics
        self.misnamed: set[str] = set()
        """Names of rows whose type does not exist: they may be misspelt, too."""

    def meaning(self, row: RawRow, scope: Scope) -> Meaning:
        """Return what the row's type says, found out once unless a column says it.

        Raises `Poisoned` after reporting.
        """
        prepared = scope.surroundings.prepared(row)
        if prepared.meaning is not None:
            return prepared.meaning
        parsed = self.of(row, scope)
        op = ops.find(parsed.type)
        meaning = Meaning(parsed, op, self.module(row, parsed, op, scope))
        cell = row.cells.get("as") or row.cells.get("type")
        if cell is not None and not scope.reads(cell):
            prepared.meaning = meaning
        return meaning

    def repeat(self, row: RawRow, scope: Scope, value: Value) -> Repeat:
        """Return the row's uses, found out once unless columns or channels say how many.

        Raises `Poisoned` after reporting.
        """
        prepared = scope.surroundings.prepared(row)
        if prepared.repeat is not None:
            return prepared.repeat
        times = repeat_of(row, scope, value)
        repeat = Repeat(row, times, self.series(row, times, scope))
        cell = row.cells.get("repeat")
        if cell is None or type(cell.value) is int:
            prepared.repeat = repeat
        return repeat

    def of(self, row: RawRow, scope: Scope) -> TypeText:
        """The parts of the row's type, or of what ``as`` says that it means."""
        cell = row.cells.get("as") or row.cells.get("type")
        if cell is None:
            place, help_ = row.located, "add `type: ...`, or `branches` for a split"
            called = next((key for key in row.cells if ops.find(key) is not None), None)
            if called is not None:
                place, help_ = row.keys[called], f"write `type: {called}`, its attributes beside it"
            message = "the row has no `type`"
            self.diagnostics.add(Code.MISSING_KEY, message, place.span, help=help_)
            raise Poisoned
        cell = scope.substitute(cell)
        if isinstance(cell.value, str) and words(column_key(cell.value)) in self.modules.local:
            return TypeText(cell.value)  # a module may be called `3×3 unit`
        parsed = parse_type(cell.value) if isinstance(cell.value, str) else None
        if parsed is None:
            message = f"{cell.shown} is no operation or module"
            help_ = "write it as `convolution`, `inception (3a)` or `3×inception`"
            self.diagnostics.add(Code.BAD_TYPE, message, cell.span, help=help_)
            raise Poisoned
        return parsed

    def module(
        self, row: RawRow, parsed: TypeText, op: type[Op] | None, scope: Scope
    ) -> Definition | None:
        """The module that the row means.

        A word that is both an operation and a module of the spec (Table 1's convolution with
        a reduction) means the module where the row fills a column that the operation lacks, or
        where nothing tells the two apart; inside that module it means the operation.
        """
        if op is None:
            return self.modules.find(parsed.type)
        if words(parsed.type) not in self.modules.local:
            return None
        definition = self.modules.find(parsed.type)
        if definition is None or definition.info in scope.modules:
            return None
        own = [key for key in definition.columns if key != "patch" and key not in op.fields]
        return definition if not own or any(key in row.cells for key in own) else None

    def series(self, row: RawRow, repeat: int, scope: Scope) -> dict[str, Located]:
        """The row's cells that list a value for each of its uses. Raises `Poisoned`."""
        return series(row, repeat, lambda use: self._is_operation(use, scope), self.diagnostics)

    def _is_operation(self, row: RawRow, scope: Scope) -> bool:
        """Whether a use is of an operation, rather than of a module or of what does not exist."""
        if "branches" in row.cells or "rows" in row.cells:
            return False
        meaning = self.meaning(row, scope)
        return meaning.op is not None and meaning.definition is None

    def report_unknown(self, row: RawRow, parsed: TypeText) -> None:
        """Report a type that names no operation and no module."""
        known = [*(name for op in ops.OPS for name in op.names), *self.modules.known()]
        self.misnamed.update((row.name, row.type))
        place = row.cells.get("as") or row.cells["type"]
        shown = place.with_value(parsed.type).shown
        help_ = _as_written(parsed.type) or nearest(parsed.type, known)
        self.diagnostics.add(
            Code.UNKNOWN_TYPE,
            f"there is no operation or module {shown}",
            place.span,
            help=help_ or "define it under `modules`",
        )

    def is_misnamed(self, name: str, rows: list[RawRow]) -> bool:
        """Whether a row that has been reported would be called so, were it right."""
        for row in rows:
            for key, cell in row.cells.items():
                if cell.value == name and key not in ROW_KEYS and nearest(key, ["name"]):
                    return True
        return nearest(name, self.misnamed) is not None


def _as_written(text: str) -> str | None:
    """Say how to write a type whose repeat, number or cells are written in another way."""
    cells = [part.strip() for part in text.split(",")]
    if len(cells) > 1 and ops.find(cells[0]) is not None:
        return f"write the cells as a list: [{', '.join(cells)}]"
    if found := re.fullmatch(_REPEAT, text):
        name, times = found["type"] or found["name"], found["n"] or found["m"]
        return f"write the repeat in front: `{times}×{name}`"
    parts = [part for part in re.split(r"[\s;]+", text) if part]
    types = [parse_type(part) for part in parts]
    if len(parts) > 1 and all(each is not None and ops.find(each.type) for each in types):
        return f"write several rows with commas: `{', '.join(parts)}`"
    found = re.fullmatch(_IN_PASSING, text)
    op = ops.find(found["type"]) if found else None
    if found and op is not None and op.parenthesis:
        return f"write `{found['type']} ({found['value']})`"
    return None


def repeat_of(row: RawRow, scope: Scope, value: Value) -> int:
    """Return how often the row is used, from ``3×Inception`` or ``repeat``."""
    cell = row.cells.get("repeat")
    if cell is None:
        if "as" not in row.cells and (parsed := parse_type(row.type)) and parsed.repeat > 0:
            return parsed.repeat
        texts = (row.text("as"), row.type)
        times = [each.repeat for each in map(parse_type, filter(None, texts)) if each]
        if min(times, default=1) >= 1:
            return max(times, default=1)
        cell = row.cells["type"].with_value(0)
    elif type(cell.value) is int or isinstance(cell.value, str):
        number = scope.arithmetic(cell, value).value
        if number >= 1 or isinstance(cell.value, str):
            return max(number, 0)
    help_ = "it must be a whole number, at least 1"
    message = f"the repeat is {cell.shown}"
    scope.diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def at_use(row: RawRow, use: int, listed: Mapping[str, Located]) -> RawRow:
    """Return the row at one of its uses: a cell with a value for each use has this one's."""
    if not listed:
        return row
    cells, keys = dict(row.cells), dict(row.keys)
    for key, cell in listed.items():
        cells[key] = cell.items[min(use, len(cell.items) - 1)]
        if keys.get(key) is cell:
            keys[key] = cells[key]
    return row.with_cells(cells, keys)


def possible_series(row: RawRow) -> dict[str, Located]:
    """The cells that list a value for each use, where it is not known how many uses there are.

    What may as well be one size is left out.
    """
    return {
        key: cell
        for key, cell in row.cells.items()
        if cell.items and key not in _LISTS and not _is_size(key, cell)
    }


def series(
    row: RawRow, repeat: int, is_operation: Callable[[RawRow], bool], diagnostics: Diagnostics
) -> dict[str, Located]:
    """The cells of a repeated row that list a value for each use, by column.

    A module's own column always does. Raises `Poisoned` after reporting a list that does not fit
    the uses, or, of an operation, one that may be a size as well.
    """
    if repeat <= 1:
        return {}
    listed = {
        key: cell
        for key, cell in row.cells.items()
        if isinstance(cell.value, list) and key not in _LISTS
    }
    sizes = {key for key, cell in listed.items() if _is_size(key, cell)}
    kinds = {key: listed[key] for key in _KINDS & listed.keys() if listed[key].items}
    if sizes and not is_operation(at_use(row, 0, kinds)):
        sizes = set()
    for key, cell in listed.items():
        length = len(cell.items)
        if length == repeat and key in sizes and len({item.value for item in cell.items}) > 1:
            _report_ambiguous(key, cell, diagnostics)
        elif length != repeat and key in sizes and _has_sides(key, cell):
            continue
        elif length != repeat:
            _report_length(key, cell, repeat, key in sizes, diagnostics)
    return {key: cell for key, cell in listed.items() if len(cell.items) == repeat}


def _is_size(key: str, cell: Located) -> bool:
    """Whether a list is one size where an operation is used once: as `[3, 5]` is 3×5."""
    whole = all(type(item.value) is int for item in cell.items)
    return whole and key in _PAIRS and (len(cell.items) == 2 or _has_sides(key, cell))


def _has_sides(key: str, cell: Located) -> bool:
    return key == _SIDES and len(cell.items) == 4


def _report_length(
    key: str, cell: Located, repeat: int, is_size: bool, diagnostics: Diagnostics
) -> NoReturn:
    """Report a list that has not one value for each use. Raises `Poisoned`."""
    message = f"`{key}` lists {len(cell.items)} values, but the row is used {repeat} times"
    help_ = "list one value for each use, or write one for all"
    if is_size:
        help_ += f": height×width is `{_as_size(cell)}`"
    diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def _report_ambiguous(key: str, cell: Located, diagnostics: Diagnostics) -> NoReturn:
    """Report a list with two meanings, and how to write each. Raises `Poisoned`."""
    meaning, written = "height×width", f"`{_as_size(cell)}`"
    if _has_sides(key, cell):
        meaning, written = "the four sides", "four such lists"
    each = ", ".join(f"{item.value}×{item.value}" for item in cell.items)
    message = f"`{key}` may be {meaning}, or a value for each of the {len(cell.items)} uses"
    help_ = f"write {written} for {meaning} in every use, `[{each}]` for a value for each"
    diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
    raise Poisoned


def _as_size(cell: Located) -> str:
    return "×".join(str(item.value) for item in cell.items)
