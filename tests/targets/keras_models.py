"""Emitted Keras files as models, with torch's weights in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from archc import ir
from archc.passes import pipeline
from archc.plan.network import plan_of
from archc.targets.keras.file import emit_keras

os.environ["KERAS_BACKEND"] = "torch"  # read when keras is first imported
import keras

__all__ = [
    "Built",
    "build",
    "in_order",
    "keras",
    "nothing_allocated",
    "run",
    "tensors_in_order",
    "tensors_of",
]


@dataclass(frozen=True)
class Built:
    """A model, and all weights in the order in which its code makes them, with their layers."""

    model: Any
    weights: list[tuple[Any, Any]]

    def load(self, tensors: Sequence[Tensor]) -> None:
        """Give the weights torch's values, transposed."""
        for (layer, variable), tensor in zip(self.weights, tensors, strict=True):
            variable.assign(_transposed(layer, variable, tensor.detach().numpy()))


def build(graph: ir.Network, **arguments: Any) -> Built:
    """The emitted model, built with ``arguments``."""
    names: dict[str, Any] = {}
    exec(compile(emit_keras(graph), "emitted.py", "exec"), names)
    with _noted_weights() as weights:
        model = names[names["__all__"][0]](**arguments)
    return Built(model, weights)


def nothing_allocated() -> Any:
    """A context in which models are built without memory for their weights."""
    return keras.device("meta")


def run(model: Any, batch: Tensor) -> list[Tensor]:
    """The model's outputs for a batch (N, C, H, W) or (N, C), with channels first again."""
    outputs = model(batch.movedim(1, -1).contiguous(), training=False)
    listed = outputs if isinstance(outputs, list) else [outputs]
    return [each.detach().movedim(-1, 1) for each in listed]


def tensors_in_order(graph: ir.Network, state: dict[str, Tensor], heads: bool) -> list[Tensor]:
    """The emitted torch module's tensors in the order of the graph, each head after its row."""
    graph = pipeline.run(graph, pipeline.FOR_SOURCE)
    paths = plan_of(graph).paths
    layers = (paths[each] for each in in_order(graph, heads) if each in paths)
    return [tensor for path in layers for tensor in tensors_of(state, path)]


def tensors_of(state: dict[str, Tensor], path: str = "") -> list[Tensor]:
    """The tensors below ``path``, without the count of the batches that a norm has seen."""
    prefix = f"{path}." if path else ""
    return [
        tensor
        for name, tensor in state.items()
        if name.startswith(prefix) and not name.endswith("num_batches_tracked")
    ]


def in_order(graph: ir.Network, heads: bool) -> Iterator[ir.Operation]:
    """The operations in the order of the code: each head after its row."""
    for row in graph.rows:
        yield from row.operations()
        for head in graph.heads:
            if heads and head.after == row.name:
                yield from head.operations()


@contextmanager
def _noted_weights() -> Iterator[list[tuple[Any, Any]]]:
    """Notes the weights that layers add."""
    found: list[tuple[Any, Any]] = []
    add_weight = keras.layers.Layer.add_weight

    def noting(layer: Any, *arguments: Any, **options: Any) -> Any:
        variable = add_weight(layer, *arguments, **options)
        found.append((layer, variable))
        return variable

    keras.layers.Layer.add_weight = noting
    try:
        yield found
    finally:
        keras.layers.Layer.add_weight = add_weight


def _transposed(layer: Any, variable: Any, value: NDArray[Any]) -> NDArray[Any]:
    """A torch weight as Keras has it: a convolution's kernel is (height, width, in, out)."""
    of_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) and variable.name == "kernel"
    if of_depthwise or variable.name == "depthwise_kernel":
        height, width, channels, multiplier = variable.shape
        return value.reshape(channels, multiplier, height, width).transpose(2, 3, 0, 1)
    if value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    if value.ndim == 2:
        return value.T
    return value.reshape(variable.shape)  # a PReLU's slopes have the axes of what they scale
