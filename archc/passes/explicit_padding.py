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
from archc.ops.arrangement import Pad
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
    _, height, width = operation.input_shapes[0]
    top, bottom, left, right = op.pads(height, width)
    if (top, left) == (bottom, right):
        if op.padding == (top, bottom, left, right):
            return None
        even = op.model_copy(update={"padding": (top, top, left, left)})
        return [Step(operation.name, even, operation.expressions)]
    hanging = op.even_padding(height, width) if _ignores_padding(op) else None
    if isinstance(op, Pool) and hanging is not None:
        return [Step(operation.name, _hanging(op, hanging), operation.expressions)]
    value = -math.inf if isinstance(op, MaxPool) else 0.0
    bare = op.model_copy(update={"padding": (0, 0, 0, 0)})
    return [
        Step("pad", Pad(padding=(top, bottom, left, right), value=value)),
        Step(operation.name, bare, operation.expressions),
    ]


def _ignores_padding(op: Windowed) -> TypeGuard[Pool]:
    """Whether padding never reaches the result, so that a window may as well hang over it."""
    return isinstance(op, MaxPool) or (isinstance(op, AvgPool) and not op.count_include_pad)


def _hanging(pool: Pool, padding: tuple[int, int]) -> Pool:
    top, left = padding
    return pool.model_copy(update={"padding": (top, top, left, left), "ceil": True})
