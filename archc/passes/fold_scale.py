"""Put multiplications by a constant into the weights of the layers before them.

Before::

    %1 = convolution 1×1, bias (%0)    conv
    %2 = scale, by 0.17 (%1)

After::

    %1 = convolution 1×1, bias (%0)    conv

    weight = conv.weight * 0.17
    bias   = conv.bias * 0.17

The residuals of Inception-ResNets are scaled so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ir.weights import Full, Product, Weights
from archc.ops.arrangement import Scale
from archc.passes.absorb import absorb

__all__ = ["FoldScale"]


@dataclass(frozen=True)
class FoldScale:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program without scales behind layers that have weights."""
        return absorb(program, _fold)


def _fold(layer: Instruction, scale: Instruction) -> tuple[Instruction] | None:
    if not isinstance(scale.op, Scale) or not layer.op.folds:
        return None
    if not layer.is_plain:
        return None
    weights = {key: _times(each, scale.op.by) for key, each in layer.weights.items()}
    return (replace(scale, name=layer.name, op=layer.op, inputs=layer.inputs, weights=weights),)


def _times(weights: Weights, by: float) -> Weights:
    """The weights times a constant; several constants in a row are one."""
    if isinstance(weights, Product) and isinstance(weights.right, Full):
        constant = replace(weights.right, value=weights.right.value * by)
        return replace(weights, right=constant)
    return Product(weights, Full(weights.shape[:1], by))
