"""Apply activations before the tensor that they are for is stored.

Before::

    %1 = convolution 3×3, bias (%0)
    %2 = relu (%1)

After::

    %1 = convolution 3×3, bias -> relu (%0)

``kinds`` are the activations that kernels commonly take in, ``behind`` the operations whose
kernels do. Softmax and PReLU, which look at more than one element or learn, are never among
them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ops import Op
from archc.ops.activation import (
    GELU,
    HardSwish,
    LeakyReLU,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from archc.ops.arrangement import Add
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm
from archc.ops.pooling import AvgPool
from archc.passes.absorb import absorb

__all__ = ["FuseActivation"]


@dataclass(frozen=True)
class FuseActivation:
    """See the module's docstring."""

    kinds: tuple[type[Op], ...] = (
        ReLU,
        ReLU6,
        LeakyReLU,
        SiLU,
        HardSwish,
        GELU,
        Sigmoid,
        Tanh,
    )
    behind: tuple[type[Op], ...] = (Convolution, Linear, BatchNorm, AvgPool, Add)

    def __post_init__(self) -> None:
        """Raises ValueError for a kind that is more than a function of one element."""
        if {PReLU, Softmax} & set(self.kinds):
            raise ValueError("softmax and prelu are not fused")

    def __call__(self, program: Program) -> Program:
        """The program with fewer activations of their own."""
        return absorb(program, self._fuse)

    def _fuse(self, maker: Instruction, activation: Instruction) -> tuple[Instruction] | None:
        if type(activation.op) not in self.kinds or activation.plus is not None:
            return None
        if type(maker.op) not in self.behind:
            return None
        after = (*maker.after, activation.op, *activation.after)
        return (replace(maker, output=activation.output, after=after),)
