"""Symbolic numbers in the terms of one function or class: its columns, the channels it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from archc.ir import Block, Node, Operation, Value
from archc.ir.expression import (
    FUNCTIONS,
    Binary,
    ChannelsOf,
    Column,
    Expression,
    Extremum,
    Number,
    apply,
)
from archc.ops import Op, Shape
from archc.plan.symbol import Symbol, text

__all__ = ["Terms"]


@dataclass(slots=True)
class Terms:
    """Columns by name, and the shapes of tensors where they are symbolic.

    ``shapes`` grows as operations are resolved, in the order they run: an operation's inputs
    are known before it is. ``overrides`` are attributes of operations that an argument of the
    class stands for.
    """

    columns: dict[str, int] = field(default_factory=dict)
    shapes: dict[Value, Shape] = field(default_factory=dict)
    overrides: dict[Operation, dict[str, int]] = field(default_factory=dict)

    def shape(self, value: Value) -> Shape:
        """The shape of a tensor; one that is not known in these terms has plain numbers."""
        return self.shapes.get(value, value.shape)

    def note_shape(self, value: Value, shape: Shape) -> None:
        """Note the shape of a tensor, if it is symbolic."""
        if any(isinstance(size, Symbol) for size in shape):
            self.shapes[value] = shape

    def within(self, block: Block) -> Self:
        """The terms inside a block: a module's columns are what this use gives them."""
        if block.kind != "module":
            return self
        columns = {name: self.evaluate(each) for name, each in block.arguments.items()}
        if "classes" in self.columns:
            columns.setdefault("classes", self.columns["classes"])
        return type(self)(columns, self.shapes)

    def resolve(self, operation: Operation) -> tuple[Op, tuple[Shape, ...]]:
        """The operation with symbolic attributes, and its inputs' shapes; notes its output's."""
        changed: dict[str, int | tuple[int, int]] = {}
        for name, expression in operation.expressions.items():
            number = self.evaluate(expression)
            if isinstance(number, Symbol):
                is_pair = isinstance(getattr(operation.op, name), tuple)
                changed[name] = (number, number) if is_pair else number
        changed |= self.overrides.get(operation, {})
        inputs = tuple(self.shape(value) for value in operation.inputs)
        if not changed and self.shapes.keys().isdisjoint(operation.inputs):
            return operation.op, inputs  # in plain numbers all is as it is in the graph
        op = operation.op.replace(**changed) if changed else operation.op
        channels, *spatial = op.infer(inputs)
        self.note_shape(operation.output, (channels, *map(int, spatial)))
        return op, inputs

    def note(self, nodes: Sequence[Node]) -> None:
        """Note the symbolic shapes of everything in ``nodes``."""
        for node in nodes:
            if node.kind == "operation":
                self.resolve(node)
            else:
                self.within(node).note(node.children)

    def evaluate(self, expression: Expression) -> int:
        """An expression in these terms."""
        match expression:
            case Number(value):
                return value
            case Column(name, value):
                return self.columns.get(name, value)
            case ChannelsOf(tensor):
                return self.shape(tensor)[0]
            case Binary(operator, left, right, _):
                return apply(operator, self.evaluate(left), self.evaluate(right))
            case Extremum(name, arguments, value):
                return _call(name, [self.evaluate(each) for each in arguments], value)


def _call(name: str, arguments: Sequence[int], value: int) -> int:
    if any(isinstance(each, Symbol) for each in arguments):
        return Symbol(value, f"{name}({', '.join(map(text, arguments))})")
    return FUNCTIONS[name](arguments)
