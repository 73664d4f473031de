"""The lines of a function: variables named, calls wrapped, runs of equal calls as loops."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from archc.ir import Value
from archc.naming import numbered, split_number
from archc.plan.names import identifier
from archc.targets.keras.arguments import KerasLayer, arguments
from archc.targets.keras.body import KerasStep, label_of
from archc.targets.python import WIDTH, Call, layout

__all__ = ["FunctionLines"]

_LOOP_FROM = 3
"""So many equal calls, one after the other, are a loop."""


@dataclass(slots=True)
class FunctionLines:
    """Writes statements.

    ``functions`` has the functions' names; a variable has none of the ``reserved`` ones.
    ``prefix`` says that layers are named behind the function's own ``name``. ``comments`` are
    put behind the line that makes a tensor.
    """

    functions: Mapping[Hashable, str]
    reserved: Collection[str]
    prefix: bool = True
    comments: Mapping[Value, str] = field(default_factory=dict)
    variables: dict[Value, str] = field(default_factory=dict)
    last_use: dict[Value, int] = field(default_factory=dict)
    names: LiveNames = field(default_factory=lambda: LiveNames())
    """The variables whose tensors are still needed."""
    lines: list[str] = field(default_factory=list)

    def write(
        self, statements: Sequence[KerasStep], source: str, start: Value, results: Sequence[Value]
    ) -> list[str]:
        """All lines but the return, in variables that stay known; ``source`` is the input's."""
        self.variables[start] = source
        for index, each in enumerate(statements):
            self.last_use |= dict.fromkeys(each.inputs, index)
        self.last_use |= dict.fromkeys(results, len(statements))
        for value, name in self.variables.items():
            self.names.take(name, self.last_use.get(value, -1))
        index = 0
        in_head = False
        while index < len(statements):
            if statements[index].head and not in_head:
                self.lines.append("    if heads:")
            in_head = bool(statements[index].head)
            index += self.some(statements, index)
        return self.lines

    def write_function(
        self, statements: Sequence[KerasStep], start: Value, result: Value
    ) -> list[str]:
        """All lines of a function of ``x``, its return included."""
        ends = bool(statements) and statements[-1].output is result
        self.write(statements[: -1 if ends else None], "x", start, [result, *self.left(statements)])
        if ends:
            self.lines += self.laid_out(statements[-1], 4, "return ")
        else:
            self.lines.append(f"    return {self.variables[result]}")
        return self.lines

    def left(self, statements: Sequence[KerasStep]) -> tuple[Value, ...]:
        """What the last statement reads."""
        return statements[-1].inputs if statements else ()

    def some(self, statements: Sequence[KerasStep], index: int) -> int:
        """Write the statement at ``index``, or the loop that starts there; says how many."""
        run = self.run(statements, index)
        if run >= _LOOP_FROM:
            self.loop(statements[index : index + run])
            return run
        statement = statements[index]
        name = self.variable(statement, index)
        indent = 8 if statement.head else 4
        suffix = self.comment(statement.output)
        self.lines += self.laid_out(statement, indent, f"{name} = ", suffix)
        self.keep(statement.output, name)
        return 1

    def keep(self, value: Value, name: str) -> None:
        """Note the variable that a tensor is in."""
        self.variables[value] = name
        self.names.take(name, self.last_use.get(value, -1))

    def loop(self, rounds: Sequence[KerasStep]) -> None:
        """Write equal calls, each of what the one before gave, as a loop."""
        first, last = rounds[0], rounds[-1]
        base, number = split_number(first.label)
        numbers = f"range({number}, {number + len(rounds)})"
        self.lines.append(f"    for index in {numbers}:{self.comment(last.output)}")
        self.lines += _lay_out(self.call(first, f"{base}_{{index}}"), 8, "x = ")
        self.keep(last.output, "x")

    def comment(self, value: Value) -> str:
        """What stands behind the line that makes a tensor."""
        comment = self.comments.get(value)
        return f"  # {comment}" if comment else ""

    def run(self, statements: Sequence[KerasStep], index: int) -> int:
        """How many statements from ``index`` differ but in the number in their names."""
        first = statements[index]
        source = first.inputs[0]
        in_x = self.variables[source] == "x" and self.last_use[source] == index
        if isinstance(first.callee, KerasLayer) or first.head or not in_x:
            return 1
        length = 1
        while index + length < len(statements) and self.continues(statements, index, length):
            length += 1
        return length

    def continues(self, statements: Sequence[KerasStep], index: int, length: int) -> bool:
        """Whether the statement ``length`` after ``index`` is one more round of its loop."""
        first, before, each = (statements[index + at] for at in (0, length - 1, length))
        base, number = split_number(first.label)
        chained = each.inputs == (before.output,)
        if not chained or self.last_use[before.output] != index + length or each.head:
            return False
        if each.callee != first.callee or split_number(each.label) != (base, number + length):
            return False
        return bool(base) and arguments(each.arguments) == arguments(first.arguments)

    def variable(self, statement: KerasStep, index: int) -> str:
        """The name of a statement's output: ``x`` while nothing else needs what is in it."""
        self.names.release(index)
        wanted = statement.head or statement.variable or "x"
        if wanted != "x":
            wanted = identifier(label_of(wanted), self.reserved)
        elif "x" in self.names:
            wanted = identifier(statement.label or "first", self.reserved)
        return self.names.free(wanted)

    def laid_out(
        self, statement: KerasStep, indent: int, prefix: str, suffix: str = ""
    ) -> list[str]:
        """The lines of a statement."""
        remark = statement.callee.remark if isinstance(statement.callee, KerasLayer) else None
        before = [f"{' ' * indent}# {remark}"] if remark else []
        return [*before, *_lay_out(self.call(statement, statement.label), indent, prefix, suffix)]

    def call(self, statement: KerasStep, label: str) -> Call:
        """The right-hand side; ``label`` names the layers."""
        inputs = [self.variables[value] for value in statement.inputs]
        found = (*arguments(statement.arguments), f"name={self.name_text(label)}")
        callee = statement.callee
        if not isinstance(callee, KerasLayer):
            return Call(self.functions[callee], (*inputs, *found))
        if callee.join:
            return Call(callee.name, (Call("", tuple(inputs), "["), *found))
        return Call(callee.name, found, tail=f"({inputs[0]})")

    def name_text(self, label: str) -> str:
        """The name of a layer as code."""
        if not label:
            return "name"
        text = f"{{name}}_{label}" if self.prefix else label
        return f'f"{text}"' if "{" in text else f'"{text}"'


class LiveNames:
    """The names that are taken until a statement has run; there may be thousands at once."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.until: list[tuple[int, str]] = []
        self.lowest: dict[str, int] = {}
        """For each name the lowest number that may be free; all below it are taken."""

    def __contains__(self, name: object) -> bool:
        return self.taken[str(name)] > 0

    def take(self, name: str, last: int) -> None:
        """``name`` is taken until the statement ``last`` has run."""
        self.taken[name] += 1
        heapq.heappush(self.until, (last, name))

    def release(self, index: int) -> None:
        """What the statement ``index`` was the last to read is free."""
        while self.until and self.until[0][0] <= index:
            _, name = heapq.heappop(self.until)
            self.taken[name] -= 1
            base, number = split_number(name)
            if base in self.lowest:
                self.lowest[base] = min(self.lowest[base], max(number, 2))

    def free(self, wanted: str) -> str:
        """``wanted``, or the first of ``wanted_2``, ``wanted_3``, … that is free."""
        name = numbered(wanted, self, self.lowest.get(wanted, 2))
        if name != wanted:
            self.lowest[wanted] = split_number(name)[1]
        return name


def _lay_out(call: Call, indent: int, prefix: str, suffix: str = "") -> list[str]:
    """``layout``, but a layer's arguments are wrapped rather than what it is applied to."""
    margin = " " * indent
    opened = f"{margin}{prefix}{call.flat.removesuffix(call.tail)}("
    whole = f"{margin}{prefix}{call.flat}{suffix}"
    if not call.tail or len(whole) <= WIDTH or len(opened) > WIDTH:
        return layout(call, indent, prefix, suffix)
    lines = [f"{margin}{prefix}{call.head}("]
    for each in call.arguments:
        if isinstance(each, str):
            lines.append(f"{margin}    {each},")
        else:
            lines += layout(each, indent + 4, "", ",")
    return [*lines, f"{margin}){call.tail}{suffix}"]
