"""How a network's tensors start: their shapes, and numbers drawn the same each time.

A layer's tensors have torch's names and shapes (out, in / groups, height, width), and start
as its `weight_init` and `bias_init` say, or as torch starts them. Each tensor is drawn from a
stream of its own, seeded by its name: a row that is added changes no other row's weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archc.ir import Network, Operation
from archc.ops import Op, Shape, activation, convolution, linear, normalization
from archc.ops.initialization import Initializer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

__all__ = ["Start", "initial_tensors", "starts"]


@dataclass(frozen=True, slots=True)
class Start:
    """A tensor before training: its shape, and a distribution or the one number in it."""

    shape: tuple[int, ...]
    law: Initializer | float

    def draw(self, key: str) -> Floats:
        """The tensor in single precision; the same for the same ``key``, its name."""
        import numpy as np

        if not isinstance(self.law, Initializer):
            return np.full(self.shape, self.law, np.float32)
        stream = np.random.default_rng(list(key.encode()))
        numbers = _UNIT[self.law.distribution](stream, self.shape)
        numbers *= self.law.spread(self.shape)
        return numbers


def initial_tensors(network: Network, paths: Mapping[Operation, str]) -> dict[str, Floats]:
    """All tensors of a network and its heads, named as in the emitted module's ``state_dict``.

    ``network`` has been through the passes of `archc.passes.pipeline.FOR_SOURCE`, and
    ``paths`` says where its layers are. The counters of batch norm
    (``num_batches_tracked``) are left out.
    """
    found = starts(network.operations(heads=True), paths)
    return {key: start.draw(key) for key, start in found.items()}


def starts(operations: Iterable[Operation], paths: Mapping[Operation, str]) -> dict[str, Start]:
    """How each tensor of some operations starts, by its name in the ``state_dict``."""
    return {
        f"{paths[operation]}.{name}": start
        for operation in operations
        for name, start in _layer(operation).items()
    }


def _layer(operation: Operation) -> dict[str, Start]:
    """The tensors of one layer, in torch's order."""
    rule = _STARTS.get(type(operation.op))
    return rule(operation.op, operation.input_shapes[0]) if rule is not None else {}


def _conv(op: convolution.Convolution, shape: Shape) -> dict[str, Start]:
    return _kernel(op, (op.filters, shape[0] // op.groups, *op.kernel))


def _linear(op: linear.Linear, shape: Shape) -> dict[str, Start]:
    return _kernel(op, (op.filters, shape[0]))


def _kernel(op: convolution.Convolution | linear.Linear, shape: Shape) -> dict[str, Start]:
    """Weight and bias; torch draws both within 1/√fan-in where the spec says nothing."""
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    usual = Initializer(distribution="uniform", size=bound)
    weight = Start(shape, usual if op.weight_init is None else op.weight_init)
    if not op.bias:
        return {"weight": weight}
    bias = Start(shape[:1], usual if op.bias_init is None else op.bias_init)
    return {"weight": weight, "bias": bias}


def _batch_norm(op: normalization.BatchNorm, shape: Shape) -> dict[str, Start]:
    channels = shape[:1]
    learned = {"weight": op.scale, "bias": op.shift}
    values = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    return {
        name: Start(channels, value) for name, value in values.items() if learned.get(name, True)
    }


def _prelu(op: activation.PReLU, shape: Shape) -> dict[str, Start]:
    return {"weight": Start(shape[:1] if op.per_channel else (1,), 0.25)}


_STARTS: dict[type[Op], Callable[[Any, Shape], dict[str, Start]]] = {
    convolution.Convolution: _conv,
    linear.Linear: _linear,
    normalization.BatchNorm: _batch_norm,
    activation.PReLU: _prelu,
}
"""The operations with tensors of their own; the passes split separable convolutions first."""


def _uniform(stream: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    numbers = stream.random(shape, dtype="float32")
    numbers *= 2
    numbers -= 1
    return numbers


def _normal(stream: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return stream.standard_normal(shape, dtype="float32")


def _truncated_normal(stream: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Numbers beyond two standard deviations are drawn again."""
    numbers = _normal(stream, shape)
    while (beyond := abs(numbers) > 2).any():
        numbers[beyond] = _normal(stream, (int(beyond.sum()),))
    return numbers


_UNIT: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Floats]] = {
    "uniform": _uniform,
    "normal": _normal,
    "truncated normal": _truncated_normal,
}
"""Each distribution with a bound or a standard deviation of 1."""
