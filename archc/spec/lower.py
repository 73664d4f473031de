"""Rows to nodes: types resolved, modules expanded, branches joined, shapes inferred.

Whatever goes wrong is recorded and poisons what depends on it, so that one mistake gives one
message and the rest of the file is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress

from archc import ops
from archc.diagnostics import Code, Diagnostics, Label, nearest
from archc.ir import Block, Node, Origin, Value
from archc.ops import Op, format_shape, words
from archc.spec.attributes import (
    MODIFIERS,
    build_op,
    report_unknown,
)
from archc.spec.located import Located, kind_of
from archc.spec.models import CLAIMS, ROW_KEYS
from archc.spec.modules import Definition, Modules
from archc.spec.operations import (
    Lowered,
    Operations,
    Unit,
    report_misplaced,
)
from archc.spec.references import report_unknown_tensor
from archc.spec.rows import RawRow, at_use, series
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import TypeText, column_key, is_figure, parse_type, python_name, slug
from archc.spec.uses import NOT_ON_MODULES, Uses

__all__ = ["Lowering"]

_READ_ONE = {"branches": "a split", "rows": "a group of rows"}
_NOT_ON_SPLITS = frozenset({"rows", "patch"})
_NOT_ON_GROUPS = frozenset({"patch", "join", *MODIFIERS})


class Lowering:
    """Lowers rows. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.diagnostics = diagnostics
        self.operations = Operations(modules, diagnostics)
        self.uses = Uses(modules, diagnostics)
        self.depth = 0
        """How many modules, splits and groups the row is inside of that is lowered."""
        self.misnamed: set[str] = set()
        """Names of rows whose type does not exist: they may be misspelt, too."""

    # Bodies

    def body(self, rows: list[RawRow], scope: Scope, value: Value) -> tuple[list[Node], Value]:
        """A chain of rows from ``value``. Raises `Poisoned` if its output is not known."""
        self.depth += 1
        try:
            self.check_depth(rows)
            return self.chain(rows, scope, value)
        finally:
            self.depth -= 1

    def check_depth(self, rows: list[RawRow]) -> None:
        """Modules, splits and groups in one another end somewhere."""
        most = self.modules.files.limits.depth
        if self.depth > most and rows:
            message = f"more than {most} modules, splits and groups are in one another"
            help_, place = "put some together", rows[0].located.span
            self.diagnostics.add(Code.TOO_DEEP, message, place, help=help_)
            raise Poisoned

    def chain(self, rows: list[RawRow], scope: Scope, value: Value) -> tuple[list[Node], Value]:
        """The rows' nodes, and the last row's output."""
        nodes: list[Node] = []
        current: Value | None = value
        for row in rows:
            lowered = self.row(row, rows, scope, current)
            current = lowered.output if lowered else None
            if lowered:
                nodes.extend(lowered.nodes)
            if row.name in scope.tensors and row.text("name"):
                self.report_name_twice(row, rows)
            scope.tensors[row.name] = current
        if current is None:
            raise Poisoned
        return nodes, current

    def report_name_twice(self, row: RawRow, siblings: list[RawRow]) -> None:
        """Two rows of one body have the same name, or one is called as the input is."""
        message = f"the name `{row.name}` is given twice"
        first = next((each for each in siblings if each.name == row.name), row)
        if first is row:
            message, labels = f"`{row.name}` is the name of what the first row reads", []
        else:
            labels = [Label(first.cells.get("name", first.located).span, "first given here")]
        span, help_ = row.cells["name"].span, "choose another"
        self.diagnostics.add(Code.DUPLICATE_NAME, message, span, help=help_, labels=labels)

    def row(
        self, row: RawRow, siblings: list[RawRow], scope: Scope, current: Value | None
    ) -> Lowered | None:
        """One row with its repeats; None when it, or what it needs, is wrong."""
        if row.broken:
            return None
        try:
            inputs = self.row_inputs(row, siblings, scope, current)
            if not self.wanted(row, scope, inputs[0]):
                return Lowered([], current, current) if current is not None else None
            self.check_single(row, inputs)
            lowered = Lowered([], inputs[0], inputs[0])
            repeat = self.repeat(row, scope, inputs[0])
            self.check_series(row, repeat)
            self.operations.reserve(repeat, row.cells.get("repeat") or row.located)
            if repeat == 1:
                lowered = self.once(row, scope, inputs)
                if len(lowered.nodes) == 1:
                    lowered.nodes[0].attribute = python_name(row.text("name"))
                return lowered
            for use in range(repeat):
                again = self.one_of(row, use, repeat, scope, inputs)
                lowered.nodes += again.nodes
                lowered.output = again.output
                inputs = (again.output,)
        except Poisoned:
            if current is None:
                self.check_names(row, scope)
            return None
        return lowered

    def one_of(
        self, row: RawRow, use: int, repeat: int, scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """One of several uses; from the second on, what is wrong there says which."""
        place = row.cells.get("repeat") or row.cells.get("type") or row.located
        turns = self.operations.turns
        if use:
            turns.append(Label(place.span, f"in use {use + 1} of {repeat}"))
        try:
            return self.once(at_use(row, use, repeat), scope, inputs)
        finally:
            if use:
                turns.pop()

    def check_names(self, row: RawRow, scope: Scope, columns: Collection[str] = ()) -> None:
        """What can be said of a row whose input is not known: types, keys and values.

        ``columns`` are those of a module that is not used; a type may be one of them, and so
        may every value.
        """
        if row.broken or column_key(row.text("as") or row.type) in columns:
            return
        with suppress(Poisoned):
            if "branches" in row.cells:
                self.check_branches(row.cells["branches"])
            for name, rows in row.lists():
                for each in row.rows_under(name, rows, self.diagnostics):
                    self.check_names(each, scope, columns)
            if "branches" in row.cells or "rows" in row.cells:
                self.only_row_keys(row)
                return
            uses = max((len(cell.items) for cell in series(row).values()), default=1)
            if not columns and "channels" not in str(row.text("repeat")):
                uses = self.repeat(row, scope, Value((1,)))
                self.check_series(row, uses)
            for use in range(uses if series(row) else 1):
                self.check_use(at_use(row, use, uses), scope, columns)

    def check_single(self, row: RawRow, inputs: tuple[Value, ...]) -> None:
        """A split or a group reads one tensor."""
        what = next((what for key, what in _READ_ONE.items() if key in row.cells), None)
        if what is None or len(inputs) == 1:
            return
        message = f"{what} takes 1 tensor, `from` names {len(inputs)}"
        help_ = "join them first, with `concat` or `add`"
        self.diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
        raise Poisoned

    def check_use(self, row: RawRow, scope: Scope, columns: Collection[str]) -> None:
        """One use of a row whose input is not known."""
        parsed = self.type_of(row, scope)
        op = ops.find(parsed.type)
        definition = self.resolve(row, parsed, op, scope)
        if definition is not None:
            report_misplaced(row, definition.info.name, NOT_ON_MODULES, self.diagnostics)
            self.uses.arguments(row, definition, scope, None)
        elif op is None:
            self.report_unknown_type(row, parsed)
        else:
            self.operations.check(row, parsed, op, scope, values=not columns)

    def wanted(self, row: RawRow, scope: Scope, value: Value) -> bool:
        """Whether the row's ``when`` holds, if it has one."""
        cell = row.cells.get("when")
        return cell is None or scope.holds(cell, value)

    def row_inputs(
        self, row: RawRow, siblings: list[RawRow], scope: Scope, current: Value | None
    ) -> tuple[Value, ...]:
        """The tensors named in ``from``, or the one before."""
        cell = row.cells.get("from")
        if cell is None:
            if current is None:
                raise Poisoned
            return (current,)
        found = []
        for name in cell.items or [cell]:
            try:
                found.append(scope.tensor(str(name.value)))
            except KeyError:
                if self.is_misnamed(str(name.value), siblings):
                    self.check_names(row, scope)  # it may be the misnamed one itself
                else:
                    report_unknown_tensor(name, row, siblings, scope)
                raise Poisoned from None
        return tuple(found)

    def is_misnamed(self, name: str, rows: list[RawRow]) -> bool:
        """Whether a row that has been reported would be called so, were it right."""
        for row in rows:
            for key, cell in row.cells.items():
                if cell.value == name and key not in ROW_KEYS and nearest(key, ["name"]):
                    return True
        return nearest(name, self.misnamed) is not None

    def repeat(self, row: RawRow, scope: Scope, value: Value) -> int:
        """How often the row is used, from ``3×Inception`` or ``repeat``."""
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
        self.diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
        raise Poisoned

    def check_series(self, row: RawRow, repeat: int) -> None:
        """A cell that lists values for the uses of a repeated row has one for each."""
        for key, cell in series(row).items() if repeat > 1 else ():
            if len(cell.items) == repeat:
                continue
            message = f"`{key}` lists {len(cell.items)} values, but the row is used {repeat} times"
            help_ = "list one value for each use, or write one for all"
            self.diagnostics.add(Code.BAD_REPEAT, message, cell.span, help=help_)
            raise Poisoned

    def once(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """One use of the row."""
        self.operations.tick()
        if "branches" in row.cells:
            return self.split(row, scope, inputs)
        if "rows" in row.cells:
            return self.group(row, scope, inputs)
        parsed = self.type_of(row, scope)
        op = ops.find(parsed.type)
        definition = self.resolve(row, parsed, op, scope)
        if definition is not None:
            lowered = self.use(row, definition, scope, inputs)
            if not is_figure(parsed.type):
                for node in lowered.nodes:
                    assert isinstance(node, Block)
                    node.called = parsed.type
            return lowered
        if op is not None:
            return self.operations.from_row(row, parsed, op, scope, inputs)
        self.report_unknown_type(row, parsed)
        raise Poisoned

    def type_of(self, row: RawRow, scope: Scope) -> TypeText:
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

    def resolve(
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
        own = [key for key in definition.columns if key != "patch" and key not in op.model_fields]
        return definition if not own or any(key in row.cells for key in own) else None

    def report_unknown_type(self, row: RawRow, parsed: TypeText) -> None:
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

    # Splits, groups and modules

    def split(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """Branches side by side, and what joins them."""
        self.only_row_keys(row)
        branches = row.cells["branches"]
        self.check_branches(branches)
        nodes: list[Node] = []
        outputs: list[tuple[Located, Value]] = []
        failed = False
        for name, rows in branches.entries:
            try:
                nested = row.rows_under(name, rows, self.diagnostics)
                block = self.branch(name, nested, branches.key(name), scope, inputs[0])
            except Poisoned:
                failed = True
                continue
            nodes.append(block)
            outputs.append((branches.key(name), block.output))
        if failed:
            raise Poisoned
        joined = self.join(row, outputs, scope)
        return Lowered([*nodes, *joined], inputs[0], joined[-1].output)

    def check_branches(self, branches: Located) -> None:
        """Branches are lists of rows by name, at least one."""
        if not isinstance(branches.value, dict) or not branches.value:
            empty = isinstance(branches.value, dict)
            message = f"`branches` is {'empty' if empty else kind_of(branches.value)}"
            help_ = "write lists of rows by name, as {a: [...], b: []}"
            self.diagnostics.add(Code.WRONG_TYPE, message, branches.span, help=help_)
            raise Poisoned
        first: dict[str, str] = {}
        for name, rows in branches.entries:
            same = first.setdefault(column_key(name), name)
            if same != name:
                message, help_ = f"the branch `{name}` is given twice", "rename one of the two"
                labels = [Label(branches.key(same).span, "first given here")]
                place = branches.key(name).span
                self.diagnostics.add(Code.DUPLICATE_NAME, message, place, help=help_, labels=labels)
                raise Poisoned
            if not isinstance(rows.value, list):
                message = f"the branch `{name}` is {kind_of(rows.value)}"
                help_ = "write a list of rows; [] passes the input on"
                self.diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
                raise Poisoned

    def branch(
        self, name: str, rows: list[RawRow], key: Located, scope: Scope, value: Value
    ) -> Block:
        """One branch as a block; an empty one passes its input on."""
        nodes, output = self.body(rows, scope.branch(), value)
        origin = Origin(key.span, scope.uses)
        return Block(scope.unique(slug(name)), "branch", value, output, nodes, origin)

    def join(self, row: RawRow, outputs: list[tuple[Located, Value]], scope: Scope) -> list[Node]:
        """The operation that joins the branches, with its norm and activation."""
        cell = row.cells.get("join")
        name = str(cell.value) if cell is not None else "concat"
        op = ops.find(name)
        if op is None or op.arity[1] is not None:
            message = f"branches cannot be joined by {cell.shown if cell else name}"
            span = (cell or row.located).span
            self.diagnostics.add(Code.BAD_VALUE, message, span, help="write `concat` or `add`")
            raise Poisoned
        values = tuple(value for _, value in outputs)
        built = build_op(op, {}, lambda key: (row.located.span, []), row.located, scope, values[0])
        origin = Origin((cell or row.keys.get("branches", row.located)).span, scope.uses)
        labels = [Label(key.span, f"gives {format_shape(v.shape)}") for key, v in outputs]
        name = scope.unique(slug(op.names[0]))
        modifiers = self.operations.modifiers(row, op, scope)
        unit = Unit(name, built, modifiers, origin, labels)
        return self.operations.add(unit, values, scope).nodes

    def group(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """Rows that are repeated together."""
        self.only_row_keys(row)
        rows = row.cells["rows"]
        if not rows.items:
            message = f"`rows` is {'empty' if rows.value == [] else kind_of(rows.value)}"
            help_ = "write a list of rows, at least one"
            self.diagnostics.add(Code.WRONG_TYPE, message, rows.span, help=help_)
            raise Poisoned
        nested = row.rows_under("rows", rows, self.diagnostics)
        nodes, output = self.body(nested, scope.branch(), inputs[0])
        origin = Origin(row.located.span, scope.uses)
        name = scope.unique(row.name)
        return Lowered([Block(name, "group", inputs[0], output, nodes, origin)], inputs[0], output)

    def only_row_keys(self, row: RawRow) -> None:
        """A split or group has no attributes of its own."""
        is_split = "branches" in row.cells
        subject = "a split" if is_split else "a group of rows"
        excluded = _NOT_ON_SPLITS if is_split else _NOT_ON_GROUPS
        report_misplaced(row, subject, excluded, self.diagnostics)
        known = sorted(ROW_KEYS - excluded)
        found = [key for key in row.cells if key not in known and key not in CLAIMS]
        place = self.modules.places_of(row)
        for key in found:
            report_unknown(subject, key, known, place(key), self.diagnostics)
        if found:
            raise Poisoned

    def use(
        self, row: RawRow, definition: Definition, scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """A use of a module: its rows in a scope of its own."""
        if len(inputs) > 1:
            message = f"{definition.info.name} takes 1 tensor, `from` names {len(inputs)}"
            help_ = "join them first, with `concat` or `add`"
            self.diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
            raise Poisoned
        definition.met = True
        report_misplaced(row, definition.info.name, NOT_ON_MODULES, self.diagnostics)
        inner = self.uses.scope(row, definition, scope, inputs[0])
        nodes, output = self.body(definition.body, inner, inputs[0])
        numbers = self.uses.numbers(definition, inner)
        block = Block(
            scope.unique(row.name),
            "module",
            inputs[0],
            output,
            nodes,
            Origin(row.located.span, scope.uses),
            definition.info,
            numbers,
        )
        return Lowered([block], inputs[0], output)


_REPEAT = re.compile(r"(?P<type>[A-Za-z].*?)\s*[×xX*]\s*(?P<n>\d+)|(?P<m>\d+)\s*\*\s*(?P<name>.+)")
_IN_PASSING = re.compile(r"(?P<type>[^\d]+?)\s+(?P<value>[\d.]+\s*%?)")


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
