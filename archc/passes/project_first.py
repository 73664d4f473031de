"""Project onto fewer channels before the average is taken, not after.

Before::

    %1 = avg pool 3×3, padding 1 (%0)           35×35, 768 channels
    %2 = convolution 1×1, 128 filters (%1)

After::

    %1 = convolution 1×1, 128 filters (%0)
    %2 = avg pool 3×3, padding 1 (%1)           35×35, 128 channels

Both are linear and neither minds the other: one mixes channels, the other cells. The
convolution's bias stays with it where the windows average real cells only; where padding
counts as zeros it is added after the pool. What follows the convolution follows the pool.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from archc.ir import Value
from archc.ir.program import Instruction, Program
from archc.ir.weights import Weights
from archc.ops import Shape
from archc.ops.convolution import Convolution, is_pointwise
from archc.ops.pooling import AvgPool
from archc.passes.absorb import absorb

__all__ = ["ProjectFirst"]


@dataclass(frozen=True)
class ProjectFirst:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program that takes averages of fewer channels."""
        return absorb(program, _swap)


def _swap(pool: Instruction, conv: Instruction) -> tuple[Instruction, Instruction] | None:
    if not isinstance(pool.op, AvgPool) or not pool.is_plain or pool.weights:
        return None
    if not is_pointwise(conv.op, conv.input_shapes[0]) or conv.plus is not None:
        return None
    shape = pool.input_shapes[0]
    if not _saves(pool.op, conv.op, shape, conv.output.shape):
        return None
    bias = conv.weights.get("bias")
    moves = bias is not None and not _averages_real_cells(pool.op, shape)
    projected = Value((conv.op.filters, *shape[1:]))
    op = conv.op.replace(bias=bias is not None and not moves)
    own = {key: each for key, each in conv.weights.items() if not (moves and key == "bias")}
    later: dict[str, Weights] = {"bias": bias} if moves and bias is not None else {}
    return (
        replace(conv, op=op, inputs=pool.inputs, output=projected, weights=own, after=()),
        replace(
            pool,
            inputs=(projected,),
            output=conv.output,
            row=conv.row,
            weights=later,
            after=conv.after,
        ),
    )


def _averages_real_cells(op: AvgPool, shape: Shape) -> bool:
    """Whether the mean of a constant is that constant in every window."""
    return not op.count_include_pad or not any(op.pads(*shape[1:]))


def _saves(op: AvgPool, conv: Convolution, source: Shape, output: Shape) -> bool:
    """Whether there is less to multiply and add: a pool that shrinks maps had better come first."""
    channels, filters, window = source[0], conv.filters, prod(op.kernel)
    before = prod(output[1:]) * channels * (window + filters)
    after = prod(source[1:]) * channels * filters + prod(output[1:]) * filters * window
    return filters < channels and after < before
