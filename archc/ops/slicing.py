"""What only programs have: see `archc.ir.program`. No table says it, so `OPS` has it not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from archc.ops.base import Op, one
from archc.ops.shape import Shape

__all__ = ["Slice"]


class Slice(Op):
    """The channels from ``start`` to ``stop``, which is not included."""

    names: ClassVar = ("slice",)

    start: int
    stop: int

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(stop - start, H, W)."""
        return self.stop - self.start, *one(inputs)[1:]
