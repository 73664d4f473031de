"""Rebuild a network, or a program, with some of its operations replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archc.ir.expression import Binary, ChannelsOf, Expression, Extremum
from archc.ir.graph import Block, Head, Network, Node, Operation, Row, Value
from archc.ir.program import Instruction, Program, read_once
from archc.ir.verify import InvalidGraphError
from archc.ops import Op

__all__ = ["Replacement", "RewriteRule", "absorb", "rewrite"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """An operation in the place of another; ``expressions`` are its attributes' arithmetic."""

    name: str
    op: Op
    expressions: Mapping[str, Expression] = field(default_factory=dict)


RewriteRule = Callable[[Operation], "list[Replacement] | None"]
"""Returns the chain that replaces an operation, or None to keep it.

The first link of the chain reads the operation's inputs.
"""


def rewrite(network: Network, rule: RewriteRule) -> Network:
    """Copy ``network``, with the operations replaced for which ``rule`` has a replacement.

    Without any, ``network`` itself is returned. Shapes are inferred anew; names, spans and
    the hierarchy stay. A chain that replaces a lone operation becomes a unit of that name.
    Raises `archc.ir.verify.InvalidGraphError` for a replacement whose output has another shape.
    """
    operations = network.operations(heads=True)
    replaced = {
        operation: chain for operation in operations if (chain := rule(operation)) is not None
    }
    if not replaced:
        return network
    rebuild = _Rebuild(replaced)
    rebuild.values[network.input] = Value(network.input.shape)
    rows = [rebuild.row(row) for row in network.rows]
    heads = [rebuild.head(head) for head in network.heads]
    return replace(network, input=rebuild.values[network.input], rows=rows, heads=heads)


class _Rebuild:
    """Copies a network; ``values`` has the copy of each tensor before anything reads it."""

    def __init__(self, replaced: Mapping[Operation, Sequence[Replacement]]) -> None:
        self.replaced = replaced
        self.values: dict[Value, Value] = {}

    def row(self, row: Row) -> Row:
        source, nodes = self.values[row.input], self.nodes(row.nodes, in_unit=False)
        return replace(row, nodes=nodes, input=source, output=self.values[row.output])

    def head(self, head: Head) -> Head:
        source, nodes = self.values[head.input], self.nodes(head.nodes, in_unit=False)
        return replace(head, nodes=nodes, input=source, output=self.values[head.output])

    def nodes(self, nodes: list[Node], in_unit: bool) -> list[Node]:
        copies: list[Node] = []
        for node in nodes:
            if node.kind == "operation":
                copies.extend(self.operation(node, in_unit))
            else:
                copies.append(self.block(node))
        return copies

    def block(self, block: Block) -> Block:
        source = self.values[block.input]
        children = self.nodes(block.children, block.kind == "unit")
        arguments = {name: self.expression(value) for name, value in block.arguments.items()}
        return Block(
            block.name,
            block.kind,
            source,
            self.values[block.output],
            children,
            block.origin,
            block.module,
            arguments,
            block.attribute,
            block.opened,
            block.called,
        )

    def operation(self, operation: Operation, in_unit: bool) -> list[Node]:
        chain = self.replaced.get(operation)
        if chain is None:
            chain = [Replacement(operation.name, operation.op, operation.expressions)]
        attribute = operation.attribute if len(chain) == 1 else None
        inputs = tuple(self.values[value] for value in operation.inputs)
        first = inputs[0]
        made: list[Node] = []
        for link in chain:
            shapes = tuple(value.shape for value in inputs)
            is_same = link.op is operation.op and shapes == operation.input_shapes
            output = Value(operation.output.shape if is_same else link.op.infer(shapes))
            expressions = {key: self.expression(value) for key, value in link.expressions.items()}
            node = Operation(
                link.name, link.op, inputs, output, operation.origin, expressions, attribute
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
            case Extremum(name, arguments, value):
                return Extremum(name, tuple(map(self.expression, arguments)), value)
        return expression


AbsorbRule = Callable[[Instruction, Instruction], tuple[Instruction, ...] | None]
"""Returns what does the work of a maker and of the reader of its output; None keeps both.

The last of the instructions makes the reader's output.
"""


def absorb(program: Program, rule: AbsorbRule) -> Program:
    """Apply ``rule`` to every maker and reader of a value that nothing else reads.

    What comes of both stands in the reader's place, where all that either reads is made. Of
    several makers the latest is tried first; ``rule`` is applied until it has nothing to do.
    """
    once = read_once(program)
    places = {made.output: place for place, made in enumerate(program.instructions)}
    makers: dict[Value, Instruction] = {}
    for instruction in program.instructions:
        pending = [instruction]
        while pending:
            reader = pending.pop()
            read = [value for value in reader.inputs if value in once and value in makers]
            for value in sorted(read, key=places.__getitem__, reverse=True):
                both = rule(makers[value], reader)
                if both is not None:
                    del makers[value]
                    pending += reversed(both)
                    break
            else:
                makers[reader.output] = reader
    return replace(program, instructions=tuple(makers.values()))
