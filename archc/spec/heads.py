"""Auxiliary heads: modules that read a row's output, used in training."""

from __future__ import annotations

from archc.diagnostics import Code
from archc.ir import Head, Origin, Row
from archc.spec.located import Located
from archc.spec.lower import Lowering
from archc.spec.models import CLAIMS, ROW_KEYS, HeadModel, SpecModel
from archc.spec.problems import listed
from archc.spec.references import report_unknown_row
from archc.spec.rows import RawRow, find_row
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import column_key

__all__ = ["Heads"]

_NOT_ON_HEADS = (ROW_KEYS | frozenset(CLAIMS)) - {"patch"}
_HEAD_KEYS = frozenset({"after", "module", "loss weight", "declared after"})


class Heads:
    """Reads and lowers heads, once the rows are lowered."""

    def __init__(self, lowering: Lowering, scope: Scope, model: SpecModel) -> None:
        self.lowering = lowering
        self.scope = scope
        self.model = model
        self.diagnostics = lowering.diagnostics

    def read(self, heads: Located | None, raw: list[RawRow], rows: list[Row]) -> list[Head]:
        """The heads of a ``heads`` section, in the order of the rows that they read."""
        found = []
        for name, cell in heads.entries if heads else ():
            try:
                found.append(self.head(name, cell, raw))
            except Poisoned:
                continue
        order = {row.name: index for index, row in enumerate(rows)}
        return sorted(found, key=lambda head: order.get(head.after, 0))

    def head(self, name: str, cell: Located, raw: list[RawRow]) -> Head:
        """One head, lowered. Raises `Poisoned` after reporting what is wrong with it."""
        model: HeadModel = self.model.heads[name]
        row_before = self.row_named(cell.value["after"], raw)
        declared = cell.value.get("declared after")
        declared_after = self.row_named(declared, raw).name if declared is not None else None
        misplaced = [key for key in cell.value if column_key(key) in _NOT_ON_HEADS]
        for key in misplaced:
            message = f"a head has no `{key}`"
            help_ = f"it takes {listed(sorted(_HEAD_KEYS))}, and its module's columns"
            self.diagnostics.add(Code.UNKNOWN_KEY, message, cell.key(key).span, help=help_)
        if misplaced:
            raise Poisoned
        cells = {column_key(key): item for key, item in cell.entries if key not in _HEAD_KEYS}
        keys = {column_key(key): cell.key(key) for key in cell.value if key not in _HEAD_KEYS}
        keys["type"] = cell.value["module"]
        row = RawRow(cell, {"type": cell.value["module"], **cells}, keys, name)
        try:
            value = self.scope.tensor(row_before.name)
        except Poisoned:
            self.lowering.unreached.check(row, self.scope)
            raise
        lowered = self.lowering.row(row, [], self.scope, value)
        if lowered is None:
            raise Poisoned
        return Head(
            name,
            row_before.name,
            lowered.nodes,
            value,
            lowered.output,
            model.loss_weight,
            Origin(cell.span),
            declared_after=declared_after,
        )

    def row_named(self, cell: Located, raw: list[RawRow]) -> RawRow:
        """The row that a head names."""
        name = str(cell.value)
        index = find_row(raw, name)
        if index is not None:
            return raw[index]
        if not self.lowering.types.is_misnamed(name, raw):
            rows = [(row.name, row.type) for row in raw]
            report_unknown_row(cell, rows, self.diagnostics)
        raise Poisoned
