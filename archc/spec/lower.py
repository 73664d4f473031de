"""Rows to nodes: types resolved, modules expanded, branches joined, shapes inferred.

Whatever goes wrong is recorded and poisons what depends on it, so that one mistake gives one
message and the rest of the file is still checked.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from archc.diagnostics import Code, Diagnostics, Label
from archc.ir import Block, ModuleInfo, Node, Origin, Value
from archc.naming import python_name
from archc.spec.bodies import (
    NOT_ON_MODULES,
    Uses,
    check_branches,
    check_group,
    check_single,
    join,
    only_row_keys,
)
from archc.spec.modules import Definition, Modules
from archc.spec.operations import Lowered, Operations, report_misplaced
from archc.spec.prepared import PreparedRow, SplitBranch
from archc.spec.references import report_name_twice, report_unknown_tensor
from archc.spec.row_types import RowTypes
from archc.spec.rows import RawRow
from archc.spec.scope import Poisoned, Scope
from archc.spec.tokens import is_figure, slug

if TYPE_CHECKING:
    from archc.spec.unreached import Unreached

__all__ = ["Lowering"]

_MORE = frozenset({"from", "when", "name", "branches", "rows"})
"""What makes more of a row than an operation on the row before."""


class Lowering:
    """Lowers rows. One instance per network."""

    def __init__(self, modules: Modules, diagnostics: Diagnostics) -> None:
        self.modules = modules
        self.diagnostics = diagnostics
        self.operations = Operations(modules, diagnostics)
        self.uses = Uses(modules, diagnostics)
        self.types = RowTypes(modules, diagnostics)
        self.modules_used: set[ModuleInfo] = set()
        self.depth = 0
        """How many modules, splits and groups the row is inside of that is lowered."""

    @cached_property
    def unreached(self) -> Unreached:
        """Checks the rows that are not lowered."""
        from archc.spec.unreached import Unreached  # which a spec without mistakes does without

        return Unreached(self.types, self.uses, self.operations)

    # Bodies

    def body(self, rows: list[RawRow], scope: Scope, value: Value) -> tuple[list[Node], Value]:
        """Lower a chain of rows from ``value``. Raises `Poisoned` if its output is not known."""
        self.depth += 1
        try:
            if self.depth > self.modules.files.limits.depth and rows:
                self.refuse_depth(rows[0])
            return self.chain(rows, scope, value)
        finally:
            self.depth -= 1

    def refuse_depth(self, row: RawRow) -> NoReturn:
        """Refuse modules, splits and groups nested too deeply. Raises `Poisoned`."""
        most = self.modules.files.limits.depth
        message = f"more than {most} modules, splits and groups are in one another"
        self.diagnostics.add(Code.TOO_DEEP, message, row.located.span, help="put some together")
        raise Poisoned

    def chain(self, rows: list[RawRow], scope: Scope, value: Value) -> tuple[list[Node], Value]:
        """Lower rows to their nodes and the last row's output."""
        nodes: list[Node] = []
        current: Value | None = value
        prepared_row = scope.surroundings.prepared
        for row in rows:
            prepared = prepared_row(row)
            if prepared.is_plain and current is not None:
                node = self.plain(prepared, row, scope, current)
                if node is not None:
                    nodes.append(node)
                current = node.output if node is not None else None
            else:
                lowered = self.row(row, rows, scope, current)
                if lowered is not None:
                    nodes.extend(lowered.nodes)
                current = lowered.output if lowered is not None else None
            if row.name in scope.tensors and row.text("name"):
                report_name_twice(row, rows, self.diagnostics)
            scope.tensors[row.name] = current
        if current is None:
            raise Poisoned
        return nodes, current

    def row(
        self, row: RawRow, siblings: list[RawRow], scope: Scope, current: Value | None
    ) -> Lowered | None:
        """Lower one row with its repeats; None when it, or what it needs, is wrong."""
        if row.broken:
            return None
        prepared = scope.surroundings.prepared(row)
        if prepared.is_plain and current is not None:
            node = self.plain(prepared, row, scope, current)
            return Lowered([node], current, node.output) if node is not None else None
        try:
            inputs = self.row_inputs(row, siblings, scope, current)
            if not self.wanted(row, scope, inputs[0]):
                return Lowered([], current, current) if current is not None else None
            if len(inputs) > 1:
                check_single(row, inputs, self.diagnostics)
            repeat = self.types.repeat(row, scope, inputs[0])
            times = repeat.times
            self.operations.reserve(times, row.cells.get("repeat") or row.located)
            if times == 1:
                lowered = self.once(row, scope, inputs)
                settled = prepared.repeat is not None and prepared.recipe is not None
                prepared.is_plain = settled and not _MORE & row.cells.keys()
                if len(lowered.nodes) == 1 and "name" in row.cells:
                    lowered.nodes[0].attribute = python_name(row.text("name"))
                return lowered
            lowered = Lowered([], inputs[0], inputs[0])
            for use in range(times):
                again = self.one_of(repeat.row(use), use, times, scope, inputs)
                lowered.nodes += again.nodes
                lowered.output = again.output
                inputs = (again.output,)
        except Poisoned:
            if current is None:
                self.unreached.check(row, scope)
            return None
        return lowered

    def plain(
        self, prepared: PreparedRow, row: RawRow, scope: Scope, current: Value
    ) -> Node | None:
        """Lower a row that is just an operation on the row before; None when it is wrong."""
        assert prepared.recipe is not None
        self.operations.tick()
        try:
            return self.operations.use(prepared.recipe, row, scope, (current,))
        except Poisoned:
            return None

    def one_of(
        self, row: RawRow, use: int, repeat: int, scope: Scope, inputs: tuple[Value, ...]
    ) -> Lowered:
        """Lower one of several uses; a mistake from the second on says in which it is."""
        place = row.cells.get("repeat") or row.cells.get("type") or row.located
        turns = self.operations.turns
        if use:
            turns.append(Label(place.span, f"in use {use + 1} of {repeat}"))
        try:
            return self.once(row, scope, inputs)
        finally:
            if use:
                turns.pop()

    def wanted(self, row: RawRow, scope: Scope, value: Value) -> bool:
        """Whether the row's ``when`` holds, if it has one."""
        cell = row.cells.get("when")
        return cell is None or scope.holds(cell, value)

    def row_inputs(
        self, row: RawRow, siblings: list[RawRow], scope: Scope, current: Value | None
    ) -> tuple[Value, ...]:
        """Return the tensors named in ``from``, or the one before."""
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
                if self.types.is_misnamed(str(name.value), siblings):
                    self.unreached.check(row, scope)  # it may be the misnamed one itself
                else:
                    report_unknown_tensor(name, row, siblings, scope)
                raise Poisoned from None
        return tuple(found)

    def once(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """Lower one use of the row."""
        self.operations.tick()
        if "branches" in row.cells:
            return self.split(row, scope, inputs)
        if "rows" in row.cells:
            return self.group(row, scope, inputs)
        meaning = self.types.meaning(row, scope)
        parsed, op, definition = meaning
        if definition is not None:
            block = self.use(row, definition, scope, inputs)
            if not is_figure(parsed.type):
                block.called = parsed.type
            return Lowered([block], block.input, block.output)
        if op is not None:
            node = self.operations.from_row(row, meaning, op, scope, inputs)
            return Lowered([node], inputs[0], node.output)
        self.types.report_unknown(row, parsed)
        raise Poisoned

    # Splits, groups and modules

    def split(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """Lower branches side by side, and what joins them."""
        prepared = scope.surroundings.prepared(row)
        if prepared.bodies is None:
            prepared.bodies = self.branches(row)
        nodes: list[Node] = []
        outputs: list[Value] = []
        failed = False
        for body in prepared.bodies:
            try:
                block = self.branch(body, scope, inputs[0])
            except Poisoned:
                failed = True
                continue
            nodes.append(block)
            outputs.append(block.output)
        if failed:
            raise Poisoned
        joined = join(row, tuple(outputs), scope, self.operations)
        return Lowered([*nodes, joined], inputs[0], joined.output)

    def branches(self, row: RawRow) -> list[SplitBranch]:
        """Lower the branches of a split. Raises `Poisoned` after reporting."""
        only_row_keys(row, self.modules, self.diagnostics)
        branches = row.cells["branches"]
        check_branches(branches, self.diagnostics)
        return [
            SplitBranch(
                slug(name), branches.key(name), row.rows_under(name, rows, self.diagnostics)
            )
            for name, rows in branches.entries
        ]

    def branch(self, body: SplitBranch, scope: Scope, value: Value) -> Block:
        """Lower one branch to a block; an empty one passes its input on."""
        nodes, output = self.body(body.rows, scope.branch(), value)
        origin = Origin(body.key.span, scope.uses)
        return Block(scope.unique(body.name), "branch", value, output, nodes, origin)

    def group(self, row: RawRow, scope: Scope, inputs: tuple[Value, ...]) -> Lowered:
        """Lower rows that are repeated together."""
        only_row_keys(row, self.modules, self.diagnostics)
        rows = row.cells["rows"]
        check_group(rows, self.diagnostics)
        nested = row.rows_under("rows", rows, self.diagnostics)
        nodes, output = self.body(nested, scope.branch(), inputs[0])
        origin = Origin(row.located.span, scope.uses)
        name = scope.unique(row.name)
        return Lowered([Block(name, "group", inputs[0], output, nodes, origin)], inputs[0], output)

    def use(
        self, row: RawRow, definition: Definition, scope: Scope, inputs: tuple[Value, ...]
    ) -> Block:
        """Lower a use of a module: its rows in a scope of its own."""
        if len(inputs) > 1:
            message = f"{definition.info.name} takes 1 tensor, `from` names {len(inputs)}"
            help_ = "join them first, with `concat` or `add`"
            self.diagnostics.add(Code.WRONG_ARITY, message, row.cells["from"].span, help=help_)
            raise Poisoned
        definition.met = True
        if not NOT_ON_MODULES.isdisjoint(row.cells):
            report_misplaced(row, definition.info.name, NOT_ON_MODULES, self.diagnostics)
        inner = self.uses.scope(row, definition, scope, inputs[0])
        nodes, output = self.body(definition.body, inner, inputs[0])
        numbers = self.uses.numbers(definition, inner)
        self.modules_used.add(definition.info)
        return Block(
            scope.unique(row.name),
            "module",
            inputs[0],
            output,
            nodes,
            Origin(row.located.span, scope.uses),
            definition.info,
            numbers,
        )
