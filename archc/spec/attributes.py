"""The attributes that rows and defaults give to operations: their keys, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.fields import to_field
from archc.ir import Value
from archc.ir.expression import Expression, Number
from archc.ops import Op
from archc.spec import problems
from archc.spec.located import Located
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.prepared import Defaults
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import LONGEST, Patch, column_key, parse_patch, parse_type

__all__ = [
    "MODIFIERS",
    "AttributeValues",
    "PlaceOfKey",
    "check_keys",
    "definition_cells",
    "known_keys",
    "modifier",
    "patch_cell",
    "patch_of",
    "read_defaults",
    "report_unknown",
]

MODIFIERS = ("norm", "activation")
"""What a row may add after its operation, in this order."""


PlaceOfKey = Callable[[str], tuple[Span, list[Label]]]
"""Where an unknown key is shown."""


class AttributeValues:
    """Values by field, and the arithmetic behind them, as cells are put one after another."""

    __slots__ = ("expressions", "row_input", "scope", "values")

    def __init__(self, scope: Scope, row_input: Value | None, values: dict[str, Any]) -> None:
        self.scope = scope
        self.row_input = row_input
        self.values = values
        self.expressions: dict[str, Expression] = {}

    def put(self, op: type[Op], key: str, cell: Located) -> None:
        """Put what a cell gives, arithmetic evaluated and columns replaced."""
        if key == "patch":
            self.putpatch_of(op, cell)
            return
        name = to_field(key)
        if name in op.arithmetic() and type(cell.value) in (int, str):
            self.put_expression(name, self.scope.arithmetic(cell, self.row_input))
            return
        self.values[name] = self.scope.substitute(cell).plain()

    def put_expression(self, name: str, expression: Expression) -> None:
        """Put a number, and keep the arithmetic that gave it."""
        self.values[name] = expression.value
        if isinstance(expression, Number):
            self.expressions.pop(name, None)
        else:
            self.expressions[name] = expression

    def putpatch_of(self, op: type[Op], cell: Located) -> None:
        """Put ``7×7/2`` as kernel and stride; each part may be arithmetic."""
        cell = patch_cell(cell, self.scope)
        patch = patch_of(cell)
        if "kernel" not in op.fields:
            message = f"{op.names[0]} has no patch size"
            help_ = "write it as `output`" if "output" in op.fields else "leave it out"
            self.scope.diagnostics.add(Code.UNKNOWN_KEY, message, cell.span, help=help_)
            raise Poisoned
        if patch is None:
            self.scope.report_no_patch(cell)
            raise Poisoned
        for name, parts in (("kernel", patch.kernel), ("stride", patch.stride)):
            if parts is not None:
                self._put_pair(name, parts, cell)

    def _put_pair(self, name: str, parts: tuple[str, str], cell: Located) -> None:
        """Put height and width; where one column gives both, code can be written with it."""
        found = [self._part(part, cell) for part in parts]
        self.values[name] = tuple(each.value for each in found)
        self.expressions.pop(name, None)
        if parts[0] == parts[1] and not isinstance(found[0], Number):
            self.expressions[name] = found[0]

    def _part(self, text: str, cell: Located) -> Expression:
        if text.isdecimal() and len(text) <= LONGEST:
            return Number(int(text))
        return self.scope.arithmetic(cell.with_value(text), self.row_input, of_patch=cell)


def patch_of(cell: Located) -> Patch | None:
    """Read kernel and stride as a cell has them written; None where it is no patch."""
    return parse_patch(str(cell.value)) if isinstance(cell.value, str | int) else None


def patch_cell(cell: Located, scope: Scope) -> Located:
    """Return the cell that says kernel and stride: the column's, where the cell names one."""
    literal = patch_of(cell)
    if literal is None or not all(part.isdecimal() for part in literal.kernel):
        return scope.substitute(cell)  # a column named like a patch would hide patches
    return cell


def check_keys(
    op: type[Op], keys: Iterable[str], place_of_key: PlaceOfKey, diagnostics: Diagnostics
) -> None:
    """Raise `Poisoned`, after reporting, for keys that the operation does not have."""
    fields = op.attributes()
    unknown = [key for key in keys if key != "patch" and to_field(key) not in fields]
    for key in unknown:
        report_unknown(op.names[0], key, known_keys(op), place_of_key(key), diagnostics)
    if unknown:
        raise Poisoned


def report_unknown(
    subject: str,
    key: str,
    known: list[str],
    place: tuple[Span, list[Label]],
    diagnostics: Diagnostics,
) -> None:
    """Report an unknown key, with the nearest known one."""
    span, labels = place
    help_ = nearest(key, {*known, *ROW_KEYS, *CLAIMS} - {key})
    if key.isdecimal():
        help_ = "write a number without a comma inside"
    elif ")" in key and "(" not in key:
        help_ = 'quote a value that has a comma, as "max(width, 16)"'
    help_ = help_ or (f"it takes {problems.listed(known)}" if known else "it takes nothing")
    message = f"{subject} has no `{key}`"
    diagnostics.add(Code.UNKNOWN_KEY, message, span, help=help_, labels=labels)


def known_keys(op: type[Op]) -> list[str]:
    """Return the keys that a row of the operation may have."""
    known = op.all_keys()
    return ["patch", *known] if "kernel" in op.fields else known


def modifier(key: str, cell: Located, scope: Scope) -> tuple[type[Op], Located | None] | None:
    """Read a norm's or activation's operation and attributes; None for ``none``.

    Written ``relu``, or ``{leaky relu: {slope: 0.1}}``. Only what keeps the shape can follow.
    """
    cell = scope.substitute(cell)
    attributes: Located | None = None
    name = cell
    if isinstance(cell.value, dict) and len(cell.value) == 1:
        ((word, attributes),) = cell.value.items()
        name = cell.key(word).with_value(word)
    if name.value in (None, "none", False):
        return None
    op = ops.find(name.value) if isinstance(name.value, str) else None
    if op is None or not op.keeps_shape:
        known = [each.names[0] for each in ops.OPS if each.keeps_shape]
        code = Code.BAD_VALUE if op or not isinstance(name.value, str) else Code.UNKNOWN_TYPE
        message = (
            f"there is no operation {name.shown}"
            if code is Code.UNKNOWN_TYPE
            else (f"`{key}` cannot be {name.shown}")
        )
        help_ = None if op else nearest(str(name.value), known)
        help_ = help_ or "write `relu`, `none`, `batch norm` or `{leaky relu: {slope: 0.1}}`"
        scope.diagnostics.add(code, message, name.span, help=help_)
        raise Poisoned
    if attributes is not None and not isinstance(attributes.value, dict | None):
        message = f"the attributes of {name.shown} are {attributes.shown}"
        keys = op.all_keys()
        help_ = f"write {{{name.value}: {{{keys[0]}: ...}}}}" if keys else "it has none"
        scope.diagnostics.add(Code.WRONG_TYPE, message, attributes.span, help=help_)
        raise Poisoned
    return op, attributes if attributes is not None and attributes.value else None


def read_defaults(defaults: Located | None, modules: Modules, diagnostics: Diagnostics) -> Defaults:
    """Read ``defaults`` by operation, or by module, and check their keys."""
    found: Defaults = {}
    for name, attributes in defaults.entries if defaults else ():
        parsed = parse_type(name)
        op = ops.find(parsed.type) if parsed else None
        try:
            definition = modules.find(name) if op is None else None
        except Poisoned:
            continue
        if op is not None:
            known = [*known_keys(op), *MODIFIERS]
            cells = found.setdefault(op, {})
        elif definition is not None:
            known = [*definition.printed.values()]
            cells = found.setdefault(definition.info.name, {})
        else:
            message = f"there is no operation or module `{name}`"
            names = [*(each.names[0] for each in ops.OPS), *modules.known()]
            span = defaults.key(name).span if defaults else attributes.span
            help_ = nearest(name, names) or "defaults are given by operation, or by module"
            diagnostics.add(Code.UNKNOWN_TYPE, message, span, help=help_)
            continue
        keys = {column_key(key) for key in known}
        for key, cell in attributes.entries:
            column, span = column_key(key), attributes.key(key).span
            if column not in keys:
                report_unknown(name, key, known, (span, []), diagnostics)
                continue
            if column in cells:
                message, help_ = f"`{key}` of `{name}` is given twice", "remove one of the two"
                first = [Label(cells[column].span, "first given here")]
                diagnostics.add(Code.DUPLICATE_KEY, message, span, help=help_, labels=first)
            cells[column] = cell
    return found


def definition_cells(row: RawRow, ignored: frozenset[str]) -> dict[str, Located]:
    """Return the cells that define the row's operation or module."""
    return {key: cell for key, cell in row.cells.items() if key not in ignored}
