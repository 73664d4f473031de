"""A row's cells to a checked operation: defaults, patches, arithmetic, expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from archc import ops
from archc.diagnostics import Code, Diagnostics, Span, nearest
from archc.ir import Value
from archc.ir.expression import Expression, Number
from archc.ops import Op
from archc.ops.base import to_field, to_key
from archc.spec import problems
from archc.spec.modules import Modules
from archc.spec.rows import RawRow
from archc.spec.scope import Defaults, Poisoned, Scope
from archc.spec.source import Located
from archc.spec.tokens import column_key, parse_patch, parse_type

__all__ = ["MODIFIERS", "Built", "build_op", "modifier", "read_defaults"]

MODIFIERS = ("norm", "activation")
"""What a row may add after its operation, in this order."""


@dataclass(slots=True)
class Built:
    """An operation and the arithmetic behind its attributes."""

    op: Op
    expressions: dict[str, Expression]


@dataclass(slots=True)
class _Attributes:
    """Values by field, with where each was written."""

    scope: Scope
    row_input: Value | None
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Located] = field(default_factory=dict)
    keys: dict[str, Located] = field(default_factory=dict)
    expressions: dict[str, Expression] = field(default_factory=dict)

    def put(self, op: type[Op], name: str, cell: Located) -> None:
        """One attribute, arithmetic evaluated and columns replaced."""
        self.places[name] = cell
        if name in op.arithmetic() and type(cell.value) in (int, str):
            expression = self.scope.arithmetic(cell, self.row_input)
            self.values[name] = expression.value
            if isinstance(expression, Number):
                self.expressions.pop(name, None)
            else:
                self.expressions[name] = expression
            return
        self.values[name] = self.scope.substitute(cell).plain()

    def put_patch(self, op: type[Op], cell: Located) -> None:
        """``7×7/2`` as kernel and stride; each part may be arithmetic."""
        literal = parse_patch(str(cell.value)) if isinstance(cell.value, str | int) else None
        if literal is None or not all(part.isdecimal() for part in literal.kernel):
            cell = self.scope.substitute(cell)  # a column named like a patch would hide patches
        patch = parse_patch(str(cell.value)) if isinstance(cell.value, str | int) else None
        if patch is None or "kernel" not in op.model_fields:
            message = (
                f"`{cell.value}` is no patch size"
                if patch is None
                else (f"{op.names[0]} has no patch size")
            )
            help_ = "write kernel and stride as 7×7/2" if patch is None else "leave the cell blank"
            self.scope.diagnostics.add(Code.BAD_VALUE, message, cell.span, help=help_)
            raise Poisoned
        for name, parts in (("kernel", patch.kernel), ("stride", patch.stride)):
            if parts is not None:
                self._put_pair(name, parts, cell)

    def _put_pair(self, name: str, parts: tuple[str, str], cell: Located) -> None:
        """Height and width; where one column gives both, code can be written with it."""
        found = [self._part(part, cell) for part in parts]
        self.values[name] = tuple(each.value for each in found)
        self.places[name] = cell
        self.expressions.pop(name, None)
        if parts[0] == parts[1] and not isinstance(found[0], Number):
            self.expressions[name] = found[0]

    def _part(self, text: str, cell: Located) -> Expression:
        if text.isdecimal():
            return Number(int(text))
        return self.scope.arithmetic(cell.with_value(text), self.row_input)

    def place(self, path: tuple[Any, ...], row: Located) -> Span:
        """Where the attribute at ``path`` was written; the row for one that was not."""
        cell = self.places.get(to_field(str(path[0]))) if path else None
        return (cell or row).span


def build_op(
    op: type[Op],
    cells: Mapping[str, Located],
    keys: Mapping[str, Located],
    row: Located,
    scope: Scope,
    row_input: Value | None,
    extra: Mapping[str, Located] | None = None,
) -> Built:
    """The operation that a row's definition cells say. Raises `Poisoned` after reporting.

    ``extra`` are attributes found elsewhere in the row, weaker than its cells and stronger
    than defaults.
    """
    found = _Attributes(scope, row_input)
    failed = False
    for source in (scope.defaults_of(op), extra or {}, cells):
        for key, cell in source.items():
            try:
                _put(op, found, key, cell, keys)
            except Poisoned:
                failed = True
    if failed:
        raise Poisoned
    try:
        return Built(op.model_validate(found.values), found.expressions)
    except ValidationError as error:
        problems.report(
            error,
            op.names[0],
            _known(op),
            lambda path, of_key: found.place(path, row),
            scope.diagnostics,
        )
        raise Poisoned from None


def _put(
    op: type[Op], found: _Attributes, key: str, cell: Located, keys: Mapping[str, Located]
) -> None:
    if key in MODIFIERS:
        return
    if key == "patch":
        found.put_patch(op, cell)
        return
    name = to_field(key)
    if name in op.model_fields:
        found.put(op, name, cell)
        return
    span = keys.get(key, cell).span
    report_unknown(f"{op.names[0]}", key, _known(op), span, found.scope.diagnostics)
    raise Poisoned


def report_unknown(
    subject: str, key: str, known: list[str], span: Span, diagnostics: Diagnostics
) -> None:
    """An unknown key, with the nearest known one."""
    help_ = nearest(key, known)
    if help_ is None and known:
        help_ = "it takes " + ", ".join(f"`{name}`" for name in known)
    diagnostics.add(Code.UNKNOWN_KEY, f"{subject} has no `{key}`", span, help=help_)


def _known(op: type[Op]) -> list[str]:
    known = [to_key(name) for name in op.model_fields]
    return ["patch", *known] if "kernel" in op.model_fields else known


def modifier(cell: Located, scope: Scope) -> tuple[type[Op], Mapping[str, Located]] | None:
    """A norm's or activation's operation and attributes; None for ``none``.

    Written ``relu``, or ``{leaky relu: {slope: 0.1}}``.
    """
    cell = scope.substitute(cell)
    attributes: Mapping[str, Located] = {}
    name = cell.value
    if isinstance(name, dict) and len(name) == 1:
        ((name, inner),) = name.items()
        attributes = inner.value if isinstance(inner.value, dict) else {}
    if name in (None, "none", False):
        return None
    op = ops.find(name) if isinstance(name, str) else None
    if op is None:
        known = [each.names[0] for each in ops.OPS if each.arity == (1, 1)]
        help_ = nearest(str(name), known) or "write an operation, as `relu` or `batch norm`"
        scope.diagnostics.add(
            Code.UNKNOWN_TYPE, f"there is no operation `{name}`", cell.span, help=help_
        )
        raise Poisoned
    return op, attributes


def read_defaults(defaults: Located | None, modules: Modules, diagnostics: Diagnostics) -> Defaults:
    """``defaults`` by operation, or by module, keys checked."""
    found: Defaults = {}
    for name, attributes in defaults.entries if defaults else ():
        parsed = parse_type(name)
        op = ops.find(parsed.type) if parsed else None
        definition = modules.find(name) if op is None else None
        if op is not None:
            known = [*_known(op), *MODIFIERS]
            cells = found.setdefault(op, {})
        elif definition is not None:
            known = [*definition.printed.values()]
            cells = found.setdefault(definition.info.name, {})
        else:
            message = f"there is no operation or module `{name}`"
            names = [*(each.names[0] for each in ops.OPS), *modules.known()]
            span = defaults.key(name).span if defaults else attributes.span
            diagnostics.add(Code.UNKNOWN_TYPE, message, span, help=nearest(name, names))
            continue
        keys = {column_key(key) for key in known}
        for key, cell in attributes.entries:
            if column_key(key) in keys:
                cells[column_key(key)] = cell
            else:
                report_unknown(name, key, known, attributes.key(key).span, diagnostics)
    return found


def definition_cells(row: RawRow, ignored: frozenset[str]) -> dict[str, Located]:
    """The cells that define the row's operation or module."""
    return {key: cell for key, cell in row.cells.items() if key not in ignored}
