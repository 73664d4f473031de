"""The lines of a forward method: calls nested, variables named, branches joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from archc.ir import Value
from archc.naming import numbered
from archc.plan.arguments import Formula
from archc.plan.members import Application
from archc.targets.python import WIDTH, Addition, Call, layout
from archc.targets.torch.layers import rule

__all__ = ["Marks", "forward_lines", "joins_by_call"]

_NESTED = 3
"""Up to so many calls are written inside each other."""

_INDENT = 8

_Task = tuple[Application | Value, bool]
"""A line to be written, or a tensor to be made first; and whether others are joined with it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the network's forward says beside its rows.

    ``sizes``: the comment at the line that gives a tensor. ``kept``: tensors that a head reads
    at the end, with a name each. ``ending``: the lines in place of the plain return, given the
    names of tensors.
    """

    sizes: Mapping[Value, str] = field(default_factory=dict)
    kept: Mapping[Value, str] = field(default_factory=dict)
    ending: Callable[[Mapping[Value, str]], list[str]] | None = None


def forward_lines(
    statements: Sequence[Application], source: Value, result: Value, marks: Marks | None = None
) -> list[str]:
    """The body of ``forward(self, x)``, indented, with its return."""
    writer = _Writer(statements, source, result, marks or Marks())
    return writer.write()


class _Writer:
    def __init__(
        self, statements: Sequence[Application], source: Value, result: Value, marks: Marks
    ) -> None:
        self.statements = statements
        self.result = result
        self.marks = marks
        self.maker = {each.output: each for each in statements}
        self.names: dict[Value, str] = {source: "x"}
        self.holders = {"x": source}
        self.hints: dict[str, str] = {}
        self.lines: list[str] = []
        self.waiting = Counter(value for each in statements for value in each.inputs)
        self.waiting[result] += 1
        self.kept: dict[Value, str] = {}
        self.lasting = self.find_lasting()
        self.waiting.update(value for value in self.marks.kept if value in self.lasting)
        self.inlined = self.find_inlined()

    def find_lasting(self) -> set[Value]:
        """What rows give to others than the next one."""
        made: dict[Value, int] = {}
        found: set[Value] = set()
        for each in self.statements:
            row = len(made)
            found.update(value for value in each.inputs if made.get(value, row) < row)
            if each.output in self.marks.sizes:
                made[each.output] = row + 1
        return found

    def find_inlined(self) -> set[Value]:
        """The tensors that are written into what reads them, rather than named."""
        found: set[Value] = set()
        depth: dict[Value, int] = {}
        for each in self.statements:
            for value in each.inputs:
                if self.may_be_inlined(value, each, depth):
                    found.add(value)
            inner = max((depth[value] for value in each.inputs if value in found), default=0)
            depth[each.output] = 0 if each.join is not None else inner + 1
        return found

    def may_be_inlined(self, value: Value, reader: Application, depth: Mapping[Value, int]) -> bool:
        maker = self.maker.get(value)
        if maker is None or self.waiting[value] != 1 or value in self.marks.sizes:
            return False
        if maker.join is not None:
            return reader.join is None and not _formula(maker).call
        return depth[value] < _NESTED or (reader.join is not None and depth[value] == _NESTED)

    def write(self) -> list[str]:
        for statement in self.statements:
            if statement.output is self.result or statement.output in self.marks.sizes:
                self.demand(statement)
        if self.marks.ending is not None:
            self.lines.extend(self.marks.ending(self.names | self.kept))
        elif self.result in self.names:
            self.lines.append(f"        return {self.names[self.result]}")
        return self.lines

    def demand(self, statement: Application) -> None:
        """Lines for all that the statement needs and has no name yet, then its own.

        Makers come before readers, each with all that it needs itself: by a stack, as a chain
        may have thousands of links.
        """
        waiting: list[_Task] = self.steps(statement, joined=False)
        while waiting:
            one, joined = waiting.pop()
            if isinstance(one, Application):
                self.statement(one, joined)
            elif one in self.inlined:
                inside = self.maker[one].inputs
                waiting.extend((value, False) for value in reversed(inside))
            elif one not in self.names:
                waiting.extend(self.steps(self.maker[one], joined))

    def steps(self, statement: Application, joined: bool) -> list[_Task]:
        """The statement, and over it, to be taken first, what it needs.

        What is joined has a variable each where one of them needs one.
        """
        missing = [value for value in dict.fromkeys(statement.inputs) if value not in self.names]
        many = len(missing) > 1 or len(statement.inputs) > 1
        if any(not self.is_inline(value) for value in missing) and many:
            self.inlined.difference_update(missing)
        return [(statement, joined), *((value, many) for value in reversed(missing))]

    def is_inline(self, value: Value) -> bool:
        """Whether the tensor is an expression over named tensors."""
        if value in self.names:
            return True
        return value in self.inlined and all(map(self.is_inline, self.maker[value].inputs))

    def statement(self, statement: Application, joined: bool = False) -> None:
        """A line for the statement; what does not fit in it has lines of its own before.

        What is ``joined`` with others right after has a variable of its own.
        """
        comment = self.comment(statement)
        if self.is_returned(statement):
            self.fit(statement, "return ", "")
            self.lines.extend(layout(self.call(statement), _INDENT, "return "))
            return
        self.fit(statement, self.target(statement), comment)
        call = self.call(statement)
        name = self.variable(statement, joined)
        self.names[statement.output] = name
        self.holders[name] = statement.output
        self.assign(name, self.keep(statement.output), call, comment)

    def assign(self, name: str, kept: str, call: Call | Addition, comment: str) -> None:
        """A line with both targets if it fits, else the second name on a line of its own."""
        lines = layout(call, _INDENT, f"{name} = {kept} = " if kept else f"{name} = ", comment)
        if kept and len(lines) > 1:
            lines = layout(call, _INDENT, f"{name} = ", comment)
            lines += layout(Addition((name,)), _INDENT, f"{kept} = ")
        self.lines.extend(lines)

    def keep(self, value: Value) -> str:
        """A second name for a tensor that a head reads at the end, as ``x`` goes on."""
        if value not in self.marks.kept or value is self.result or value in self.lasting:
            return ""
        name = numbered(self.marks.kept[value], set(self.names.values()) | set(self.kept.values()))
        self.kept[value] = name
        return name

    def target(self, statement: Application) -> str:
        """About what the line begins with."""
        plain = statement.output is self.result or statement.output in self.marks.sizes
        return "x = " if plain else f"{statement.hint} = "

    def comment(self, statement: Application) -> str:
        size = self.marks.sizes.get(statement.output)
        return f"  # {size}" if size is not None else ""

    def is_returned(self, statement: Application) -> bool:
        """Whether the line may say ``return``: only of what torch declares to be a tensor."""
        final = statement.output is self.result and self.marks.ending is None
        return joins_by_call(statement) and final and not self.comment(statement)

    def fit(self, statement: Application, prefix: str, comment: str) -> None:
        """Name what is written into the statement until it fits on a line."""
        room = WIDTH - _INDENT - len(prefix) - len(comment)
        if len(self.call(statement).flat) <= room:
            return
        for value in dict.fromkeys(statement.inputs):
            maker = self.maker.get(value)
            if maker is None or value not in self.inlined:
                continue
            if maker.join is not None:
                self.fit(maker, prefix, comment)
                continue
            self.inlined.discard(value)
            self.statement(maker, joined=len(statement.inputs) > 1)

    def call(self, statement: Application) -> Call | Addition:
        """The right-hand side."""
        operands = tuple(self.operand(value) for value in statement.inputs)
        if statement.join is None:
            argument = operands[0]
            inside = argument.flat if isinstance(argument, Addition) else argument
            return Call(f"self.{statement.member}{statement.piece}", (inside,))
        formula = _formula(statement)
        if formula.call:
            listed = tuple(each.flat if isinstance(each, Addition) else each for each in operands)
            tensors = Call("", listed, "[")
            return Call(formula.call, (tensors, *formula.arguments), tail=formula.tail)
        if len(operands) == 1 and isinstance(operands[0], Call):
            return operands[0]
        return Addition(tuple(each if isinstance(each, str) else each.flat for each in operands))

    def operand(self, value: Value) -> str | Call | Addition:
        return self.names[value] if value in self.names else self.call(self.maker[value])

    def variable(self, statement: Application, joined: bool) -> str:
        """A name for the output: that of an input which nobody needs any more, or a new one.

        The result is ``x``, whose type is declared, and so is what one row hands to the next.
        No name of another row or branch is taken over: it would say what is no longer so.
        """
        read = self.leaves(statement)
        if statement.output is self.result:
            return "x"
        if statement.output in self.marks.sizes and statement.output not in self.lasting:
            free = [] if joined or self.waiting[self.holders["x"]] else ["x"]
        elif joined or len(statement.inputs) > 1 or statement.output in self.lasting:
            free = []
        else:
            free = [self.names[value] for value in read if not self.waiting[value]]
        if free and self.hints.get(free[0], statement.hint) == statement.hint:
            return free[0]
        live = {name for value, name in self.names.items() if self.waiting[value]}
        name = numbered(statement.hint, live | set(self.kept.values()))
        self.hints[name] = statement.hint
        return name

    def leaves(self, statement: Application) -> list[Value]:
        """The named tensors that the line reads; counts them as read."""
        found: list[Value] = []
        for value in statement.inputs:
            self.waiting[value] -= 1
            if value in self.names:
                found.append(value)
            else:
                found.extend(self.leaves(self.maker[value]))
        return found


def joins_by_call(step: Application) -> bool:
    """Whether a step joins tensors by a function of torch's, which is imported for it."""
    return step.join is not None and bool(_formula(step).call)


def _formula(step: Application) -> Formula:
    """Return how PyTorch joins tensors in a step."""
    assert step.join is not None
    formula = rule(step.join.op, step.join.input_shapes)
    assert isinstance(formula, Formula), "what joins tensors is a formula"
    return formula
