"""Activation memory: how much a forward pass keeps, operation by operation.

What is counted is what the emitted PyTorch module asks torch's allocator for in inference mode:
tensors, a max pool's indices and the temporaries of layers that are formulas themselves. What a
library takes without asking torch is not: oneDNN's scratch and reordered weights, cuDNN's
workspaces. Parameters and buffers are not activations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from archc.analysis.liveness import Moment, alive, homes, lifetimes
from archc.ir import Network, Operation, Row, Value
from archc.ir.walk import blocks

__all__ = ["DTYPES", "ScheduledOperation", "activations", "overwriting", "peak", "schedule"]

DTYPES: dict[str, int] = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Bytes of an element."""


@dataclass(frozen=True, slots=True)
class ScheduledOperation:
    """One operation as it runs.

    ``activations``: elements of its output for one sample, 0 where it makes no tensor of its
    own. ``alive``: bytes of all tensors while it runs, its own and its temporaries included,
    for the whole batch.
    """

    operation: Operation
    activations: int
    alive: int


def activations(network: Network) -> dict[Operation, int]:
    """Elements of every operation's output for one sample.

    A view, and what overwrites its input, has none. ``network`` has been through the passes
    that its source has.
    """
    shared = overwriting(network)
    return {
        each: 0 if each in shared or each.op.is_view else prod(each.output.shape)
        for each in network.operations()
    }


def peak(steps: Iterable[ScheduledOperation]) -> int:
    """The most bytes alive at once, over a `schedule`."""
    return max((step.alive for step in steps), default=0)


def schedule(network: Network, dtype: str = "float32", batch: int = 1) -> list[ScheduledOperation]:
    """The operations in the order in which the emitted module runs them, with what is alive.

    A tensor is freed after its last reader, with these exceptions, as in Python: whoever calls
    the network keeps the input; a block's caller keeps the block's input until it returns; a
    tensor that a head reads is kept to the end, though the head runs in training only.
    ``network`` has been through the passes that its source has. Raises KeyError for an unknown
    ``dtype``.
    """
    size = DTYPES[dtype]
    elements = activations(network)
    order = list(network.operations())
    held = _held(network)
    moments = [Moment(each.output, (*each.inputs, *held.get(each, ()))) for each in order]
    shown = ((each.output, None if elements[each] else each.input) for each in order)
    kept = (network.input, network.output, *(head.input for head in network.heads))
    lived = lifetimes(network.input, moments, kept, homes(network.input, shown))
    taken = alive(lived, len(order), lambda value: prod(value.shape) * size)
    return [
        ScheduledOperation(each, elements[each], batch * (bytes_alive + _temporaries(each, size)))
        for each, bytes_alive in zip(order, taken, strict=True)
    ]


def _temporaries(operation: Operation, size: int) -> int:
    return operation.op.temporaries(operation.input_shapes, operation.output.shape, size)


def overwriting(network: Network) -> set[Operation]:
    """Find the activations that overwrite their input: ``inplace=True`` in the emitted module.

    Within a unit, what follows a layer whose output no gradient needs.
    """
    return {
        operation
        for block in blocks(node for part in network.parts for node in part.nodes)
        if block.kind == "unit"
        for before, operation in pairwise(block.operations())
        if operation.op.in_place and before.is_fresh
    }


def _held(network: Network) -> dict[Operation, list[Value]]:
    """The inputs of calls, by the operation at whose end the call returns."""
    held: dict[Operation, list[Value]] = {}

    def call(value: Value, operations: Iterable[Operation]) -> None:
        inside = list(operations)
        if inside:
            held.setdefault(inside[-1], []).append(value)

    for row in network.rows:
        for block in blocks(row.nodes):
            if not block.opened:
                call(block.input, block.operations())
    for rows in _calls(network):
        call(rows[0].input, (operation for row in rows for operation in row.operations()))
    return held


def _calls(network: Network) -> Iterator[list[Row]]:
    """Rows that the network's forward applies in one call, where it is several."""
    read = {head.input for head in network.heads}
    for stage in network.stages:
        rows: list[Row] = []
        for row in network.rows_of(stage):
            rows.append(row)
            if row.output in read or row.name == stage.last:
                yield rows
                rows = []
    for row in network.rows:
        if len(row.nodes) > 1:
            yield [row]
