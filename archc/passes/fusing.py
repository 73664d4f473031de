"""Fuse sums and activations into the kernels that make what they read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ir.rewrite import absorb

__all__ = ["FuseActivation", "FuseAdd"]


@dataclass(frozen=True)
class FuseAdd:
    """Let convolutions add: the sum of a residual needs no kernel of its own.

    Before::

        %1 = convolution 3×3, bias (%0)
        %2 = add (%1, %0)

    After::

        %1 = convolution 3×3, bias + %0 (%0)

    The convolution runs where the sum stood, so that what it adds is there. Where both inputs
    are made by convolutions, the later one adds the earlier one's output.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program with fewer sums of two tensors."""
        return absorb(program, _fuse_add)


def _fuse_add(conv: Instruction, add: Instruction) -> tuple[Instruction] | None:
    if not add.op.is_sum or len(add.inputs) != 2 or add.plus is not None:
        return None
    if not conv.op.takes_sum or not conv.is_plain:
        return None
    (addend,) = (value for value in add.inputs if value is not conv.output)
    return (replace(conv, output=add.output, plus=addend, after=add.after),)


@dataclass(frozen=True)
class FuseActivation:
    """Apply activations before the tensor that they are for is stored.

    Before::

        %1 = convolution 3×3, bias (%0)
        %2 = relu (%1)

    After::

        %1 = convolution 3×3, bias -> relu (%0)

    Operations know themselves whether kernels commonly take them in (`Op.is_fused`), and whether
    their kernels do (`Op.takes_activation`). Softmax and PReLU, which look at more than one
    element or learn, are not taken in.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program with fewer activations of their own."""
        return absorb(program, _fuse_activation)


def _fuse_activation(maker: Instruction, activation: Instruction) -> tuple[Instruction] | None:
    if not activation.op.is_fused or activation.plus is not None:
        return None
    if not maker.op.takes_activation:
        return None
    after = (*maker.after, activation.op, *activation.after)
    return (replace(maker, output=activation.output, after=after),)
