"""A network as the comparison sees it: layers that read layers, and where each was written.

Both sides take this form, the spec's flat graph and what was traced of a module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archc.ops import Op, Shape

__all__ = ["Graph", "Head", "Layer", "Unknown", "ancestors"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """What a module does that archc has no operation for, by its name: ``torch.einsum``."""

    name: str


@dataclass(slots=True, eq=False)
class Layer:
    """One operation at work. The network's input is a layer that reads nothing.

    ``shape`` is the output's, of one sample: (C, H, W) or (N,). ``scopes`` names all that it
    is in, from the outside in: the row, its use and its branches, or a module's parts.
    ``label`` is how a reader is told of it, and ``tensor`` of what it gives.
    """

    op: Op | Unknown
    inputs: tuple[Layer, ...]
    shape: Shape
    scopes: tuple[str, ...] = ()
    label: str = ""
    tensor: str = ""

    @property
    def source(self) -> Shape:
        """The first input's shape; its own for the network's input."""
        return self.inputs[0].shape if self.inputs else self.shape

    def reading(self, inputs: Sequence[Layer]) -> Layer:
        """The same layer on other inputs."""
        return replace(self, inputs=tuple(inputs))


@dataclass(frozen=True, slots=True)
class Head:
    """An auxiliary output and its name."""

    name: str
    output: Layer


@dataclass(frozen=True, slots=True)
class Graph:
    """A network's input, its output and its auxiliary outputs.

    ``learned`` is how many numbers the main path learns where that is known: those that several
    layers share count once.
    """

    input: Layer
    output: Layer
    heads: tuple[Head, ...] = ()
    learned: int | None = None

    def main(self) -> list[Layer]:
        """The layers between input and output, each after what it reads; not the input."""
        return ancestors([self.output], {self.input})

    def outputs(self) -> list[Layer]:
        """The output and the heads' outputs."""
        return [self.output, *(head.output for head in self.heads)]


def ancestors(outputs: Iterable[Layer], without: Iterable[Layer] = ()) -> list[Layer]:
    """The layers that ``outputs`` need, each after what it reads, branches in order.

    ``without`` are layers to leave out, and with them what only they need.
    """
    seen = set(without)
    found: list[Layer] = []
    stack = [(layer, False) for layer in reversed([*outputs])]
    while stack:
        layer, ready = stack.pop()
        if ready:
            found.append(layer)
        elif layer not in seen:
            seen.add(layer)
            stack.append((layer, True))
            stack.extend((each, False) for each in reversed(layer.inputs) if each not in seen)
    return found
