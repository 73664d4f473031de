"""What an operation does to one input, said so that operations that do the same are equal.

On a 7×7 map a 7×7 average pool, a global one and an adaptive one to 1×1 have one effect;
padding or ceil mode that no window reaches has none.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from archc.ops import Op, Shape, ShapeError
from archc.ops.activation import PReLU
from archc.ops.arrangement import Add, Concat
from archc.ops.convolution import Convolution
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool, Pool
from archc.ops.shape import is_map
from archc.ops.windowed import Windows
from archc.verify.graph import Layer, Unknown

__all__ = ["effect", "places_nothing", "same", "settings"]

Cells = tuple[int, ...]
AVERAGES = (AvgPool, GlobalAvgPool, AdaptiveAvgPool)

_NOT_COMPARED = {"weight_init", "bias_init", "momentum"}
"""How training starts and how it gathers statistics: not what the network computes."""


def same(left: Layer, right: Layer) -> bool:
    """Whether two layers do the same, on either's input.

    Where a layer before them differs, so may their inputs' sizes; what follows from that is
    no difference of theirs.
    """
    if effect(left.op, left.source, left.shape) == effect(right.op, right.source, right.shape):
        return True
    if isinstance(left.op, Unknown) or isinstance(right.op, Unknown):
        return False
    return _same_on(left.op, right, right.source) or _same_on(right.op, left, left.source)


def _same_on(op: Op, layer: Layer, source: Shape) -> bool:
    """Whether ``op`` in the place of ``layer`` would do the same."""
    if len(layer.inputs) != 1 or not is_map(source):
        return False
    try:
        shape = op.infer([source])
    except ShapeError:
        return False
    return effect(op, source, shape) == effect(layer.op, source, layer.shape)


@lru_cache(maxsize=8192)
def effect(op: Op | Unknown, source: Shape, shape: Shape) -> Hashable:
    """A value that is equal for all that maps ``source`` to ``shape`` in the same way."""
    match op:
        case Unknown(name):
            return Unknown, name
        case Convolution():
            return _convolution(op, source, shape)
        case MaxPool():
            return MaxPool, *(_cells(op, source, shape, axis) for axis in (0, 1))
        case AvgPool() | GlobalAvgPool() | AdaptiveAvgPool():
            return AvgPool, *(_shares(op, source, shape, axis) for axis in (0, 1))
        case PReLU(per_channel=per_channel):
            return PReLU, per_channel and source[0] > 1
        case Concat() | Add():
            return (type(op),)
    return type(op), *settings(op).items()


def settings(op: Op) -> dict[str, object]:
    """The attributes that the comparison looks at; numbers are rounded to nine digits."""
    found = {name: getattr(op, name) for name in op.fields if name not in _NOT_COMPARED}
    return {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in found.items()
    }


def _convolution(op: Convolution, source: Shape, shape: Shape) -> Hashable:
    """Padding below and right of what the last window reaches has no effect."""
    top, _, left, _ = op.pads(*source[1:])
    steps = tuple(step if size > 1 else 1 for step, size in zip(op.stride, shape[1:], strict=True))
    gaps = tuple(gap if size > 1 else 1 for gap, size in zip(op.dilation, op.kernel, strict=True))
    return Convolution, op.kernel, steps, gaps, (top, left), op.filters, op.groups, op.bias, shape


def _cells(op: Pool, source: Shape, shape: Shape, axis: int) -> tuple[Cells, ...]:
    """The real cells under each window, along one direction."""
    size = source[1 + axis]
    before = op.pads(*source[1:])[2 * axis]
    return tuple(
        tuple(cell for cell in _window(op, index, before, axis) if 0 <= cell < size)
        for index in range(shape[1 + axis])
    )


def _window(op: Pool, index: int, before: int, axis: int) -> range:
    start = index * op.stride[axis] - before
    extent = Windows.extent(op.kernel[axis], op.dilation[axis])
    return range(start, start + extent, op.dilation[axis])


def _shares(
    op: AvgPool | GlobalAvgPool | AdaptiveAvgPool, source: Shape, shape: Shape, axis: int
) -> tuple[tuple[Cells, int], ...]:
    """The real cells of each mean and the number that it divides by, along one direction."""
    size, count = source[1 + axis], shape[1 + axis]
    if not isinstance(op, AvgPool):
        bounds = [(n * size // count, -(-(n + 1) * size // count)) for n in range(count)]
        return tuple((tuple(range(start, stop)), stop - start) for start, stop in bounds)
    cells = _cells(op, source, shape, axis)
    if not op.count_include_pad:
        return tuple((each, len(each)) for each in cells)
    before, after = op.pads(*source[1:])[2 * axis : 2 * axis + 2]
    windows = (_window(op, index, before, axis) for index in range(count))
    divisors = (min(window.stop, size + after) - window.start for window in windows)
    return tuple(zip(cells, divisors, strict=True))


def places_nothing(layer: Layer) -> bool:
    """Whether a pool gives what it gets: each window is its own cell."""
    if not isinstance(layer.op, (MaxPool, *AVERAGES)) or layer.shape != layer.source:
        return False
    own = tuple(tuple((cell,) for cell in range(size)) for size in layer.shape[1:])
    found = effect(layer.op, layer.source, layer.shape)
    means = tuple(tuple((cells, 1) for cells in axis) for axis in own)
    return found in ((MaxPool, *own), (AvgPool, *means))
