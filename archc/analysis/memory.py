"""Activation memory: how much a forward pass keeps, operation by operation.

What is counted is what the emitted PyTorch module asks torch's allocator for in inference mode:
tensors, a max pool's indices and the temporaries of layers that are formulas themselves. What a
library takes without asking torch is not: oneDNN's scratch and reordered weights, cuDNN's
workspaces. Parameters and buffers are not activations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from archc.ir import Block, Network, Node, Operation, Row, Value

__all__ = ["DTYPES", "Step", "activations", "overwriting", "peak", "schedule"]

DTYPES: dict[str, int] = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Bytes of an element."""


@dataclass(frozen=True, slots=True)
class Step:
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


def peak(steps: Iterable[Step]) -> int:
    """The most bytes alive at once, over a `schedule`."""
    return max((step.alive for step in steps), default=0)


def schedule(network: Network, dtype: str = "float32", batch: int = 1) -> list[Step]:
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
    owner = _owners(order, elements, network.input)
    last = _last_uses(network, order, owner)
    alive = {network.input: prod(network.input.shape) * size}
    steps = []
    for index, operation in enumerate(order):
        if elements[operation]:
            alive[operation.output] = elements[operation] * size
        shape = operation.output.shape
        extra = operation.op.temporaries(operation.input_shapes, shape, size)
        steps.append(Step(operation, elements[operation], batch * (sum(alive.values()) + extra)))
        for value in [value for value in alive if last.get(value, index) <= index]:
            del alive[value]
    return steps


def overwriting(network: Network) -> set[Operation]:
    """The activations that overwrite their input: ``inplace=True`` in the emitted module.

    Within a unit, what follows a layer whose output no gradient needs.
    """
    return {each for row in network.rows for each in _overwriting(row.nodes, in_unit=False)}


def _overwriting(nodes: Sequence[Node], in_unit: bool) -> Iterator[Operation]:
    for index, node in enumerate(nodes):
        if isinstance(node, Block):
            yield from _overwriting(node.children, node.kind == "unit")
        elif in_unit and index and node.op.in_place and _is_fresh(nodes[index - 1]):
            yield node


def _is_fresh(node: Node) -> bool:
    """Whether the node makes a tensor that may be overwritten; a join of one makes none."""
    if not isinstance(node, Operation) or not node.op.fresh:
        return False
    return node.op.arity == (1, 1) or len(node.inputs) > 1


def _owners(
    order: Iterable[Operation], elements: dict[Operation, int], source: Value
) -> dict[Value, Value]:
    """The value whose memory each value is: its own, or that of what it is a view of."""
    owner = {source: source}
    for operation in order:
        made = elements[operation] > 0
        owner[operation.output] = operation.output if made else owner[operation.inputs[0]]
    return owner


def _last_uses(
    network: Network, order: Sequence[Operation], owner: dict[Value, Value]
) -> dict[Value, int]:
    """The number of the operation after which each tensor is freed."""
    last: dict[Value, int] = {}

    def use(value: Value, index: int) -> None:
        last[owner[value]] = max(last.get(owner[value], 0), index)

    place = {operation: index for index, operation in enumerate(order)}
    for operation in order:
        for value in operation.inputs:
            use(value, place[operation])
    for value, operation in _held(network):
        use(value, place[operation])
    for value in (network.input, network.output, *(head.input for head in network.heads)):
        use(value, len(order))
    return last


def _held(network: Network) -> Iterator[tuple[Value, Operation]]:
    """The inputs of calls, each with the operation at whose end the call returns."""
    for row in network.rows:
        yield from _held_inside(row.nodes)
    for rows in _calls(network):
        inside = [operation for row in rows for operation in row.operations()]
        if inside:
            yield rows[0].input, inside[-1]


def _held_inside(nodes: Iterable[Node]) -> Iterator[tuple[Value, Operation]]:
    for node in nodes:
        if not isinstance(node, Block):
            continue
        yield from _held_inside(node.children)
        inside = list(node.operations())
        if inside and not node.opened:
            yield node.input, inside[-1]


def _calls(network: Network) -> Iterator[list[Row]]:
    """Rows that the network's forward applies in one call, where it is several."""
    read = {head.input for head in network.heads}
    names = [row.name for row in network.rows]
    for stage in network.stages:
        rows: list[Row] = []
        for row in network.rows[names.index(stage.first) : names.index(stage.last) + 1]:
            rows.append(row)
            if row.output in read or row.name == stage.last:
                yield rows
                rows = []
    for row in network.rows:
        if len(row.nodes) > 1:
            yield [row]
