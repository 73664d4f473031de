"""Join tensors at once that are joined in two steps.

Before::

    %3 = concat (%1, %2)
    %4 = concat (%0, %3)

After::

    %3 = concat (%0, %1, %2)

The splits inside Inception-v3's figure 7 end so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ops.arrangement import Concat
from archc.passes.absorb import absorb

__all__ = ["FlattenConcat"]


@dataclass(frozen=True)
class FlattenConcat:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program that copies no tensor twice."""
        return absorb(program, _flatten)


def _flatten(inner: Instruction, outer: Instruction) -> tuple[Instruction] | None:
    if not isinstance(outer.op, Concat) or not isinstance(inner.op, Concat):
        return None
    if not inner.is_plain:
        return None
    place = outer.inputs.index(inner.output)
    inputs = (*outer.inputs[:place], *inner.inputs, *outer.inputs[place + 1 :])
    return (replace(outer, inputs=inputs),)
