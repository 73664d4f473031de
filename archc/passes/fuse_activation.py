"""Apply activations before the tensor that they are for is stored.

Before::

    %1 = convolution 3×3, bias (%0)
    %2 = relu (%1)

After::

    %1 = convolution 3×3, bias -> relu (%0)

Operations know themselves whether kernels commonly take them in (`Op.is_fused`), and whether
their kernels do (`Op.takes_activation`). Softmax and PReLU, which look at more than one element
or learn, are not taken in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.passes.absorb import absorb

__all__ = ["FuseActivation"]


@dataclass(frozen=True)
class FuseActivation:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program with fewer activations of their own."""
        return absorb(program, _fuse)


def _fuse(maker: Instruction, activation: Instruction) -> tuple[Instruction] | None:
    if not activation.op.is_fused or activation.plus is not None:
        return None
    if not maker.op.takes_activation:
        return None
    after = (*maker.after, activation.op, *activation.after)
    return (replace(maker, output=activation.output, after=after),)
