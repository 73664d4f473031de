"""Let convolutions add: the sum of a residual needs no kernel of its own.

Before::

    %1 = convolution 3×3, bias (%0)
    %2 = add (%1, %0)

After::

    %1 = convolution 3×3, bias + %0 (%0)

It runs where the sum stood, so that what it adds is there. Where both are convolutions the
later one adds the earlier one's output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ops.arrangement import Add
from archc.passes.absorb import absorb

__all__ = ["FuseAdd"]


@dataclass(frozen=True)
class FuseAdd:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program with fewer sums of two tensors."""
        return absorb(program, _fuse)


def _fuse(conv: Instruction, add: Instruction) -> tuple[Instruction] | None:
    if not isinstance(add.op, Add) or len(add.inputs) != 2 or add.plus is not None:
        return None
    if not conv.op.takes_sum or not conv.is_plain:
        return None
    (other,) = (value for value in add.inputs if value is not conv.output)
    return (replace(conv, output=add.output, plus=other, after=add.after),)
