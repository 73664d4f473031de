"""The lines of a forward method: variables named, branches written into their join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from archc.emit.python import WIDTH, Call, Sum, layout
from archc.emit.torch.body import Statement
from archc.ir import Value

__all__ = ["forward_lines"]

_NESTED = 3
"""Up to so many calls in a chain are written inside each other."""


def forward_lines(
    statements: Sequence[Statement],
    source: Value,
    result: Value,
    comments: Mapping[Value, str],
    ending: Callable[[Mapping[Value, str]], list[str]] | None = None,
) -> list[str]:
    """The body of ``forward(self, x)``, indented, up to its return.

    ``ending`` gives the lines in place of the plain return; it is told the variables.
    """
    writer = _Writer(statements, source, result, comments)
    writer.write()
    if ending is not None:
        writer.lines.extend(ending(writer.names))
    elif not writer.returned:
        writer.lines.append(f"        return {writer.names[result]}")
    return writer.lines


class _Writer:
    def __init__(
        self,
        statements: Sequence[Statement],
        source: Value,
        result: Value,
        comments: Mapping[Value, str],
    ) -> None:
        self.statements = statements
        self.result = result
        self.comments = comments
        self.names: dict[Value, str] = {source: "x"}
        self.lines: list[str] = []
        self.returned = False
        self.calls: dict[Value, Statement] = {}
        self.last_use = self.find_last_uses()

    def find_last_uses(self) -> dict[Value, int]:
        """Where each tensor is read last, and which calls are written into their join."""
        uses = Counter(value for each in self.statements for value in each.inputs)
        uses[self.result] += 1
        last: dict[Value, int] = {self.result: len(self.statements)}
        made_by = {each.output: each for each in self.statements if each.attribute}
        for index, statement in enumerate(self.statements):
            for value in statement.inputs:
                last[value] = max(last.get(value, 0), index)
                maker = made_by.get(value)
                if statement.formula and maker and uses[value] == 1 and not maker.guarded:
                    self.calls[value] = maker
                    last[maker.inputs[0]] = max(last.get(maker.inputs[0], 0), index)
        return last

    def write(self) -> None:
        if self.is_short_chain():
            self.write_nested()
            return
        guarded = False
        for index, statement in enumerate(self.statements):
            if statement.output in self.calls:
                continue
            if statement.guarded and not guarded:
                self.lines.append("        if self.training:")
            guarded = statement.guarded
            self.statement(index, statement)

    def is_short_chain(self) -> bool:
        """Whether a line of nested calls says it all."""
        value = next(iter(self.names))
        for each in self.statements:
            if each.formula or each.guarded or each.inputs[0] is not value:
                return False
            value = each.output
        commented = any(each.output in self.comments for each in self.statements)
        return 1 < len(self.statements) <= _NESTED and not commented and value is self.result

    def write_nested(self) -> None:
        text = "x"
        for each in self.statements:
            text = f"self.{each.attribute}({text})"
        self.lines.append(f"        x = {text}")
        self.names[self.result] = "x"

    def statement(self, index: int, statement: Statement) -> None:
        call = self.call(statement)
        final = statement.output is self.result and index == len(self.statements) - 1
        comment = self.comments.get(statement.output)
        if final and comment is None and statement.formula and statement.formula.call:
            self.lines.extend(layout(call, 8, "return "))
            self.returned = True
            return
        name = self.variable(index, statement)
        indent = 12 if statement.guarded else 8
        if isinstance(call, Sum):
            used = f"{name} = " + (f"  # {comment}" if comment else "")
            call = self.spilled(statement, WIDTH - indent - len(used))
        self.names[statement.output] = name
        lines = layout(call, indent, f"{name} = ")
        if comment is not None:
            lines = layout(call, indent, f"{name} = ", f"  # {comment}")
        self.lines.extend(lines)

    def spilled(self, statement: Statement, room: int) -> Call | Sum:
        """A sum, its calls in variables of their own where they do not fit on its line."""
        call = self.call(statement)
        if len(call.flat) <= room:
            return call
        for value in dict.fromkeys(statement.inputs):
            maker = self.calls.pop(value, None)
            if maker is not None:
                name = _unused(maker.hint, set(self.names.values()))
                self.lines.extend(layout(self.call(maker), 8, f"{name} = "))
                self.names[value] = name
        return self.call(statement)

    def call(self, statement: Statement) -> Call | Sum:
        """The right-hand side."""
        formula = statement.formula
        if formula is None:
            return Call(f"self.{statement.attribute}", (self.names[statement.inputs[0]],))
        operands = tuple(self.operand(value) for value in statement.inputs)
        if formula.call:
            return Call(formula.call, (Call("", operands, "["), "dim=1"))
        if len(operands) == 1 and isinstance(operands[0], Call):
            return operands[0]
        return Sum(tuple(each if isinstance(each, str) else each.flat for each in operands))

    def operand(self, value: Value) -> str | Call:
        maker = self.calls.get(value)
        if maker is None:
            return self.names[value]
        return Call(f"self.{maker.attribute}", (self.names[maker.inputs[0]],))

    def variable(self, index: int, statement: Statement) -> str:
        """The input's variable if nobody needs it any more, else a new one.

        The result is ``x``, whose type is declared.
        """
        if statement.output is self.result and index == len(self.statements) - 1:
            return "x"
        reads = [self.source_of(value) for value in statement.inputs]
        for value in reads:
            if self.last_use[value] <= index and not statement.guarded:
                return self.names[value]
        return _unused(statement.hint, set(self.names.values()))

    def source_of(self, value: Value) -> Value:
        maker = self.calls.get(value)
        return value if maker is None else maker.inputs[0]


def _unused(name: str, taken: Collection[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
