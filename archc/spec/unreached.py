"""Check what can be checked of rows that are not lowered, as their input is not known."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from archc.diagnostics import Diagnostics
from archc.ir import Value
from archc.spec.bodies import NOT_ON_MODULES, Uses, check_branches, only_row_keys
from archc.spec.modules import Modules
from archc.spec.operations import Operations, report_misplaced
from archc.spec.row_types import RowTypes, at_use, possible_series, repeat_of
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import column_key

__all__ = ["Unreached"]


class Unreached:
    """Checks rows behind one that is wrong, and those of modules that are not used."""

    def __init__(self, types: RowTypes, uses: Uses, operations: Operations) -> None:
        self.types = types
        self.uses = uses
        self.operations = operations
        self.modules: Modules = operations.modules
        self.diagnostics: Diagnostics = operations.diagnostics

    def check(self, row: RawRow, scope: Scope, columns: Collection[str] = ()) -> None:
        """What can be said of a row whose input is not known: types, keys and values.

        ``columns`` are those of a module that is not used; a type may be one of them, and so
        may every value.
        """
        if row.broken or column_key(row.text("as") or row.type) in columns:
            return
        with suppress(Poisoned):
            if "branches" in row.cells:
                check_branches(row.cells["branches"], self.diagnostics)
            for name, rows in row.lists():
                for each in row.rows_under(name, rows, self.diagnostics):
                    self.check(each, scope, columns)
            if "branches" in row.cells or "rows" in row.cells:
                only_row_keys(row, self.modules, self.diagnostics)
                return
            listed = possible_series(row)
            uses = max((len(cell.items) for cell in listed.values()), default=1)
            if not columns and "channels" not in str(row.text("repeat")):
                uses = repeat_of(row, scope, Value((1,)))
                listed = self.types.series(row, uses, scope)
            for use in range(uses if listed else 1):
                self._check_use(at_use(row, use, listed), scope, columns)

    def _check_use(self, row: RawRow, scope: Scope, columns: Collection[str]) -> None:
        """One use of a row whose input is not known."""
        parsed, op, definition = self.types.meaning(row, scope)
        if definition is not None:
            report_misplaced(row, definition.info.name, NOT_ON_MODULES, self.diagnostics)
            self.uses.arguments(row, definition, scope, None)
        elif op is None:
            self.types.report_unknown(row, parsed)
        else:
            self.operations.check(row, parsed, op, scope, values=not columns)
