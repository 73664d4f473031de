"""Rebuilding a network with some operations replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archc.ir.expression import Binary, ChannelsOf, Expression, Function
from archc.ir.graph import Block, Head, Network, Node, Operation, Row, Value
from archc.ir.verify import InvalidGraphError
from archc.ops import Op

__all__ = ["Step", "rewrite"]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a replacement; ``expressions`` are the arithmetic of its attributes."""

    name: str
    op: Op
    expressions: Mapping[str, Expression] = field(default_factory=dict)


RewriteRule = Callable[[Operation], "list[Step] | None"]
"""A chain that replaces an operation (the first step reads its inputs); None keeps it."""


def rewrite(network: Network, rule: RewriteRule) -> Network:
    """A copy of ``network`` in which ``rule`` has replaced what it wanted to.

    It is ``network`` itself where that is nothing. Shapes are inferred anew; names, spans and
    the hierarchy stay. A chain that replaces a lone operation becomes a unit of that name.
    Raises `archc.ir.verify.InvalidGraphError` for a replacement whose output has another shape.
    """
    operations = network.operations(heads=True)
    replaced = {each: steps for each in operations if (steps := rule(each)) is not None}
    if not replaced:
        return network
    rebuild = _Rebuild(replaced)
    rebuild.values[network.input] = Value(network.input.shape)
    rows = [rebuild.row(row) for row in network.rows]
    heads = [rebuild.head(head) for head in network.heads]
    return replace(network, input=rebuild.values[network.input], rows=rows, heads=heads)


class _Rebuild:
    """Copies a network; ``values`` are the copies of its tensors, each there before it is read."""

    def __init__(self, replaced: Mapping[Operation, Sequence[Step]]) -> None:
        self.replaced = replaced
        self.values: dict[Value, Value] = {}

    def row(self, row: Row) -> Row:
        source, nodes = self.values[row.input], self.nodes(row.nodes, in_unit=False)
        return replace(row, nodes=nodes, input=source, output=self.values[row.output])

    def head(self, head: Head) -> Head:
        source, nodes = self.values[head.input], self.nodes(head.nodes, in_unit=False)
        return replace(head, nodes=nodes, input=source, output=self.values[head.output])

    def nodes(self, nodes: list[Node], in_unit: bool) -> list[Node]:
        found: list[Node] = []
        for node in nodes:
            if node.kind == "operation":
                found.extend(self.operation(node, in_unit))
            else:
                found.append(self.block(node))
        return found

    def block(self, block: Block) -> Block:
        source, children = (
            self.values[block.input],
            self.nodes(block.children, block.kind == "unit"),
        )
        arguments = {name: self.expression(each) for name, each in block.arguments.items()}
        output = self.values[block.output]
        return replace(block, input=source, output=output, children=children, arguments=arguments)

    def operation(self, operation: Operation, in_unit: bool) -> list[Node]:
        steps = self.replaced.get(operation)
        if steps is None:
            steps = [Step(operation.name, operation.op, operation.expressions)]
        attribute = operation.attribute if len(steps) == 1 else None
        inputs = tuple(self.values[value] for value in operation.inputs)
        first = inputs[0]
        made: list[Node] = []
        for step in steps:
            shapes = tuple(value.shape for value in inputs)
            is_same = step.op is operation.op and shapes == operation.input_shapes
            output = Value(operation.output.shape if is_same else step.op.infer(shapes))
            expressions = {key: self.expression(each) for key, each in step.expressions.items()}
            node = Operation(
                step.name, step.op, inputs, output, operation.origin, expressions, attribute
            )
            output.producer = node
            made.append(node)
            inputs = (output,)
        if inputs[0].shape != operation.output.shape:
            raise InvalidGraphError(
                f"{operation.name} gives {operation.output.shape}, "
                f"what replaces it {inputs[0].shape}"
            )
        self.values[operation.output] = inputs[0]
        if len(made) < 2 or in_unit:
            return made
        unit = Block(operation.name, "unit", first, inputs[0], made, operation.origin)
        unit.attribute = operation.attribute
        return [unit]

    def expression(self, expression: Expression) -> Expression:
        match expression:
            case ChannelsOf(tensor):
                return ChannelsOf(self.values[tensor])
            case Binary(operator, left, right, value):
                return Binary(operator, self.expression(left), self.expression(right), value)
            case Function(name, arguments, value):
                return Function(name, tuple(self.expression(one) for one in arguments), value)
        return expression
