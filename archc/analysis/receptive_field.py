"""Receptive fields: which cells of the input a cell of a feature map sees.

The arithmetic is that of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional
Neural Networks" (Distill, 2019), along each direction: the cell ``i`` of a map sees the cells
``first + jump · i`` to ``last + jump · i`` of the input. Where paths meet, the union counts:
branches that are padded differently see intervals that are not around one centre, so that the
largest of their sizes would be too small.

Fields are theoretical: they reach into the padding around the input, where `FieldInterval.seen`
clips them. A dilated window counts as all that it spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from archc.ir import Network, Operation, Value
from archc.ops import Shape
from archc.ops.shape import Reach, is_map

__all__ = ["FieldInterval", "ReceptiveField", "receptive_fields"]


@dataclass(frozen=True, slots=True)
class FieldInterval:
    """Along one direction, in cells of the input.

    ``first`` and ``last``: what the first cell of the map sees, both included; below zero is
    padding. ``jump``: how far the next cell's field is from it, the product of the strides.
    """

    first: Fraction
    last: Fraction
    jump: Fraction

    @property
    def size(self) -> Fraction:
        """Cells that one cell sees."""
        return self.last - self.first + 1

    @property
    def centre(self) -> Fraction:
        """The middle of what the first cell sees; 0 is the middle of the input's first cell."""
        return (self.first + self.last) / 2

    def seen(self, cell: int, input_size: int) -> tuple[int, int]:
        """What ``cell`` sees of an input of that size, first and last, without padding."""
        first, last = self.first + self.jump * cell, self.last + self.jump * cell
        return max(floor(first), 0), min(ceil(last), input_size - 1)

    def window(self, reach: Reach) -> FieldInterval:
        """The axis after an operation whose output cells see such a window."""
        before, stride = Fraction(reach.before), Fraction(reach.stride)
        first = self.first - self.jump * before
        last = self.last + self.jump * (reach.extent - 1 - before)
        return FieldInterval(first, last, self.jump * stride)


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The receptive field of a value, along height and width."""

    height: FieldInterval
    width: FieldInterval


_INPUT = FieldInterval(Fraction(0), Fraction(0), Fraction(1))


def receptive_fields(network: Network) -> dict[Value, ReceptiveField]:
    """The field of the network's input and of every value that its main path makes.

    A vector has the field of all that its elements see together, as a map of one cell.
    """
    found = {network.input: ReceptiveField(_INPUT, _INPUT)}
    for operation in network.operations():
        inputs = [found[value] for value in operation.inputs]
        cells = _cells(operation.output.shape)
        height = _union([field.height for field in inputs], cells[0])
        width = _union([field.width for field in inputs], cells[1])
        found[operation.output] = _after(operation, ReceptiveField(height, width))
    return found


def _after(operation: Operation, field: ReceptiveField) -> ReceptiveField:
    """The field of an operation's output, from that of its input."""
    source = operation.inputs[0].shape
    reach = operation.op.reach(source) if is_map(source) else None
    if reach is None:
        return field
    height, width = reach
    return ReceptiveField(field.height.window(height), field.width.window(width))


def _union(axes: Sequence[FieldInterval], cells: int) -> FieldInterval:
    """What one cell sees through several paths.

    Paths of unequal jumps give no even grid: the largest jump stands, and the union is exact
    for the middle cell of the ``cells``.
    """
    jump, middle = max(axis.jump for axis in axes), cells // 2
    first = min(axis.first + axis.jump * middle for axis in axes)
    last = max(axis.last + axis.jump * middle for axis in axes)
    return FieldInterval(first - jump * middle, last - jump * middle, jump)


def _cells(shape: Shape) -> tuple[int, int]:
    return (shape[1], shape[2]) if is_map(shape) else (1, 1)
