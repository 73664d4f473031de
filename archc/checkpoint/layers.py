"""Checkpoints as files, and layers with tensors: a checkpoint's by their names, a network's as run.

Both sides say of a layer what kind it is and what shapes its tensors have; a network's layer also
says where it stands and which layers it depends on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archc import ir
from archc.checkpoint.names import words
from archc.diagnostics import ArchcError
from archc.ir.walk import operations_in_place
from archc.ops import Family, Op, Role, Shape
from archc.ops.shape import is_map
from archc.plan.network import Plan
from archc.tensors.files import StoredTensor, read_stored

__all__ = [
    "COUNTER",
    "Checkpoint",
    "NetworkLayer",
    "Signature",
    "TensorKind",
    "TensorLayer",
    "network_layers",
    "read_checkpoint",
    "stored_layers",
]

COUNTER = "num_batches_tracked"
"""The tensor of a norm that a checkpoint may as well lack: old ones do, and it says nothing."""

TensorKind = Literal["weights", "norm", "slope", "other"]
"""Convolutions and linear layers have weights; a PReLU has a slope."""

LayerPlace = tuple[ir.Row | ir.Head | ir.Block, ...]
"""The row or head, and the blocks in it, that are around a layer, outermost first."""

Signature = tuple[TensorKind, Shape]
"""What two counterparts have in common: the kind, and the main tensor's shape."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorLayer:
    """Tensors whose names in a state_dict share a prefix; ``shapes`` are by their last names."""

    name: str
    kind: TensorKind
    shapes: Mapping[str, Shape]

    @property
    def signature(self) -> Signature:
        """The kind, and the shape of the weight or of the statistics."""
        return self.kind, next(iter(self.shapes.values()))

    def key(self, tensor: str) -> str:
        """The full name of one of its tensors."""
        return ".".join(filter(None, (self.name, tensor)))


@dataclass(frozen=True, slots=True, eq=False)
class NetworkLayer(TensorLayer):
    """A layer of a spec's network.

    ``place`` has the row or head, and the blocks in it, that are around the layer. ``before``
    are the layers whose outputs reach it, as bits by position. ``accepts`` are weight shapes
    of other layers that compute the same.
    """

    place: LayerPlace
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


# The network's side


def network_layers(plan: Plan) -> list[NetworkLayer]:
    """List the layers with tensors, in the order they run, heads last."""
    network, paths = plan.network, plan.paths
    reached: dict[ir.Value, int] = {network.input: 0}
    found: list[NetworkLayer] = []
    for operation, place in _placed(network):
        before = 0
        for value in operation.inputs:
            before |= reached[value]
        reached[operation.output] = before
        kind, shapes = _tensors(operation.op, operation.input_shapes)
        if not shapes:
            continue
        reached[operation.output] |= 1 << len(found)
        names = " ".join((*(part.name for part in place), operation.name))
        layer = NetworkLayer(
            paths[operation],
            kind,
            shapes,
            place,
            words(names),
            before,
            _accepted(operation),
        )
        found.append(layer)
    return found


def _placed(network: ir.Network) -> Iterator[tuple[ir.Operation, LayerPlace]]:
    """Yield all operations, each with what is around it."""
    for part in network.parts:
        for operation, around in operations_in_place(part.nodes):
            yield operation, (part, *around)


_MAIN_TENSORS: dict[Role, TensorKind] = {
    Role.KERNEL: "weights",
    Role.MEAN: "norm",
    Role.SLOPE: "slope",
}
"""What kind of layer it is that has a tensor of that role; this is its main tensor."""


def _tensors(op: Op, inputs: Sequence[Shape]) -> tuple[TensorKind, dict[str, Shape]]:
    """Return the layer's kind, and the shapes of its tensors by name, the main one first."""
    tensors = op.tensors(inputs)
    main = next((tensor for tensor in tensors if tensor.role in _MAIN_TENSORS), None)
    if main is None:
        return "other", {tensor.name: tensor.shape for tensor in tensors}
    shapes = {tensor.name: tensor.shape for tensor in (main, *tensors)}
    kind = _MAIN_TENSORS[main.role]
    return kind, shapes | ({COUNTER: ()} if kind == "norm" else {})


def _accepted(operation: ir.Operation) -> tuple[Shape, ...]:
    """Return weights of a convolution that is this linear layer, or the reverse.

    A convolution whose window is all of a map is a linear layer on the flattened map, number
    by number, and a 1×1 convolution is one at every position. Networks that were converted
    between frameworks have the one where the spec has the other.
    """
    op, (source, *_) = operation.op, operation.input_shapes
    if op.family is Family.LINEAR:
        (filters, features) = op.tensors([source])[0].shape
        height, width = _flattened(operation.inputs[0])
        return ((filters, features // (height * width), height, width),)
    if op.family is Family.CONVOLUTION:
        filters, channels, *window = op.tensors([source])[0].shape
        is_whole = source[1:] == tuple(window) and operation.output.shape[1:] == (1, 1)
        if channels == source[0] and (is_whole or window == [1, 1]):
            return ((filters, math.prod((channels, *window))),)
    return ()


def _flattened(vector: ir.Value) -> tuple[int, int]:
    """Return height and width of the map that was flattened into a vector; 1 if none was."""
    maker = vector.producer
    if maker is None or not maker.op.is_view or not is_map(maker.input_shapes[0]):
        return 1, 1
    _, height, width = maker.input_shapes[0]
    return height, width


# A checkpoint's side


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name. ``ordered`` says whether their order is the modules' definition's."""

    tensors: Mapping[str, StoredTensor]
    ordered: bool


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the tensors in a safetensors file, or in one that torch saved.

    Raises `ArchcError` for anything else, and where the library that it takes is not installed.
    """
    if path.suffix == ".safetensors" or _opens_with_header(path):
        return Checkpoint(read_stored(path), ordered=False)
    try:
        from archc.runtime.weights import read_torch
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

    tensors = read_torch(path)
    return Checkpoint(tensors, ordered=list(tensors) != sorted(tensors))


def _opens_with_header(path: Path) -> bool:
    """Whether the file starts as safetensors does: eight bytes of length, then JSON."""
    try:
        with path.open("rb") as file:
            return file.read(9)[8:] == b"{"
    except OSError as error:
        raise ArchcError(f"cannot read {path}: {error.strerror}") from None


def stored_layers(shapes: Mapping[str, Shape]) -> list[TensorLayer]:
    """Group a checkpoint's tensors into layers, in the order of their first tensors."""
    grouped: dict[str, dict[str, Shape]] = {}
    for key, shape in shapes.items():
        name, _, tensor = key.rpartition(".")
        grouped.setdefault(name, {})[tensor] = shape
    return [layer for name, tensors in grouped.items() for layer in _stored(name, tensors)]


_NAMES = ("running_mean", "running_var", "weight", "bias", COUNTER)


def _stored(name: str, tensors: Mapping[str, Shape]) -> Iterator[TensorLayer]:
    """Yield the layer that the tensors make up; a tensor that no layer has stands alone."""
    known = {tensor: tensors[tensor] for tensor in _NAMES if tensor in tensors}
    kind = _stored_kind(known)
    if kind != "other":
        yield TensorLayer(name, kind, known)
    for tensor, shape in tensors.items():
        if kind == "other" or tensor not in known:
            yield TensorLayer(f"{name}.{tensor}" if name else tensor, "other", {"": shape})


def _stored_kind(known: Mapping[str, Shape]) -> TensorKind:
    """Return the kind of layer that has tensors of these names and shapes."""
    weight = known.get("weight", ())
    if "running_mean" in known or "running_var" in known:
        return "norm"
    if len(weight) in (2, 4):
        return "weights"
    if len(weight) != 1:
        return "other"
    return "norm" if "bias" in known else "slope"
