"""A network as a flat graph: layers that read layers, and where each of them was written.

A spec's network and a traced module both take this form, so that the two can be compared. It
knows no rows and no blocks; `FlatLayer.scopes` names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from archc.diagnostics import Code
from archc.fields import TEXT, field
from archc.ops import Op, Shape, ShapeError
from archc.ops.shape import Reach

__all__ = ["FlatGraph", "FlatHead", "FlatLayer", "UnknownOp", "ancestors"]


class UnknownOp(Op):
    """Something that a module does and archc has no operation for: ``torch.einsum``.

    It is known by its name alone. No spec has one.
    """

    names: ClassVar = ("unknown",)
    has_substitutes: ClassVar = False

    name: str = field(TEXT)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """Raise `ShapeError`: what it gives is seen where the module runs."""
        raise ShapeError(Code.WRONG_RANK, f"{self.name} gives a shape that is not known")

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Return None: which cells it sees is not known."""
        return None

    def describe(self) -> str:
        """Return its name."""
        return self.name


@dataclass(slots=True, eq=False)
class FlatLayer:
    """One operation at work. The network's input is a layer that reads nothing.

    ``shape`` is the output's for one sample, (C, H, W) or (N,). ``scopes`` names what the layer
    is inside of, outermost first: a row, its use and its branches, or a module's parts.
    ``label`` names the layer in messages, ``tensor`` names its output.
    """

    op: Op
    inputs: tuple[FlatLayer, ...]
    shape: Shape
    scopes: tuple[str, ...] = ()
    label: str = ""
    tensor: str = ""

    @property
    def source(self) -> Shape:
        """The shape of the first input; the network's input has its own."""
        return self.inputs[0].shape if self.inputs else self.shape

    def reading(self, inputs: Sequence[FlatLayer]) -> FlatLayer:
        """Copy the layer, with other inputs."""
        return replace(self, inputs=tuple(inputs))


@dataclass(frozen=True, slots=True)
class FlatHead:
    """An auxiliary output and its name."""

    name: str
    output: FlatLayer


@dataclass(frozen=True, slots=True)
class FlatGraph:
    """A network's input, its output and its auxiliary outputs.

    ``learned`` counts the numbers that the main path learns, those that several layers share
    once. It is None where that is not known.
    """

    input: FlatLayer
    output: FlatLayer
    heads: tuple[FlatHead, ...] = ()
    learned: int | None = None

    def main(self) -> list[FlatLayer]:
        """List the layers from input to output, each after what it reads, without the input."""
        return ancestors([self.output], {self.input})

    def outputs(self) -> list[FlatLayer]:
        """List the output and the heads' outputs."""
        return [self.output, *(head.output for head in self.heads)]


def ancestors(outputs: Iterable[FlatLayer], without: Iterable[FlatLayer] = ()) -> list[FlatLayer]:
    """List the layers that ``outputs`` need, each after what it reads, branches in order.

    Layers in ``without`` are left out, and so is what only they need.
    """
    seen = set(without)
    listed: list[FlatLayer] = []
    # Depth first, without recursion. A layer is listed when the stack returns to it, `ready`,
    # after all that it reads.
    stack = [(layer, False) for layer in reversed([*outputs])]
    while stack:
        layer, ready = stack.pop()
        if ready:
            listed.append(layer)
        elif layer not in seen:
            seen.add(layer)
            stack.append((layer, True))
            stack.extend((read, False) for read in reversed(layer.inputs) if read not in seen)
    return listed
