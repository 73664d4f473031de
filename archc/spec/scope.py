"""What names mean at a place in a spec: tensors, columns, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.ir import ModuleInfo, Value
from archc.ir.expression import ChannelsOf, Column, Expression, Number
from archc.naming import Numbering
from archc.ops import Op
from archc.spec.expressions import ExpressionError, UnknownName, evaluate
from archc.spec.located import Located, kind_of
from archc.spec.prepared import Surroundings
from archc.spec.problems import listed
from archc.spec.tokens import column_key

__all__ = ["ColumnArgument", "Poisoned", "Scope"]


class Poisoned(Exception):
    """Something needed here is wrong and has been reported: what depends on it is not."""


class ColumnArgument:
    """A column's cell at a use of a module, evaluated where it was written, when needed.

    ``scope`` is where its words mean something: that of the use. It is None for a number, and for
    a default (``is_default``), whose words are other columns of the same use. `Scope.column`
    keeps its state: ``busy`` while it is evaluated, then either ``expression`` and ``column`` are
    set or ``failed`` is. ``used`` once a row has read it.
    """

    __slots__ = (
        "busy",
        "column",
        "expression",
        "failed",
        "is_default",
        "located",
        "row_input",
        "scope",
        "used",
    )

    def __init__(
        self,
        located: Located,
        scope: Scope | None = None,
        row_input: Value | None = None,
        *,
        is_default: bool = False,
    ) -> None:
        self.located = located
        self.scope = scope
        self.is_default = is_default
        self.row_input = row_input
        self.expression: Expression | None = None
        self.column: Column | None = None
        self.used = self.busy = self.failed = False


class Scope:
    """The names at a place, in one use. A branch sees what is around it, a module only its own.

    ``tensors`` has what the rows so far give, by name: None after a row that has failed.
    ``names`` tells the names of the block's parts apart.
    """

    __slots__ = ("arguments", "diagnostics", "names", "parent", "surroundings", "tensors", "uses")

    def __init__(
        self,
        surroundings: Surroundings,
        arguments: dict[str, ColumnArgument],
        uses: tuple[Span, ...] = (),
        parent: Scope | None = None,
    ) -> None:
        self.surroundings = surroundings
        self.diagnostics = surroundings.diagnostics
        self.arguments = arguments
        self.uses = uses
        self.parent = parent
        self.tensors: dict[str, Value | None] = {}
        self.names = Numbering()

    @property
    def printed(self) -> dict[str, str]:
        """The columns by key, as they are printed."""
        return self.surroundings.printed

    @property
    def modules(self) -> tuple[ModuleInfo, ...]:
        """The modules around, the outermost first."""
        return self.surroundings.modules

    def branch(self) -> Scope:
        """A scope inside this one."""
        return Scope(self.surroundings, self.arguments, self.uses, self)

    def silent(self) -> Scope:
        """A scope inside this one in which nothing is reported to the user."""
        around = self.surroundings
        quiet = Surroundings(Diagnostics(), around.printed, around.defaults, around.modules)
        return Scope(quiet, self.arguments, self.uses, self)

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
        return self.surroundings.defaults_of(what)

    def unique(self, name: str) -> str:
        """``name``, numbered if the scope's block has one of that name already."""
        return self.names.unique(name)

    def reads(self, cell: Located) -> bool:
        """Whether the cell is a column's name and nothing else."""
        return isinstance(cell.value, str) and column_key(cell.value) in self.arguments

    def substitute(self, cell: Located) -> Located:
        """The argument, when the cell is a column's name; else the cell."""
        if not isinstance(cell.value, str) or not self.arguments:
            return cell
        argument = self.arguments.get(column_key(cell.value))
        if argument is None:
            return cell
        argument.used = True
        outer = argument.scope
        if outer is None and argument.is_default and self.parent is not None:
            outer = self.outermost()
        return argument.located if outer is None else outer.substitute(argument.located)

    def outermost(self) -> Scope:
        """The scope of the module's, or the network's, own rows."""
        here = self
        while here.parent is not None:
            here = here.parent
        return here

    def in_this_use(self) -> list[Label]:
        """The use of the module that this is inside of."""
        return [Label(self.uses[-1], "in this use")] if self.uses else []

    def report_no_patch(self, cell: Located) -> None:
        """Report a cell that is no kernel and stride."""
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
        if re.fullmatch(_SIZE, text):
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
        if other := re.search(_OTHER_SIGN, text):
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
        if argument.column is None:
            argument.column = Column(self.printed.get(key, key), argument.expression.value)
        return argument.column

    def _evaluate(self, argument: ColumnArgument) -> Expression:
        cell = argument.located
        scope = self.outermost() if argument.is_default else argument.scope
        if scope is None or not isinstance(cell.value, str):
            if type(cell.value) is int:
                return Number(cell.value)
            self.diagnostics.add(
                Code.WRONG_TYPE,
                f"this column is {kind_of(cell.value)}, and is used in arithmetic",
                cell.span,
                help="it must be a whole number",
            )
            raise Poisoned
        return scope.arithmetic(cell, argument.row_input)


_OTHER_SIGN = r"<=?|>=?|(?<![=!<>])=(?!=)|&&|\|\|"
"""What other languages write in conditions."""
_SIZE = r"\d+(×\d+)+"
"""What means a size, and would be a product of numbers."""


def _is_sum(text: str | None) -> bool:
    """Whether a column's cell may be arithmetic rather than a word."""
    return text is not None and any(char.isdigit() for char in text)
