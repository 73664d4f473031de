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

from dataclasses import dataclass

from archc.ir import Network, Operation
from archc.ir.rewrite import Step, rewrite
from archc.ops.arrangement import Pad
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
    if (top, left) == (bottom, right) and op.layer_takes(top, left):
        if op.padding == pads:
            return None
        return [Step(operation.name, op.replace(padding=pads), operation.expressions)]
    hanging = op.even_padding(*shape[1:])
    if hanging is not None:
        top, left = hanging
        pool = op.replace(padding=(top, top, left, left), ceil=True)
        return [Step(operation.name, pool, operation.expressions)]
    pad = Pad(padding=op.reached_padding(shape, operation.output.shape), value=op.pad_value)
    bare = op.replace(padding=(0, 0, 0, 0))
    return [Step("pad", pad), Step(operation.name, bare, operation.expressions)]
