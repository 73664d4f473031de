"""Arithmetic that gave an attribute its value, kept so that code can be written with it.

The values are bound: an expression knows its number. What it is made of (a module's columns,
the channels of a tensor) lets an emitter write one class for all uses of a module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archc.ir.graph import Value

__all__ = [
    "Binary",
    "ChannelsOf",
    "Column",
    "Expression",
    "Extremum",
    "NotWhole",
    "Number",
    "column_name",
]


class NotWhole(ArithmeticError):
    """A division has a remainder, or a divisor is zero."""


class Number(NamedTuple):
    """A literal."""

    value: int


class Column(NamedTuple):
    """A column of the module (or ``classes`` of the network) by its printed name."""

    name: str
    value: int


class ChannelsOf(NamedTuple):
    """The channels of a tensor."""

    tensor: Value

    @property
    def value(self) -> int:
        """The number of channels."""
        return self.tensor.shape[0]


class Binary(NamedTuple):
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression
    value: int


class Extremum(NamedTuple):
    """``min`` or ``max`` of arguments."""

    name: str
    arguments: tuple[Expression, ...]
    value: int


Expression = Number | Column | ChannelsOf | Binary | Extremum

FUNCTIONS: dict[str, Callable[..., int]] = {"min": min, "max": max}


def binary(operator: str, left: Expression, right: Expression) -> Binary:
    """``left operator right`` with its value. Raises `NotWhole` when it is no whole number."""
    return Binary(operator, left, right, apply(operator, left.value, right.value))


def apply(operator: str, left: int, right: int) -> int:
    """The operators of the language on whole numbers."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        raise NotWhole("division by zero")
    if operator == "%":
        return left % right
    if operator == "/" and left % right:
        raise NotWhole(f"{left} / {right} is not a whole number")
    return left // right


def column_name(expression: Expression | None) -> str | None:
    """Name the column of a table that an expression is; None for any other expression.

    ``classes`` is no column: it is the network's.
    """
    if isinstance(expression, Column) and expression.name != "classes":
        return expression.name
    return None
