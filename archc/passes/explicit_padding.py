"""Say padding in cells, the same on both sides, as frameworks' layers take it.

Before::

    convolution 3×3/2, padding same (on 224×224: 0 at the top and left, 1 below and right)
    max pool 3×3/2, padding same

After::

    zero pad [0, 1, 0, 1] -> convolution 3×3/2, padding 0
    max pool 3×3/2, padding 0, ceil

A pool needs no padding layer where ceil mode has the same windows. What pads a max pool is
minus infinity, so that it never wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeGuard

from archc.ir import Network, Operation
from archc.ir.rewrite import Step, rewrite
from archc.ops import Shape
from archc.ops.arrangement import Pad
from archc.ops.attributes import Pads
from archc.ops.pooling import AvgPool, MaxPool, Pool
from archc.ops.windowed import Windowed

__all__ = ["ExplicitPadding"]


@dataclass(frozen=True)
class ExplicitPadding:
    """See the module's docstring."""

    def __call__(self, network: Network) -> Network:
        """The network with symmetric padding in cells."""
        return rewrite(network, _explicit)


def _explicit(operation: Operation) -> list[Step] | None:
    op = operation.op
    if not isinstance(op, Windowed):
        return None
    shape = operation.input_shapes[0]
    top, bottom, left, right = pads = op.pads(*shape[1:])
    if (top, left) == (bottom, right) and _layer_pads(op, top, left):
        if op.padding == pads:
            return None
        even = op.model_copy(update={"padding": pads})
        return [Step(operation.name, even, operation.expressions)]
    hanging = op.even_padding(*shape[1:]) if _ignores_padding(op) else None
    if hanging is not None:
        top, left = hanging
        pool = op.model_copy(update={"padding": (top, top, left, left), "ceil": True})
        return [Step(operation.name, pool, operation.expressions)]
    value = -math.inf if isinstance(op, MaxPool) else 0.0
    if isinstance(op, Pool):
        pads = _reached(op, pads, shape, operation.output.shape)
    pad = Pad(padding=pads, value=value)
    bare = op.model_copy(update={"padding": (0, 0, 0, 0)})
    return [Step("pad", pad), Step(operation.name, bare, operation.expressions)]


def _reached(op: Pool, pads: Pads, source: Shape, output: Shape) -> Pads:
    """The padding that some window reaches.

    In ceil mode a window may not start in the padding behind the input; once that padding is
    part of the input it may, unless it ends with the last window.
    """
    top, bottom, left, right = pads
    tall, wide = op.extents
    below = (output[1] - 1) * op.stride[0] + tall - (source[1] + top)
    behind = (output[2] - 1) * op.stride[1] + wide - (source[2] + left)
    return top, max(min(bottom, below), 0), left, max(min(right, behind), 0)


def _layer_pads(op: Windowed, height: int, width: int) -> bool:
    """Whether the framework's layer takes this padding: a pool's is at most half its kernel."""
    kernel_height, kernel_width = op.kernel
    return not isinstance(op, Pool) or (2 * height <= kernel_height and 2 * width <= kernel_width)


def _ignores_padding(op: Windowed) -> TypeGuard[Pool]:
    """Whether padding never reaches the result, so that a window may as well hang over it."""
    return isinstance(op, MaxPool) or (isinstance(op, AvgPool) and not op.count_include_pad)
