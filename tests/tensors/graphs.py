"""Networks of one operation, made without a spec."""

from __future__ import annotations

from collections.abc import Sequence

from archc import ir
from archc.diagnostics import Source, Span
from archc.ops import Op, Shape
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear

__all__ = ["alone"]

NOWHERE = ir.Origin(Span(Source("", ""), 1, 1, 1, 1))


def alone(op: Op, shapes: Sequence[Shape]) -> ir.Network:
    """A network that ends in ``op`` on tensors of these shapes.

    The first is the network's input, the others are made of it by 1×1 convolutions or linear
    layers.
    """
    start = ir.Value(shapes[0])
    feeds = [_row(f"feed_{number}", _feed(shape), [start]) for number, shape in enumerate(shapes)]
    last = _row("it", op, [start, *(feed.output for feed in feeds[1:])])
    return ir.Network("alone", None, start, [*feeds[1:], last], [])


def _feed(shape: Shape) -> Op:
    if len(shape) == 1:
        return Linear(filters=shape[0])
    return Convolution(kernel=(1, 1), filters=shape[0])


def _row(name: str, op: Op, inputs: list[ir.Value]) -> ir.Row:
    output = ir.Value(op.infer([value.shape for value in inputs]))
    operation = ir.Operation(name, op, tuple(inputs), output, NOWHERE)
    output.producer = operation
    return ir.Row(name, name, op.names[0], [operation], inputs[0], output, NOWHERE)
