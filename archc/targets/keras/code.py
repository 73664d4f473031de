"""What the emitted lines are made of: layers, their arguments, and values as code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from archc.plan.names import literal
from archc.plan.symbol import Symbol
from archc.targets.python import Call

__all__ = ["Code", "Layer", "Slot", "arguments", "is_default", "slot_text"]


@dataclass(frozen=True, slots=True)
class Code:
    """An argument that is no literal: an initialiser, or the name of a parameter.

    ``spread`` is the number that an initialiser is given as its only argument.
    """

    text: str
    type: str
    call: Call | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a call: left out where it has the default.

    ``place`` says how it is given: ``first`` by position, ``either`` by position if what it is
    given has its name.
    """

    name: str
    value: Any
    default: Any = None
    place: Literal["first", "either", "keyword"] = "keyword"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer to construct and apply, such as ``layers.Conv2D``.

    ``suffix`` tells its name from that of the operation's main layer; a ``join`` takes a list
    of tensors; ``activation`` is the one that it applies; ``remark`` stands before it.
    """

    name: str
    slots: tuple[Slot, ...] = ()
    suffix: str = ""
    join: bool = False
    activation: str | None = None
    remark: str | None = None


def is_default(slot: Slot) -> bool:
    """Whether the argument may be left out."""
    if slot.default is None or isinstance(slot.value, Symbol | Code):
        return False
    return bool(slot.value == slot.default)


def slot_text(value: Any) -> str:
    """An argument as code."""
    return value.text if isinstance(value, Symbol | Code) else literal(value)


def arguments(slots: list[Slot]) -> list[str | Call]:
    """The arguments of a call, by position while they obviously can."""
    found: list[str | Call] = []
    positional = True
    for slot in slots:
        if is_default(slot):
            positional = False
            continue
        if isinstance(slot.value, Code) and slot.value.call is not None:
            positional = False
            call = slot.value.call
            found.append(Call(f"{slot.name}={call.head}", call.arguments))
            continue
        text = slot_text(slot.value)
        named = slot.place == "either" and text == slot.name
        positional = positional and (slot.place == "first" or named)
        found.append(text if positional else f"{slot.name}={text}")
    return found
