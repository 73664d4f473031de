"""The language's arithmetic: whole numbers, columns, ``channels``; never Python's eval.

::

    sum     = product (("+" | "-") product)*
    product = factor (("*" | "×" | "/" | "//" | "%") factor)*
    factor  = number | name | "channels" "(" tensor ")" | ("min" | "max") "(" sum, ... ")"
            | "(" sum ")"

Names may hold spaces and ``×`` (``#3×3 reduce``): the longest known name wins. ``/`` must
leave no remainder, ``//`` rounds down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from archc.ir.expression import FUNCTIONS, Expression, Extremum, NotWhole, Number, binary

__all__ = ["ExpressionError", "UnknownName", "evaluate"]

MAX_LENGTH = 200

_NUMBER = re.compile(r"\d{1,12}")
_WORD = re.compile(r"[^\s+*/%(),-]+")


_NOT_ZERO = "divide by what is at least 1"
_COMMA = 'close it; in a list, quote what has a comma, as "max(width, 16)"'
_HELP = "write a number, or arithmetic as `width * 2`"


class ExpressionError(Exception):
    """The text is no expression, or has no value for these columns (``by_values``).

    ``help`` is a way out.
    """

    def __init__(self, message: str, help: str | None = _HELP, *, by_values: bool = False) -> None:
        self.help = help
        self.by_values = by_values
        super().__init__(message)


class UnknownName(ExpressionError):
    """A name that is no column and no tensor. ``known`` has the names there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"`{name}` is no column here")


def evaluate(
    text: str,
    names: Iterable[str],
    lookup: Callable[[str], Expression],
    channels: Callable[[str | None], Expression],
) -> Expression:
    """Parse ``text`` and compute it.

    ``lookup`` gives a name's value, ``channels`` that of ``channels(tensor)`` (None for the
    row's own input). Raises `ExpressionError`.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    parser = _ExpressionParser(text, names, lookup, channels)
    result = parser.sum()
    parser.expect_end()
    return result


class _ExpressionParser:
    def __init__(
        self,
        text: str,
        names: Iterable[str],
        lookup: Callable[[str], Expression],
        channels: Callable[[str | None], Expression],
    ) -> None:
        self.text = text
        self.at = 0
        self.names = sorted(names, key=len, reverse=True)
        self.lookup = lookup
        self.channels = channels

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, *tokens: str) -> str | None:
        self.skip()
        for token in tokens:
            if self.text.startswith(token, self.at):
                self.at += len(token)
                return token
        return None

    def expect_end(self) -> None:
        self.skip()
        if self.at < len(self.text):
            raise ExpressionError(f"`{self.text[self.at :][:20]}` is left over")

    def sum(self) -> Expression:
        left = self.product()
        while operator := self.take("+", "-"):
            left = self.apply(operator, left, self.product())
        return left

    def product(self) -> Expression:
        left = self.factor()
        while operator := self.take("//", "/", "*", "×", "%"):
            left = self.apply("*" if operator == "×" else operator, left, self.factor())
        return left

    def apply(self, operator: str, left: Expression, right: Expression) -> Expression:
        try:
            return binary(operator, left, right)
        except NotWhole as error:
            help_ = "use `//` to round down" if operator == "/" and right.value else _NOT_ZERO
            raise ExpressionError(str(error), help_, by_values=True) from None

    def factor(self) -> Expression:
        self.skip()
        for name in self.names:
            if self.text.startswith(name, self.at) and self.ends_word(self.at + len(name)):
                self.at += len(name)
                return self.lookup(name)
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            return Number(int(match[0]))
        if self.take("("):
            inner = self.sum()
            self.close()
            return inner
        return self.word()

    def ends_word(self, at: int) -> bool:
        return at >= len(self.text) or not (self.text[at].isalnum() or self.text[at] in "_#")

    def word(self) -> Expression:
        match = _WORD.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :]
            where = f"before `{rest[:20]}`" if rest else "at the end"
            raise ExpressionError(f"a number or a column is missing {where}")
        self.at = match.end()
        name = match[0]
        if name == "channels":
            return self.channels_of()
        if name in FUNCTIONS and self.take("("):
            return self.function(name)
        raise UnknownName(name, [*self.names, "channels"])

    def channels_of(self) -> Expression:
        if not self.take("("):
            return self.channels(None)
        end = self.text.find(")", self.at)
        if end < 0:
            raise ExpressionError("`)` is missing", _COMMA)
        tensor = self.text[self.at : end].strip()
        self.at = end + 1
        return self.channels(tensor)

    def function(self, name: str) -> Expression:
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        self.close()
        value = FUNCTIONS[name](argument.value for argument in arguments)
        return Extremum(name, tuple(arguments), value)

    def close(self) -> None:
        if not self.take(")"):
            raise ExpressionError("`)` is missing", _COMMA)
