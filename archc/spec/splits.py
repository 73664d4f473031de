"""Splits and groups: what they may say, and what joins a split's branches."""

from __future__ import annotations

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label
from archc.ir import Node, Value
from archc.spec.attributes import MODIFIERS, op_recipe, report_unknown
from archc.spec.located import Located, kind_of
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Modules
from archc.spec.operations import Operations, UnitRecipe, report_misplaced
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import column_key, slug

__all__ = ["check_branches", "check_group", "check_single", "join", "only_row_keys"]

_READ_ONE = {"branches": "a split", "rows": "a group of rows"}
_NOT_ON_SPLITS = frozenset({"rows", "patch"})
_NOT_ON_GROUPS = frozenset({"patch", "join", *MODIFIERS})


def check_single(row: RawRow, inputs: tuple[Value, ...], diagnostics: Diagnostics) -> None:
    """A split or a group reads one tensor."""
    what = next((what for key, what in _READ_ONE.items() if key in row.cells), None)
    if what is None or len(inputs) == 1:
        return
    message = f"{what} takes 1 tensor, `from` names {len(inputs)}"
    help_ = "join them first, with `concat` or `add`"
    diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
    raise Poisoned


def only_row_keys(row: RawRow, modules: Modules, diagnostics: Diagnostics) -> None:
    """A split or group has no attributes of its own."""
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
    """Branches are lists of rows by name, at least one."""
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
    """A group is a list of rows, at least one."""
    if not rows.items:
        message = f"`rows` is {'empty' if rows.value == [] else kind_of(rows.value)}"
        help_ = "write a list of rows, at least one"
        diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
        raise Poisoned


def join(
    row: RawRow, inputs: tuple[Value, ...], scope: Scope, operations: Operations
) -> list[Node]:
    """The operation that joins the branches' outputs, with its norm and activation."""
    prepared = scope.surroundings.prepared(row)
    recipe = prepared.recipe
    if recipe is None:
        recipe = _join_recipe(row, scope, operations)
        if not recipe.op.failed:
            prepared.recipe = recipe
    built = recipe.op.built(scope, inputs[0])
    return operations.add(recipe, built, row, inputs, scope).nodes


def _join_recipe(row: RawRow, scope: Scope, operations: Operations) -> UnitRecipe:
    """How a split says that its branches are joined; concatenated if it does not."""
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
