"""How a network's tensors start: their shapes, and numbers drawn the same each time.

A layer's tensors have torch's names and shapes (out, in / groups, height, width), and start
as its `weight_init` and `bias_init` say, or as torch starts them. Each tensor is drawn from a
stream of its own, seeded by its name: a row that is added changes no other row's weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from archc.ir import Network, Operation
from archc.ops.initialization import Initializer
from archc.ops.tensor import LayerTensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]

__all__ = ["draw", "initial_tensors", "starts"]


def draw(tensor: LayerTensor, key: str) -> FloatArray:
    """Return a tensor in single precision; the same for the same ``key``, its full name."""
    import numpy as np

    law = tensor.law
    if not isinstance(law, Initializer):
        return np.full(tensor.shape, law, np.float32)
    stream = np.random.default_rng(list(key.encode()))
    numbers = _UNIT[law.distribution](stream, tensor.shape)
    numbers *= law.spread(tensor.shape)
    return numbers


def initial_tensors(network: Network, paths: Mapping[Operation, str]) -> dict[str, FloatArray]:
    """All tensors of a network and its heads, named as in the emitted module's ``state_dict``.

    ``network`` has been through the passes of `archc.passes.pipeline.FOR_SOURCE`, and
    ``paths`` says where its layers are. The counters of batch norm
    (``num_batches_tracked``) are left out.
    """
    found = starts(network.operations(heads=True), paths)
    return {key: draw(tensor, key) for key, tensor in found.items()}


def starts(
    operations: Iterable[Operation], paths: Mapping[Operation, str]
) -> dict[str, LayerTensor]:
    """Return all tensors of some operations by their names in the ``state_dict``."""
    return {
        f"{paths[operation]}.{tensor.name}": tensor
        for operation in operations
        for tensor in operation.op.tensors(operation.input_shapes)
    }


def _uniform(stream: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    numbers = stream.random(shape, dtype="float32")
    numbers *= 2
    numbers -= 1
    return numbers


def _normal(stream: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    return stream.standard_normal(shape, dtype="float32")


def _truncated_normal(stream: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Numbers beyond two standard deviations are drawn again."""
    numbers = _normal(stream, shape)
    while (beyond := abs(numbers) > 2).any():
        numbers[beyond] = _normal(stream, (int(beyond.sum()),))
    return numbers


_UNIT: dict[str, Callable[[np.random.Generator, tuple[int, ...]], FloatArray]] = {
    "uniform": _uniform,
    "normal": _normal,
    "truncated normal": _truncated_normal,
}
"""Each distribution with a bound or a standard deviation of 1."""
