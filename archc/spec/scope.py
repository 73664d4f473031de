"""What names mean at a place in a spec: tensors, columns, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.ir import ModuleInfo, Value
from archc.ir.expression import ChannelsOf, Column, Expression, Number
from archc.ops import Op
from archc.spec.expressions import ExpressionError, UnknownName, evaluate
from archc.spec.located import Located, kind_of
from archc.spec.problems import listed
from archc.spec.tokens import column_key

__all__ = ["Argument", "Defaults", "Poisoned", "Scope", "SortedDefaults"]

Defaults = dict[type[Op] | str, dict[str, Located]]
"""Attributes by operation, columns by the module's name."""


class Poisoned(Exception):
    """Something needed here has failed and been reported; what follows is held back."""


@dataclass(slots=True, eq=False)
class Argument:
    """A column's cell at a use of a module, evaluated where it was written, when needed."""

    located: Located
    scope: Scope | None
    row_input: Value | None = None
    expression: Expression | None = None
    used: bool = False
    busy: bool = False
    failed: bool = False


@dataclass(slots=True)
class SortedDefaults:
    """An operation's defaults: those that are the same wherever they are used, and others."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Located] = field(default_factory=dict)
    others: dict[str, Located] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Scope:
    """The names at a place. A branch sees what its surroundings see, a module only its own."""

    diagnostics: Diagnostics
    arguments: dict[str, Argument]
    printed: dict[str, str]
    defaults: tuple[Defaults, ...]
    uses: tuple[Span, ...] = ()
    modules: tuple[ModuleInfo, ...] = ()
    parent: Scope | None = None
    tensors: dict[str, Value | None] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    merged: dict[type[Op] | str, dict[str, Located]] = field(default_factory=dict)
    sorted_defaults: dict[type[Op], SortedDefaults] = field(default_factory=dict)

    def branch(self) -> Scope:
        """A scope inside this one."""
        return Scope(
            self.diagnostics,
            self.arguments,
            self.printed,
            self.defaults,
            self.uses,
            self.modules,
            parent=self,
            merged=self.merged,
            sorted_defaults=self.sorted_defaults,
        )

    def tensor(self, name: str) -> Value:
        """The tensor called ``name``. Raises KeyError, or `Poisoned` if it has failed."""
        here: Scope | None = self
        while here is not None:
            if name in here.tensors:
                value = here.tensors[name]
                if value is None:
                    raise Poisoned
                return value
            here = here.parent
        raise KeyError(name)

    def tensor_names(self) -> Iterable[str]:
        """All names that `tensor` knows."""
        here: Scope | None = self
        while here is not None:
            yield from here.tensors
            here = here.parent

    def defaults_of(self, what: type[Op] | str) -> dict[str, Located]:
        """What defaults give to an operation or a module, the innermost winning."""
        found = self.merged.get(what)
        if found is None:
            found = {}
            for defaults in self.defaults:
                found.update(defaults.get(what, {}))
            self.merged[what] = found
        return found

    def unique(self, name: str) -> str:
        """``name``, numbered if the scope's block has one of that name already."""
        number, candidate = self.names.get(name, 0) + 1, name
        if number > 1:
            candidate = f"{name}_{number}"
            while candidate in self.names:
                number += 1
                candidate = f"{name}_{number}"
            self.names[candidate] = 1
        self.names[name] = number
        return candidate

    def substitute(self, cell: Located) -> Located:
        """The argument, when the cell is a column's name; else the cell."""
        if not isinstance(cell.value, str) or not self.arguments:
            return cell
        argument = self.arguments.get(column_key(cell.value))
        if argument is None:
            return cell
        argument.used = True
        outer = argument.scope
        return argument.located if outer in (None, self) else outer.substitute(argument.located)

    def in_this_use(self) -> list[Label]:
        """The use of the module that this is inside of."""
        return [Label(self.uses[-1], "in this use")] if self.uses else []

    def report_no_patch(self, cell: Located) -> None:
        """A cell that is no kernel and stride."""
        message, help_ = f"{cell.shown} is no patch size", "write kernel and stride as 7×7/2"
        self.diagnostics.add(Code.BAD_SIZE, message, cell.span, help=help_)

    def arithmetic(
        self, cell: Located, row_input: Value | None, of_patch: Located | None = None
    ) -> Expression:
        """The value of a cell that may be arithmetic. Raises `Poisoned` after reporting.

        ``of_patch`` is the whole cell of a text that is a part of a patch.
        """
        if type(cell.value) is int:
            return Number(cell.value)
        assert isinstance(cell.value, str)
        text = column_key(cell.value)
        if text in self.arguments:
            return self.column(text)
        if _SIZE.fullmatch(text):
            message = f"{cell.shown} is a size, where one number is needed"
            help_ = f"write one number; a product is `{text.replace('×', ' * ')}`"
            self.diagnostics.add(Code.WRONG_TYPE, message, cell.span, help=help_)
            raise Poisoned

        def channels(tensor: str | None) -> Expression:
            if tensor is None and row_input is not None:
                return ChannelsOf(row_input)
            names = {column_key(name): name for name in [*self.tensor_names()][::-1]}
            try:
                return ChannelsOf(self.tensor(names.get(tensor or "input", tensor or "input")))
            except KeyError:
                known = list(self.tensor_names())
                help_ = nearest(tensor or "", known) or f"known here: {listed(known)}"
                raise ExpressionError(f"there is no tensor `{tensor}`", help_) from None

        try:
            return evaluate(text, self.arguments, self.column, channels)
        except UnknownName as error:
            known = [self.printed.get(name, name) for name in error.known]
            meant = nearest(error.name, known)
            if of_patch is not None and meant is None:
                self.report_no_patch(of_patch)
                raise Poisoned from None
            help_ = meant or f"known here: {listed(known)}"
            labels = []
            if error.name == "classes":
                help_, labels = "add `classes: ...` to the spec", self.in_this_use()
            shown = cell.with_value(error.name).shown
            message = f"{shown} is no column here"
            self.diagnostics.add(Code.UNKNOWN_NAME, message, cell.span, help=help_, labels=labels)
        except ExpressionError as error:
            if of_patch is not None and not error.by_values:
                self.report_no_patch(of_patch)
                raise Poisoned from None
            self.diagnostics.add(
                Code.BAD_EXPRESSION,
                f"cannot compute {cell.shown}: {error}",
                cell.span,
                help=error.help,
                labels=self.in_this_use() if error.by_values else (),
            )
        raise Poisoned

    def holds(self, cell: Located, row_input: Value) -> bool:
        """Whether a condition holds: ``a == b``, ``a != b``, or a number that is not 0.

        A column that holds a word (``pass through``) is no number, and does not hold.
        """
        if not isinstance(cell.value, str | int):
            message, help_ = f"`when` is {cell.shown}", "write a condition, as `stride == 2`"
            self.diagnostics.add(Code.WRONG_TYPE, message, cell.span, help=help_)
            raise Poisoned
        text = str(cell.value)
        if other := _OTHER_SIGN.search(text):
            message = f"`when` cannot compare with `{other[0]}`"
            help_ = "write a condition on columns, as `stride == 2` or `stride != 1`"
            self.diagnostics.add(Code.BAD_EXPRESSION, message, cell.span, help=help_)
            raise Poisoned
        for sign in ("==", "!="):
            left, found, right = text.partition(sign)
            if found and not (left.strip() and right.strip()):
                message = f"a side of `{sign}` is missing"
                help_ = "write a condition on columns, as `stride == 2`"
                self.diagnostics.add(Code.BAD_EXPRESSION, message, cell.span, help=help_)
                raise Poisoned
            if found:
                values = [
                    self.arithmetic(cell.with_value(side.strip()), row_input).value
                    for side in (left, right)
                ]
                return (values[0] == values[1]) == (sign == "==")
        value = self.substitute(cell)
        if value is not cell and isinstance(value.value, str | None) and not _is_sum(value.value):
            return False
        return self.arithmetic(cell.with_value(text), row_input).value != 0

    def column(self, key: str) -> Expression:
        """A column's value, as a number that remembers its name."""
        argument = self.arguments[key]
        argument.used = True
        if argument.expression is None:
            if argument.busy:
                message = f"the column `{self.printed.get(key, key)}` needs itself"
                span = argument.located.span
                self.diagnostics.add(Code.CYCLE, message, span, help="give it a number")
                raise Poisoned
            if argument.failed:
                raise Poisoned
            argument.busy = True
            try:
                argument.expression = self._evaluate(argument)
            except RecursionError:
                message = f"the column `{self.printed.get(key, key)}` needs too many others"
                help_ = "give some of them numbers"
                self.diagnostics.add(Code.TOO_DEEP, message, argument.located.span, help=help_)
                raise Poisoned from None
            finally:
                argument.busy, argument.failed = False, argument.expression is None
        return Column(self.printed.get(key, key), argument.expression.value)

    def _evaluate(self, argument: Argument) -> Expression:
        cell = argument.located
        if argument.scope is None or not isinstance(cell.value, str):
            if type(cell.value) is int:
                return Number(cell.value)
            self.diagnostics.add(
                Code.WRONG_TYPE,
                f"this column is {kind_of(cell.value)}, and is used in arithmetic",
                cell.span,
                help="it must be a whole number",
            )
            raise Poisoned
        return argument.scope.arithmetic(cell, argument.row_input)


_OTHER_SIGN = re.compile(r"<=?|>=?|(?<![=!<>])=(?!=)|&&|\|\|")
"""What other languages write in conditions."""
_SIZE = re.compile(r"\d+(×\d+)+")
"""What means a size, and would be a product of numbers."""


def _is_sum(text: str | None) -> bool:
    """Whether a column's cell may be arithmetic rather than a word."""
    return text is not None and any(char.isdigit() for char in text)
