"""What holds rows of its own: uses of modules, splits and groups."""

from __future__ import annotations

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label, nearest
from archc.ir import Node, Value
from archc.ir.expression import Expression
from archc.spec.attributes import (
    MODIFIERS,
    definition_cells,
    read_defaults,
    report_unknown,
)
from archc.spec.located import Located, kind_of
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Definition, Modules
from archc.spec.operations import NOT_DEFINITIONS, Operations, report_misplaced
from archc.spec.prepared import Defaults, Surroundings
from archc.spec.problems import joined, listed
from archc.spec.recipes import UnitRecipe, op_recipe
from archc.spec.rows import RawRow
from archc.spec.scope import ColumnArgument, Poisoned, Scope
from archc.spec.tokens import column_key, slug

__all__ = [
    "NOT_ON_MODULES",
    "Uses",
    "check_branches",
    "check_group",
    "check_single",
    "join",
    "only_row_keys",
]


NOT_ON_MODULES = frozenset({"branches", "rows", "join", *MODIFIERS})
"""Row keys that a module's use cannot have."""


class Uses:
    """Gives modules their arguments. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.diagnostics = diagnostics
        self.defaults: dict[Definition, Defaults] = {}
        self.inside: dict[tuple[Surroundings, Definition], Surroundings] = {}
        """The surroundings of a module's rows, by those of its use."""

    def scope(self, row: RawRow, definition: Definition, around: Scope, value: Value) -> Scope:
        """The scope of the module's rows. Raises `Poisoned` after reporting a wrong argument."""
        self.check_recursion(row, definition, around)
        arguments = self.arguments(row, definition, around, value)
        surroundings = self.surroundings(definition, around.surroundings)
        inner = Scope(surroundings, arguments, (*around.uses, row.located.span))
        inner.tensors["input"] = value
        return inner

    def surroundings(self, definition: Definition, around: Surroundings) -> Surroundings:
        """Return the surroundings of the module's rows, the same for all its uses in ``around``."""
        known = self.inside.get((around, definition))
        if known is None:
            defaults = (*around.defaults, self.defaults_in(definition))
            modules = (*around.modules, definition.info)
            known = Surroundings(self.diagnostics, definition.printed, defaults, modules)
            if known.remembers:
                self.inside[around, definition] = known
        return known

    def numbers(self, definition: Definition, inner: Scope) -> dict[str, Expression]:
        """Return the columns that rows read as numbers, and note which were read at all."""
        read = {key: each for key, each in inner.arguments.items() if each.used}
        definition.used.update(read)
        return {
            definition.printed[key]: argument.expression
            for key, argument in inner.arguments.items()
            if argument.expression is not None and key in definition.printed
        }

    def defaults_in(self, definition: Definition) -> Defaults:
        """Return the defaults that a module sets for its rows, read once."""
        if definition not in self.defaults:
            self.defaults[definition] = read_defaults(
                definition.defaults, self.modules, self.diagnostics
            )
        return self.defaults[definition]

    def check_recursion(self, row: RawRow, definition: Definition, scope: Scope) -> None:
        """Refuse a module that uses itself, directly or through others."""
        most = self.modules.files.limits.depth
        if len(scope.modules) == most:
            message = f"more than {most} modules use one another"
            help_ = "put some together"
            place = row.cells["type"].span
            self.diagnostics.add(Code.TOO_DEEP, message, place, help=help_)
            raise Poisoned
        if definition.info not in scope.modules:
            return
        chain = [*scope.modules[scope.modules.index(definition.info) :], definition.info]
        self.diagnostics.add(
            Code.CYCLE,
            "a module uses itself: " + " → ".join(f"`{info.name}`" for info in chain),
            row.cells["type"].span,
            help="repeat it with `repeat`, or name another module",
        )
        raise Poisoned

    def arguments(
        self, row: RawRow, definition: Definition, scope: Scope, row_input: Value | None
    ) -> dict[str, ColumnArgument]:
        """Give the module's columns their arguments: the row's cells, or the module's defaults."""
        cells = definition_cells(row, NOT_DEFINITIONS)
        title = definition.info.name
        columns, ignores = definition.columns, definition.ignores
        unknown = [key for key in cells if key not in columns and key not in ignores]
        for key in unknown:
            span, labels = self.modules.places_of(row)(key)
            declared = _declared(definition)
            report_unknown(
                title,
                key,
                [*definition.printed.values()],
                (span, [*labels, *declared]),
                self.diagnostics,
            )
        found = {"classes": scope.arguments["classes"]} if "classes" in scope.arguments else {}
        defaults = scope.defaults_of(title)
        given = {**defaults, **cells} if defaults else cells
        missing: list[str] = []
        for key, default in definition.columns.items():
            if key in given:
                found[key] = ColumnArgument(given[key], scope, row_input)
            elif default is not None:
                found[key] = ColumnArgument(default, is_default=True)
            elif not nearest(key, unknown):
                missing.append(key)
        if missing:
            self.report_missing(row, definition, missing)
        if missing or unknown:
            raise Poisoned
        return found

    def report_missing(self, row: RawRow, definition: Definition, missing: list[str]) -> None:
        """Report columns of a module that the row leaves blank, or has no cell for."""
        is_list = isinstance(row.located.value, list)
        blank = [key for key in missing if is_list and key in row.headers]
        absent = [definition.printed[key] for key in missing if key not in blank]
        ways = [f"fill the column{'s' * (len(blank) > 1)}"] if blank else []
        if absent:
            where = "in a mapping that ends the row" if is_list else ""
            added = joined([f"`{name}: ...`" for name in absent], "and")
            ways.append(f"add {added} {where}".strip())
        labels = [Label(row.headers[key].span, "blank in this row") for key in blank]
        printed = listed(definition.printed[key] for key in missing)
        self.diagnostics.add(
            Code.MISSING_KEY,
            f"{definition.info.name} needs {printed}",
            row.located.span,
            help=joined(ways, "and"),
            labels=[*labels, *_declared(definition)],
        )


def _declared(definition: Definition) -> list[Label]:
    """Point at where a user's module declares its columns; the help has those of the library's."""
    source = definition.located.source.name
    if "columns" not in definition.located.value or source.startswith("archc/modules/"):
        return []
    return [Label(definition.located.key("columns").span, "its columns are declared here")]


_READ_ONE = {"branches": "a split", "rows": "a group of rows"}
_NOT_ON_SPLITS = frozenset({"rows", "patch"})
_NOT_ON_GROUPS = frozenset({"patch", "join", *MODIFIERS})


def check_single(row: RawRow, inputs: tuple[Value, ...], diagnostics: Diagnostics) -> None:
    """Check that a split or a group reads one tensor."""
    what = next((what for key, what in _READ_ONE.items() if key in row.cells), None)
    if what is None or len(inputs) == 1:
        return
    message = f"{what} takes 1 tensor, `from` names {len(inputs)}"
    help_ = "join them first, with `concat` or `add`"
    diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
    raise Poisoned


def only_row_keys(row: RawRow, modules: Modules, diagnostics: Diagnostics) -> None:
    """Check that a split or group has no attributes of its own."""
    is_split = "branches" in row.cells
    subject = "a split" if is_split else "a group of rows"
    excluded = _NOT_ON_SPLITS if is_split else _NOT_ON_GROUPS
    report_misplaced(row, subject, excluded, diagnostics)
    known = sorted(ROW_KEYS - excluded)
    found = [key for key in row.cells if key not in known and key not in CLAIMS]
    place = modules.places_of(row)
    for key in found:
        report_unknown(subject, key, known, place(key), diagnostics)
    if found:
        raise Poisoned


def check_branches(branches: Located, diagnostics: Diagnostics) -> None:
    """Check that branches are lists of rows by name, at least one."""
    if not isinstance(branches.value, dict) or not branches.value:
        empty = isinstance(branches.value, dict)
        message = f"`branches` is {'empty' if empty else kind_of(branches.value)}"
        help_ = "write lists of rows by name, as {a: [...], b: []}"
        diagnostics.add(Code.WRONG_TYPE, message, branches.span, help=help_)
        raise Poisoned
    first: dict[str, str] = {}
    for name, rows in branches.entries:
        same = first.setdefault(column_key(name), name)
        if same != name:
            message, help_ = f"the branch `{name}` is given twice", "rename one of the two"
            labels = [Label(branches.key(same).span, "first given here")]
            place = branches.key(name).span
            diagnostics.add(Code.DUPLICATE_NAME, message, place, help=help_, labels=labels)
            raise Poisoned
        if not isinstance(rows.value, list):
            message = f"the branch `{name}` is {kind_of(rows.value)}"
            help_ = "write a list of rows; [] passes the input on"
            diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
            raise Poisoned


def check_group(rows: Located, diagnostics: Diagnostics) -> None:
    """Check that a group is a list of rows, at least one."""
    if not rows.items:
        message = f"`rows` is {'empty' if rows.value == [] else kind_of(rows.value)}"
        help_ = "write a list of rows, at least one"
        diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
        raise Poisoned


def join(row: RawRow, inputs: tuple[Value, ...], scope: Scope, operations: Operations) -> Node:
    """Add the operation that joins the branches' outputs, with its norm and activation."""
    prepared = scope.surroundings.prepared(row)
    recipe = prepared.recipe
    if recipe is None:
        recipe = _join_recipe(row, scope, operations)
        if not recipe.op.failed:
            prepared.recipe = recipe
    built = recipe.op.built(scope, inputs[0])
    return operations.add(recipe, built, row, inputs, scope)


def _join_recipe(row: RawRow, scope: Scope, operations: Operations) -> UnitRecipe:
    """Read how a split joins its branches: by concatenation, unless it says otherwise."""
    cell = row.cells.get("join")
    name = str(cell.value) if cell is not None else "concat"
    op = ops.find(name)
    if op is None or op.arity[1] is not None:
        message = f"branches cannot be joined by {cell.shown if cell else name}"
        span = (cell or row.located).span
        operations.diagnostics.add(Code.BAD_VALUE, message, span, help="write `concat` or `add`")
        raise Poisoned
    branches = row.cells["branches"]
    place = (cell or row.keys.get("branches", row.located)).span
    recipe = op_recipe(op, {}, lambda key: (row.located.span, []), row.located, scope)
    keys = [branches.key(name) for name, _ in branches.entries]
    return UnitRecipe(slug(op.names[0]), recipe, place, keys, "gives")
