"""Weights with which results can be compared: numbers neither vanish nor grow on their way.

A network as its paper initialises it may multiply its input by next to nothing; then any two
results agree, and the time is that of denormal numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import TYPE_CHECKING

from archc import ir
from archc.plan.network import source_plan
from archc.tensors.files import safetensors_bytes
from archc.tensors.initial import starts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["lively_weights"]


def lively_weights(network: ir.Network) -> bytes:
    """A safetensors file of the emitted module, the same each time."""
    import numpy as np

    plan = source_plan(network)
    found = {}
    for name, start in starts(plan.network.operations(heads=True), plan.paths).items():
        stream = np.random.default_rng(list(name.encode()))
        found[name] = _draw(stream, name.rpartition(".")[2], start.shape).astype(np.float32)
    return safetensors_bytes(found, {})


def _draw(stream: np.random.Generator, kind: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if len(shape) > 1:  # a kernel, as He et al. start them
        return stream.standard_normal(shape) * sqrt(2 / prod(shape[1:]))
    return _VECTORS.get(kind, _VECTORS["bias"])(stream, shape)


_VECTORS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]] = {
    "weight": lambda stream, shape: stream.uniform(0.4, 1.2, shape),
    "running_var": lambda stream, shape: stream.uniform(0.5, 1.5, shape),
    "bias": lambda stream, shape: stream.normal(0, 0.1, shape),
}
