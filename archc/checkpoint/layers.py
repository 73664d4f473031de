"""Layers on both sides: a network's in the order it runs, a checkpoint's by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archc import ir
from archc.checkpoint.names import words
from archc.ops import Op, Shape
from archc.ops.activation import PReLU
from archc.ops.arrangement import Flatten
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm
from archc.plan.network import layer_paths

__all__ = [
    "COUNTER",
    "Kind",
    "Layer",
    "NetworkLayer",
    "Signature",
    "network_layers",
    "stored_layers",
]

COUNTER = "num_batches_tracked"
"""The tensor of a norm that a checkpoint may as well lack: old ones do, and it says nothing."""

Kind = Literal["weights", "norm", "slope", "other"]
"""Convolutions and linear layers have weights; a PReLU has a slope."""

Place = tuple[ir.Row | ir.Head | ir.Block, ...]
"""The row or head, and the blocks in it, that are around a layer, outermost first."""

Signature = tuple[Kind, Shape]
"""What a counterpart must have in common: the kind, and its main tensor's shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The tensors that share a prefix of ``state_dict``'s names, by their last name."""

    name: str
    kind: Kind
    shapes: Mapping[str, Shape]

    @property
    def signature(self) -> Signature:
        """The kind, and the shape of the weight or of the statistics."""
        return self.kind, next(iter(self.shapes.values()))

    def key(self, tensor: str) -> str:
        """The full name of one of its tensors."""
        return ".".join(filter(None, (self.name, tensor)))


@dataclass(frozen=True, slots=True, eq=False)
class NetworkLayer(Layer):
    """A layer of a spec's network.

    ``place`` has the row or head, and the blocks in it, that are around the layer. ``before``
    are the layers whose outputs reach it, as bits by position. ``accepts`` are weight shapes
    of other layers that compute the same.
    """

    place: Place
    words: frozenset[str]
    before: int
    accepts: tuple[Shape, ...]

    @property
    def row(self) -> str:
        """The paper's row as printed, or the head."""
        outermost = self.place[0]
        if isinstance(outermost, ir.Head):
            return f"head {outermost.name}"
        return outermost.printed if isinstance(outermost, ir.Row) else outermost.name

    @property
    def head(self) -> str | None:
        """The auxiliary head that the layer is part of."""
        outermost = self.place[0]
        return outermost.name if isinstance(outermost, ir.Head) else None


def network_layers(network: ir.Network) -> list[NetworkLayer]:
    """The layers with tensors, in the order they run, heads last.

    ``network`` has been through the passes of `archc.passes.pipeline.FOR_SOURCE`.
    """
    paths = layer_paths(network)
    reached: dict[ir.Value, int] = {network.input: 0}
    found: list[NetworkLayer] = []
    for operation, place in _placed(network):
        before = 0
        for value in operation.inputs:
            before |= reached[value]
        reached[operation.output] = before
        shapes = _tensors(operation.op, operation.input_shapes)
        if not shapes:
            continue
        reached[operation.output] |= 1 << len(found)
        names = " ".join((*(part.name for part in place), operation.name))
        layer = NetworkLayer(
            paths[operation],
            _kind(operation.op),
            shapes,
            place,
            words(names),
            before,
            _accepted(operation),
        )
        found.append(layer)
    return found


def _placed(network: ir.Network) -> Iterator[tuple[ir.Operation, Place]]:
    """All operations, each with what is around it."""
    for row in network.rows:
        yield from _inside(row.nodes, (row,))
    for head in network.heads:
        yield from _inside(head.nodes, (head,))


def _inside(nodes: Sequence[ir.Node], place: Place) -> Iterator[tuple[ir.Operation, Place]]:
    for node in nodes:
        if isinstance(node, ir.Operation):
            yield node, place
        else:
            yield from _inside(node.children, (*place, node))


def _kind(op: Op) -> Kind:
    match op:
        case BatchNorm():
            return "norm"
        case PReLU():
            return "slope"
    return "weights"


def _tensors(op: Op, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """The names and shapes of the tensors in torch's layer, the main one first."""
    match op:
        case Convolution():
            kernel = (op.filters, inputs[0][0] // op.groups, *op.kernel)
            return {"weight": kernel, **({"bias": (op.filters,)} if op.bias else {})}
        case Linear():
            weight = (op.filters, inputs[0][0])
            return {"weight": weight, **({"bias": (op.filters,)} if op.bias else {})}
        case BatchNorm():
            names = ["running_mean", "running_var"]
            names += ["weight"] * op.scale + ["bias"] * op.shift
            return {**dict.fromkeys(names, (inputs[0][0],)), COUNTER: ()}
        case PReLU():
            return {"weight": (inputs[0][0] if op.per_channel else 1,)}
    return {}


def _accepted(operation: ir.Operation) -> tuple[Shape, ...]:
    """Weights of a convolution that is this linear layer, or the reverse.

    A convolution whose window is all of a map is a linear layer on the flattened map, number
    by number, and a 1×1 convolution is one at every position. Networks that were converted
    between frameworks have the one where the spec has the other.
    """
    op, inputs = operation.op, operation.input_shapes
    match op:
        case Linear():
            maker = operation.inputs[0].producer
            flat = maker is not None and isinstance(maker.op, Flatten)
            window = maker.input_shapes[0][1:] if maker and flat else ()
            height, width = window or (1, 1)
            return ((op.filters, inputs[0][0] // (height * width), height, width),)
        case Convolution(groups=1, kernel=(height, width)):
            whole = inputs[0][1:] == op.kernel and operation.output.shape[1:] == (1, 1)
            if whole or op.kernel == (1, 1):
                return ((op.filters, inputs[0][0] * height * width),)
    return ()


def stored_layers(shapes: Mapping[str, Shape]) -> list[Layer]:
    """A checkpoint's tensors as layers, in order of their first tensors."""
    grouped: dict[str, dict[str, Shape]] = {}
    for key, shape in shapes.items():
        name, _, tensor = key.rpartition(".")
        grouped.setdefault(name, {})[tensor] = shape
    return [layer for name, tensors in grouped.items() for layer in _stored(name, tensors)]


_NAMES = ("running_mean", "running_var", "weight", "bias", COUNTER)


def _stored(name: str, tensors: Mapping[str, Shape]) -> Iterator[Layer]:
    """The layer that the tensors make up; each that no layer has stands alone."""
    known = {tensor: tensors[tensor] for tensor in _NAMES if tensor in tensors}
    kind = _stored_kind(known)
    if kind != "other":
        yield Layer(name, kind, known)
    for tensor, shape in tensors.items():
        if kind == "other" or tensor not in known:
            yield Layer(f"{name}.{tensor}" if name else tensor, "other", {"": shape})


def _stored_kind(known: Mapping[str, Shape]) -> Kind:
    """The kind of layer that has tensors of these names and shapes."""
    weight = known.get("weight", ())
    if "running_mean" in known or "running_var" in known:
        return "norm"
    if len(weight) in (2, 4):
        return "weights"
    if len(weight) != 1:
        return "other"
    return "norm" if "bias" in known else "slope"
