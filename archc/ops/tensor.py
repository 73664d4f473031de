"""The tensors that a layer holds."""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import NamedTuple

from archc.ops.initialization import Initializer

__all__ = ["LayerTensor", "Role"]


class Role(Enum):
    """What a tensor does in its layer."""

    KERNEL = auto()
    """Multiplies what is read: the weights of a convolution or a linear layer."""
    BIAS = auto()
    """Is added to what a kernel gives."""
    SCALE = auto()
    """Multiplies each channel of a normalised map."""
    SHIFT = auto()
    """Is added to each channel of a normalised map."""
    SLOPE = auto()
    """An activation's slope below zero."""
    MEAN = auto()
    """A channel's mean over the data that was seen; not learned."""
    VARIANCE = auto()
    """A channel's variance over the data that was seen; not learned."""


class LayerTensor(NamedTuple):
    """One tensor: its name in the layer's ``state_dict``, its shape, its role, how it starts.

    A kernel's shape is (out, in / groups, height, width) or (out, in). ``start`` is a
    distribution or the one number in it; None leaves it to torch, which draws kernels and biases
    within one over the square root of ``fan_in``, the weights behind one output.
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    start: Initializer | float | None = None
    fan_in: int = 1

    @property
    def is_learned(self) -> bool:
        """Whether training changes it; running statistics are buffers."""
        return self.role not in (Role.MEAN, Role.VARIANCE)

    @property
    def law(self) -> Initializer | float:
        """Return how it starts: the layer's own choice, or torch's."""
        if self.start is not None:
            return self.start
        return Initializer(distribution="uniform", size=1 / math.sqrt(self.fan_in))
