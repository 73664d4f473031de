"""Constructor calls in a class: layers and blocks with symbolic arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.emit.python import WIDTH, Call, layout, literal
from archc.emit.symbol import Symbol
from archc.emit.torch.layers import RULES, Formula, Layer, Slot
from archc.emit.torch.repeats import repeated
from archc.ir import Block, Node, Operation, Value
from archc.ir.expression import (
    FUNCTIONS,
    Binary,
    ChannelsOf,
    Column,
    Expression,
    Function,
    Number,
    apply,
)
from archc.ops import Shape

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


@dataclass(slots=True)
class Environment:
    """Symbolic shapes and columns, in the terms of one class."""

    columns: dict[str, int]
    shapes: dict[Value, Shape] = field(default_factory=dict)
    overrides: dict[Operation, dict[str, int]] = field(default_factory=dict)

    def shape(self, value: Value) -> Shape:
        """The symbolic shape of a tensor; a tensor from elsewhere has a plain one."""
        return self.shapes.get(value, value.shape)

    def evaluate(self, expression: Expression) -> int:
        """An expression in this class's terms."""
        match expression:
            case Number(value):
                return value
            case Column(name, value):
                return self.columns.get(name, value)
            case ChannelsOf(tensor):
                return self.shape(tensor)[0]
            case Binary(operator, left, right, _):
                return apply(operator, self.evaluate(left), self.evaluate(right))
            case Function(name, arguments, value):
                return self._function(name, [self.evaluate(each) for each in arguments], value)

    def _function(self, name: str, arguments: Sequence[int], value: int) -> int:
        if not any(isinstance(each, Symbol) for each in arguments):
            return FUNCTIONS[name](arguments)
        return Symbol(value, f"{name}({', '.join(slot_text(each) for each in arguments)})")

    def nested(self, block: Block) -> Environment:
        """The environment inside a block, still in this class's terms."""
        if block.kind != "module":
            return self
        columns = {name: self.evaluate(each) for name, each in block.arguments.items()}
        if "classes" in self.columns:
            columns.setdefault("classes", self.columns["classes"])
        return Environment(columns, self.shapes)

    def layer(self, operation: Operation) -> Layer | Formula:
        """The rule's answer for an operation; its output's symbolic shape is noted."""
        changed: dict[str, Any] = {}
        for name, expression in operation.expressions.items():
            number = self.evaluate(expression)
            is_pair = isinstance(getattr(operation.op, name), tuple)
            changed[name] = (number, number) if is_pair else number
        changed |= self.overrides.get(operation, {})
        op = operation.op.model_copy(update=changed) if changed else operation.op
        inputs = tuple(self.shape(value) for value in operation.inputs)
        channels, *spatial = op.infer(inputs)
        self.shapes[operation.output] = (channels, *map(int, spatial))
        return RULES[type(op)](op, inputs)

    def run(self, nodes: Sequence[Node]) -> None:
        """Note the symbolic shapes of everything in ``nodes``."""
        for node in nodes:
            if isinstance(node, Operation):
                self.layer(node)
            else:
                self.nested(node).run(node.children)
