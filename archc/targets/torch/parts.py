"""Constructor calls in a class: layers and blocks with symbolic arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archc.ir import Operation
from archc.targets.python import WIDTH, Call, layout, literal
from archc.targets.symbol import Symbol
from archc.targets.terms import Terms
from archc.targets.torch.layers import RULES, Formula, Layer, Slot
from archc.targets.torch.repeats import repeated

__all__ = ["Environment", "Name", "Part", "is_default", "slot_text"]


@dataclass(slots=True)
class Part:
    """What an attribute is set to: a layer or class with arguments, or a Sequential of parts.

    A layer knows its ``operation``; a class of the file the attributes in it, ``members``. A
    stage's parts have ``comments``, by the number of the part that ends a row. ``option`` is
    the flag without which there is nothing.
    """

    head: str
    slots: list[Slot] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    operation: Operation | None = None
    members: list[tuple[str, Part]] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)
    option: str | None = None

    def walk(self) -> Iterator[Part]:
        """The part and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def paths(self, path: str) -> Iterator[tuple[Operation, str]]:
        """The layers inside and their places, as ``state_dict`` says them."""
        if self.operation is not None:
            yield self.operation, path
        numbered = ((str(index), part) for index, part in enumerate(self.parts))
        for name, part in (*numbered, *self.members):
            yield from part.paths(f"{path}.{name}")

    def lines(self, indent: int, prefix: str) -> list[str]:
        """The assignment ``prefix`` + the call, laid out."""
        margin = " " * indent
        if self.option is not None:
            choice = f"{self.call().flat} if {self.option} else nn.Identity()"
            whole = f"{margin}{prefix}{choice}"
            if len(whole) <= WIDTH:
                return [whole]
            inner = f"{margin}    {choice}"
            if len(inner) <= WIDTH:
                return [f"{margin}{prefix}(", inner, f"{margin})"]
            branches = [f"{margin}    if {self.option}", f"{margin}    else nn.Identity()"]
            lines = [*layout(self.call(), indent + 4), *branches]
            return [f"{margin}{prefix}(", *lines, f"{margin})"]
        if not self.comments:
            return layout(self.call(), indent, prefix)
        found, start = [f"{margin}{prefix}{self.head}("], 0
        for end, comment in self.comments.items():
            calls = repeated([part.call() for part in self.parts[start : end + 1]])
            suffixes = [","] * (len(calls) - 1) + [f",  # {comment}"]
            for call, suffix in zip(calls, suffixes, strict=True):
                found += layout(call, indent + 4, "", suffix)
            start = end + 1
        return [*found, f"{margin})"]

    def call(self) -> Call:
        """The constructor call as code.

        Arguments go by position while they obviously can: widths, and those that have the
        name of what they are given.
        """
        arguments: list[str] = []
        positional = True
        for slot in self.slots:
            if is_default(slot):
                positional = False
                continue
            text = slot_text(slot.value)
            positional = positional and (slot.positional or text == slot.name)
            arguments.append(text if positional else f"{slot.name}={text}")
        return Call(self.head, (*arguments, *repeated([part.call() for part in self.parts])))


def is_default(slot: Slot) -> bool:
    """Whether the argument may be left out."""
    return not isinstance(slot.value, Symbol) and slot.default == slot.value is not None


@dataclass(frozen=True, slots=True)
class Name:
    """A constructor argument's name in place of a literal that differs between uses."""

    text: str


def slot_text(value: Any) -> str:
    """An argument as code."""
    return value.text if isinstance(value, Symbol | Name) else literal(value)


class Environment(Terms):
    """The terms of one class, in which layers are said."""

    def layer(self, operation: Operation) -> Layer | Formula:
        """The rule's answer for an operation; its output's symbolic shape is noted."""
        op, inputs = self.resolve(operation)
        return RULES[type(op)](op, inputs)
