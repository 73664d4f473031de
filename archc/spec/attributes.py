"""A row's cells to a checked operation: defaults, patches, arithmetic, expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.fields import Mistakes, to_field
from archc.ir import Value
from archc.ir.expression import Expression, Number
from archc.ops import Op
from archc.spec import problems
from archc.spec.located import Located
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.rows import RawRow
from archc.spec.scope import Defaults, Poisoned, Scope, SortedDefaults
from archc.spec.tokens import column_key, parse_patch, parse_type

__all__ = ["MODIFIERS", "Built", "build_op", "check_keys", "modifier", "read_defaults"]

MODIFIERS = ("norm", "activation")
"""What a row may add after its operation, in this order."""


PlaceOfKey = Callable[[str], tuple[Span, list[Label]]]
"""Where an unknown key is shown."""


@dataclass(slots=True)
class Built:
    """An operation and the arithmetic behind its attributes.

    ``places`` has where each attribute was written, ``by_default`` those that defaults set.
    """

    op: Op
    expressions: dict[str, Expression]
    places: Mapping[str, Located] = field(default_factory=dict)
    by_default: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Attributes:
    """Values by field, with where each was written."""

    scope: Scope
    row_input: Value | None
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Located] = field(default_factory=dict)
    keys: dict[str, Located] = field(default_factory=dict)
    expressions: dict[str, Expression] = field(default_factory=dict)
    by_default: set[str] = field(default_factory=set)

    def put(self, op: type[Op], name: str, cell: Located) -> None:
        """One attribute, arithmetic evaluated and columns replaced."""
        self.places[name] = self.scope.substitute(cell)
        self.by_default.discard(name)
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
        """Height and width; where one column gives both, code can be written with it."""
        found = [self._part(part, cell) for part in parts]
        self.values[name] = tuple(each.value for each in found)
        self.places[name] = cell
        self.by_default.discard(name)
        self.expressions.pop(name, None)
        if parts[0] == parts[1] and not isinstance(found[0], Number):
            self.expressions[name] = found[0]

    def _part(self, text: str, cell: Located) -> Expression:
        if text.isdecimal() and len(text) <= 12:
            return Number(int(text))
        return self.scope.arithmetic(cell.with_value(text), self.row_input, of_patch=cell)

    def place(self, path: tuple[Any, ...], row: Located) -> Span:
        """Where the attribute at ``path`` was written; the row for one that was not."""
        cell = self.places.get(to_field(str(path[0]))) if path else None
        return (cell or row).span


def build_op(
    op: type[Op],
    cells: Mapping[str, Located],
    place_of_key: PlaceOfKey,
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
    failed: set[str] = set()
    defaults = _plain_defaults(op, scope)
    found.values.update(defaults.values)
    found.places.update(defaults.places)
    found.by_default.update(defaults.values)
    for source in (defaults.others, extra or {}, cells):
        for key, cell in source.items():
            if source is cells and (twice := _other(op, key, cells)):
                first = [Label(cells[twice].span, f"by `{twice}`")]
                message, help_ = f"`{key}` is given by `{twice}`, too", "remove one of the two"
                scope.diagnostics.add(
                    Code.DUPLICATE_KEY, message, cell.span, help=help_, labels=first
                )
                failed.add(key)
                continue
            try:
                _put(op, found, key, cell, place_of_key)
            except Poisoned:
                failed.add(key)
        if source is defaults.others:
            found.by_default.update(found.places)
    try:
        built = _validated(op, found.values)
    except Mistakes as error:
        problems.report(
            error,
            op.names[0],
            _known(op),
            lambda path, of_key: found.place(path, row),
            scope.diagnostics,
            labels=lambda path: _use(path, found),
            has=_meant(failed),
        )
        raise Poisoned from None
    if failed:
        raise Poisoned
    return Built(built, found.expressions, found.places, frozenset(found.by_default))


def _use(path: problems.Path, found: _Attributes) -> list[Label]:
    """The use of a module that makes an attribute's arithmetic come out wrong."""
    name = to_field(str(path[0])) if path else ""
    return found.scope.in_this_use() if name in found.expressions else []


def _meant(failed: set[str]) -> set[str]:
    """The attributes that a row gives, though wrongly: they are not missing, too."""
    return failed | ({"kernel", "stride", "output"} if "patch" in failed else set())


def _other(op: type[Op], key: str, cells: Mapping[str, Located]) -> str | None:
    """The patch that says what ``key`` says, too."""
    if key not in ("kernel", "stride") or "patch" not in cells:
        return None
    written = cells["patch"].value
    patch = parse_patch(str(written)) if isinstance(written, str | int) else None
    return "patch" if patch is not None and (key == "kernel" or patch.stride) else None


def _plain_defaults(op: type[Op], scope: Scope) -> SortedDefaults:
    """The defaults of an operation in a scope, sorted once."""
    found = scope.sorted_defaults.get(op)
    if found is not None:
        return found
    found = SortedDefaults()
    for key, cell in scope.defaults_of(op).items():
        name = to_field(key)
        plain = isinstance(cell.value, bool | float) or (
            isinstance(cell.value, str | int) and scope.substitute(cell) is cell
        )
        if key in MODIFIERS:
            continue
        if key == "patch" or not plain or name in op.arithmetic():
            found.others[key] = cell
        else:
            found.values[name], found.places[name] = cell.value, cell
    scope.sorted_defaults[op] = found
    return found


_known_good: dict[tuple[Any, ...], Op] = {}


def _validated(op: type[Op], values: dict[str, Any]) -> Op:
    """The operation with these attributes; operations are frozen, so one serves all uses."""
    key = (op, *((name, type(value), value) for name, value in values.items()))
    try:
        known = _known_good.get(key)
    except TypeError:  # a list: not remembered
        return op.make(values)
    if known is None:
        known = op.make(values)
        if len(_known_good) < 10_000:
            _known_good[key] = known
    return known


def _put(
    op: type[Op], found: _Attributes, key: str, cell: Located, place_of_key: PlaceOfKey
) -> None:
    if key in MODIFIERS:
        return
    if key == "patch":
        found.put_patch(op, cell)
        return
    check_keys(op, (key,), place_of_key, found.scope.diagnostics)
    found.put(op, to_field(key), cell)


def check_keys(
    op: type[Op], keys: Iterable[str], place_of_key: PlaceOfKey, diagnostics: Diagnostics
) -> None:
    """Raise `Poisoned`, after reporting, for keys that the operation does not have."""
    fields = op.attributes()
    unknown = [key for key in keys if key != "patch" and to_field(key) not in fields]
    for key in unknown:
        report_unknown(op.names[0], key, _known(op), place_of_key(key), diagnostics)
    if unknown:
        raise Poisoned


def report_unknown(
    subject: str,
    key: str,
    known: list[str],
    place: tuple[Span, list[Label]],
    diagnostics: Diagnostics,
) -> None:
    """An unknown key, with the nearest known one."""
    span, labels = place
    help_ = nearest(key, {*known, *ROW_KEYS, *CLAIMS} - {key})
    if key.isdecimal():
        help_ = "write a number without a comma inside"
    elif ")" in key and "(" not in key:
        help_ = 'quote a value that has a comma, as "max(width, 16)"'
    help_ = help_ or (f"it takes {problems.listed(known)}" if known else "it takes nothing")
    message = f"{subject} has no `{key}`"
    diagnostics.add(Code.UNKNOWN_KEY, message, span, help=help_, labels=labels)


def _known(op: type[Op]) -> list[str]:
    known = op.all_keys()
    return ["patch", *known] if "kernel" in op.fields else known


def modifier(key: str, cell: Located, scope: Scope) -> tuple[type[Op], Located | None] | None:
    """A norm's or activation's operation and attributes; None for ``none``.

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
    """``defaults`` by operation, or by module, keys checked."""
    found: Defaults = {}
    for name, attributes in defaults.entries if defaults else ():
        parsed = parse_type(name)
        op = ops.find(parsed.type) if parsed else None
        try:
            definition = modules.find(name) if op is None else None
        except Poisoned:
            continue
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
    """The cells that define the row's operation or module."""
    return {key: cell for key, cell in row.cells.items() if key not in ignored}
