"""What a row's type means: an operation, or a module."""

from __future__ import annotations

import re

from archc import ops
from archc.diagnostics import Code, Diagnostics, nearest
from archc.ops import Op, words
from archc.spec.located import Located
from archc.spec.models import ROW_KEYS
from archc.spec.modules import Definition, Modules
from archc.spec.repeats import series
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, column_key, parse_type

__all__ = ["RowTypes"]

_REPEAT = re.compile(r"(?P<type>[A-Za-z].*?)\s*[×xX*]\s*(?P<n>\d+)|(?P<m>\d+)\s*\*\s*(?P<name>.+)")
_IN_PASSING = re.compile(r"(?P<type>[^\d]+?)\s+(?P<value>[\d.]+\s*%?)")


class RowTypes:
    """Reads the types of rows. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.diagnostics = diagnostics
        self.misnamed: set[str] = set()
        """Names of rows whose type does not exist: they may be misspelt, too."""

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
        parsed = self.of(row, scope)
        op = ops.find(parsed.type)
        return op is not None and self.module(row, parsed, op, scope) is None

    def report_unknown(self, row: RawRow, parsed: TypeText) -> None:
        """No operation or module has that name."""
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
    """How a type is written that has its repeat, its number or its row's cells in another way."""
    cells = [part.strip() for part in text.split(",")]
    if len(cells) > 1 and ops.find(cells[0]) is not None:
        return f"write the cells as a list: [{', '.join(cells)}]"
    if found := _REPEAT.fullmatch(text):
        name, times = found["type"] or found["name"], found["n"] or found["m"]
        return f"write the repeat in front: `{times}×{name}`"
    parts = [part for part in re.split(r"[\s;]+", text) if part]
    types = [parse_type(part) for part in parts]
    if len(parts) > 1 and all(each is not None and ops.find(each.type) for each in types):
        return f"write several rows with commas: `{', '.join(parts)}`"
    found = _IN_PASSING.fullmatch(text)
    op = ops.find(found["type"]) if found else None
    if found and op is not None and op.parenthesis:
        return f"write `{found['type']} ({found['value']})`"
    return None
