"""Put batch norms into the weights of the convolutions before them.

Before::

    %1 = convolution 3×3 (%0)    conv
    %2 = batch norm (%1)         bn

After::

    %1 = convolution 3×3, bias (%0)    conv

    factor = bn.weight * rsqrt(bn.running_var + eps)
    weight = conv.weight * factor
    bias   = bn.bias - bn.running_mean * factor

A norm without a layer of its own before it (DenseNet's, which come first) stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ir.weights import Difference, Full, InverseRoot, Product, Stored, Sum, Weights
from archc.ops.normalization import BatchNorm
from archc.passes.absorb import absorb

__all__ = ["FoldNorm"]


@dataclass(frozen=True)
class FoldNorm:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program with as few norms as it can do with."""
        return absorb(program, _fold)


def _fold(layer: Instruction, norm: Instruction) -> tuple[Instruction] | None:
    if not isinstance(norm.op, BatchNorm) or not layer.op.folds:
        return None
    # A second norm in a row stays, so that the arithmetic has a depth that no spec decides.
    if not layer.is_plain or not isinstance(layer.weights["weight"], Stored):
        return None
    factor = _factor(norm.op, norm.weights)
    weights: dict[str, Weights] = {
        "weight": Product(layer.weights["weight"], factor),
        "bias": _bias(layer.weights.get("bias"), norm.weights, factor),
    }
    op = layer.op.replace(bias=True)
    return (replace(norm, name=layer.name, op=op, inputs=layer.inputs, weights=weights),)


def _factor(op: BatchNorm, norm: dict[str, Weights]) -> Weights:
    """What the norm multiplies each channel by."""
    inverse = InverseRoot(norm["running_var"], op.eps)
    return Product(norm["weight"], inverse) if op.scale else inverse


def _bias(bias: Weights | None, norm: dict[str, Weights], factor: Weights) -> Weights:
    """(bias - mean) * factor + shift, without the terms that are not there."""
    mean, shift = norm["running_mean"], norm.get("bias")
    if bias is None:
        zero = Full(mean.shape, 0.0)
        return Difference(zero if shift is None else shift, Product(mean, factor))
    centred = Product(Difference(bias, mean), factor)
    return centred if shift is None else Sum(centred, shift)
