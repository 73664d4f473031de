"""Where an instruction's numbers come from: arithmetic over a module's tensors, not yet done.

Passes fold one layer into another by writing such arithmetic; whoever has the numbers
(`archc.runtime.weights`) does it once, when the network is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from archc.ops import Shape

__all__ = [
    "ConstantWeight",
    "InverseRoot",
    "StoredWeight",
    "WeightDifference",
    "WeightProduct",
    "WeightStack",
    "WeightSum",
    "Weights",
]


@dataclass(frozen=True, slots=True)
class StoredWeight:
    """A tensor of the emitted module, by its name in the ``state_dict``."""

    name: str
    shape: Shape

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ConstantWeight:
    """A tensor of one number."""

    shape: Shape
    value: float

    def __str__(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class InverseRoot:
    """1 / sqrt(``of`` + ``eps``)."""

    of: Weights
    eps: float

    @property
    def shape(self) -> Shape:
        """That of what it is of."""
        return self.of.shape

    def __str__(self) -> str:
        return f"rsqrt({self.of} + {self.eps:g})"


@dataclass(frozen=True, slots=True)
class _PairOfWeights:
    """Two tensors, element by element."""

    left: Weights
    right: Weights

    @property
    def shape(self) -> Shape:
        """The left one's."""
        return self.left.shape


class WeightProduct(_PairOfWeights):
    """``left`` times ``right``, which has as many dimensions or only the first of them."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{_grouped(self.left)} * {_grouped(self.right)}"


class WeightSum(_PairOfWeights):
    """``left`` plus ``right``, of one shape."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.left} + {self.right}"


class WeightDifference(_PairOfWeights):
    """``left`` minus ``right``, of one shape."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.left} - {_grouped(self.right)}"


@dataclass(frozen=True, slots=True)
class WeightStack:
    """Tensors one after the other along the first dimension, the filters."""

    parts: tuple[Weights, ...]

    @property
    def shape(self) -> Shape:
        """The sum of the first sizes, and the others."""
        return sum(part.shape[0] for part in self.parts), *self.parts[0].shape[1:]

    def __str__(self) -> str:
        return f"stack({', '.join(map(str, self.parts))})"


Weights = (
    StoredWeight
    | ConstantWeight
    | InverseRoot
    | WeightProduct
    | WeightSum
    | WeightDifference
    | WeightStack
)


def _grouped(of: Weights) -> str:
    return f"({of})" if isinstance(of, WeightSum | WeightDifference) else str(of)


def elements(of: Weights) -> int:
    """How many numbers the tensor has."""
    return prod(of.shape)
