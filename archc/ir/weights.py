"""Where an instruction's numbers come from: arithmetic over a module's tensors, not yet done.

Passes fold one layer into another by writing such arithmetic; whoever has the numbers
(`archc.runtime.weights`) does it once, when the network is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

__all__ = ["Difference", "Full", "InverseRoot", "Product", "Stack", "Stored", "Sum", "Weights"]

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor of the emitted module, by its name in the ``state_dict``."""

    name: str
    shape: Shape

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Full:
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
class _Pair:
    """Two tensors, element by element."""

    left: Weights
    right: Weights

    @property
    def shape(self) -> Shape:
        """The left one's."""
        return self.left.shape


class Product(_Pair):
    """``left`` times ``right``, which has as many dimensions or only the first of them."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{_grouped(self.left)} * {_grouped(self.right)}"


class Sum(_Pair):
    """``left`` plus ``right``, of one shape."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.left} + {self.right}"


class Difference(_Pair):
    """``left`` minus ``right``, of one shape."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.left} - {_grouped(self.right)}"


@dataclass(frozen=True, slots=True)
class Stack:
    """Tensors one after the other along the first dimension, the filters."""

    parts: tuple[Weights, ...]

    @property
    def shape(self) -> Shape:
        """The sum of the first sizes, and the others."""
        return sum(part.shape[0] for part in self.parts), *self.parts[0].shape[1:]

    def __str__(self) -> str:
        return f"stack({', '.join(map(str, self.parts))})"


Weights = Stored | Full | InverseRoot | Product | Sum | Difference | Stack


def _grouped(of: Weights) -> str:
    return f"({of})" if isinstance(of, Sum | Difference) else str(of)


def elements(of: Weights) -> int:
    """How many numbers the tensor has."""
    return prod(of.shape)
