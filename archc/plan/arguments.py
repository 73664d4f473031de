"""What code gives to a layer, and what a class or function takes: arguments and parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from archc.ops import Shape
from archc.plan.names import literal
from archc.plan.symbol import Symbol

__all__ = [
    "Argument",
    "Expressed",
    "Formula",
    "LayerCall",
    "Parameter",
    "Passing",
    "RuleTable",
    "argument_text",
    "is_default",
    "type_name",
]

Passing = Literal["first", "either", "keyword"]
"""How an argument is given: ``first`` by position while all before it are, ``either`` by
position where what is given has the argument's name, ``keyword`` never by position."""


@dataclass(frozen=True, slots=True)
class Expressed:
    """A value that is no literal: its code, such as a parameter's name, and its type."""

    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: left out where it has the default."""

    name: str
    value: Any
    default: Any = None
    place: Passing = "either"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a constructor or function takes; ``default`` is None where there is none."""

    name: str
    type: str
    default: Any = None
    place: Passing = "either"


@dataclass(frozen=True, slots=True)
class LayerCall:
    """A layer to construct, such as ``nn.Conv2d``."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression over several tensors: a call that takes them as a list, or their sum.

    ``arguments`` follow the list, ``tail`` the call.
    """

    call: str = ""
    arguments: tuple[str, ...] = ()
    tail: str = ""


RuleTable = Callable[[Any, tuple[Shape, ...]], "LayerCall | Formula"]
"""A target's answer for an operation and its inputs' shapes, symbolic or not."""


def is_default(argument: Argument) -> bool:
    """Whether the argument may be left out."""
    if argument.default is None or isinstance(argument.value, Symbol):
        return False
    return bool(argument.value == argument.default)


def argument_text(value: Any) -> str:
    """Return a value as code."""
    return value.text if isinstance(value, Symbol | Expressed) else literal(value)


def type_name(values: Iterable[Any]) -> str:
    """Return the annotation of what takes all these values: ``int | tuple[int, int]``."""
    names = {_type_name(value) for value in values}
    return " | ".join(sorted(names, key=lambda name: (len(name), name)))


def _type_name(value: Any) -> str:
    if isinstance(value, Expressed):
        return value.type
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_type_name, value))}]"
    if isinstance(value, list):
        return f"list[{type_name(value)}]"
    return "int" if isinstance(value, Symbol) else type(value).__name__
