"""Whole numbers that remember how code would write them.

Running an operation's own shape rule on symbols gives the code for every channel count: no
second rule is needed to write ``in_channels`` or ``n1x1 + n3x3``.
"""

from __future__ import annotations

from typing import Self

__all__ = ["Symbol", "text"]

_ATOM, _PRODUCT, _SUM = 3, 2, 1


class Symbol(int):
    """A number with the text of the expression that gives it."""

    text: str
    level: int

    def __new__(cls, value: int, text: str, level: int = _ATOM) -> Self:
        """``level`` is how tightly the text's outermost operator binds."""
        self = super().__new__(cls, value)
        self.text = text
        self.level = level
        return self

    def __add__(self, other: int) -> int:
        return _binary(self, "+", other, int(self) + int(other), _SUM)

    def __radd__(self, other: int) -> int:
        return _binary(other, "+", self, int(other) + int(self), _SUM)

    def __sub__(self, other: int) -> int:
        return _binary(self, "-", other, int(self) - int(other), _SUM)

    def __rsub__(self, other: int) -> int:
        return _binary(other, "-", self, int(other) - int(self), _SUM)

    def __mul__(self, other: int) -> int:
        return _binary(self, "*", other, int(self) * int(other), _PRODUCT)

    def __rmul__(self, other: int) -> int:
        return _binary(other, "*", self, int(other) * int(self), _PRODUCT)

    def __floordiv__(self, other: int) -> int:
        return _binary(self, "//", other, int(self) // int(other), _PRODUCT)

    def __rfloordiv__(self, other: int) -> int:
        return _binary(other, "//", self, int(other) // int(self), _PRODUCT)

    def __mod__(self, other: int) -> int:
        return _binary(self, "%", other, int(self) % int(other), _PRODUCT)

    def __rmod__(self, other: int) -> int:
        return _binary(other, "%", self, int(other) % int(self), _PRODUCT)


def text(value: int) -> str:
    """The code for a number, symbolic or not."""
    return value.text if isinstance(value, Symbol) else str(value)


def _binary(left: int, operator: str, right: int, value: int, level: int) -> int:
    if operator in ("*", "//") and not isinstance(right, Symbol) and right == 1:
        return left
    if operator == "*" and not isinstance(left, Symbol) and left == 1:
        return right
    return Symbol(value, f"{_side(left, level)} {operator} {_side(right, level + 1)}", level)


def _side(value: int, level: int) -> str:
    """``value`` as an operand, in parentheses if it binds less tightly than ``level``."""
    if not isinstance(value, Symbol):
        return str(value) if value >= 0 else f"({value})"
    return value.text if value.level >= level else f"({value.text})"
