"""Fold norms and factors into the weights of the layers before them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir.program import Instruction, Program
from archc.ir.rewrite import absorb
from archc.ir.weights import (
    ConstantWeight,
    InverseRoot,
    StoredWeight,
    WeightDifference,
    WeightProduct,
    Weights,
    WeightSum,
)
from archc.ops.normalization import BatchNorm

__all__ = ["FoldNorm", "FoldScale"]


@dataclass(frozen=True)
class FoldNorm:
    """Fold batch norms into the weights of the convolutions before them.

    Before::

        %1 = convolution 3×3 (%0)    conv
        %2 = batch norm (%1)         bn

    After::

        %1 = convolution 3×3, bias (%0)    conv

        factor = bn.weight * rsqrt(bn.running_var + eps)
        weight = conv.weight * factor
        bias   = bn.bias - bn.running_mean * factor

    A norm that no layer of its own precedes stays, as DenseNet's, which come first.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program with as few norms as it can do with."""
        return absorb(program, _fold_norm)


def _fold_norm(layer: Instruction, norm: Instruction) -> tuple[Instruction] | None:
    if not isinstance(norm.op, BatchNorm) or not layer.op.folds:
        return None
    # A second norm in a row stays, so that the arithmetic has a depth that no spec decides.
    if not layer.is_plain or not isinstance(layer.weights["weight"], StoredWeight):
        return None
    factor = _norm_factor(norm.op, norm.weights)
    weights: dict[str, Weights] = {
        "weight": WeightProduct(layer.weights["weight"], factor),
        "bias": _folded_bias(layer.weights.get("bias"), norm.weights, factor),
    }
    op = layer.op.replace(bias=True)
    return (replace(norm, name=layer.name, op=op, inputs=layer.inputs, weights=weights),)


def _norm_factor(op: BatchNorm, norm: dict[str, Weights]) -> Weights:
    """Return what the norm multiplies each channel by."""
    inverse = InverseRoot(norm["running_var"], op.eps)
    return WeightProduct(norm["weight"], inverse) if op.scale else inverse


def _folded_bias(bias: Weights | None, norm: dict[str, Weights], factor: Weights) -> Weights:
    """Return (bias - mean) * factor + shift, without the terms that are not there."""
    mean, shift = norm["running_mean"], norm.get("bias")
    if bias is None:
        zero = ConstantWeight(mean.shape, 0.0)
        return WeightDifference(zero if shift is None else shift, WeightProduct(mean, factor))
    centred = WeightProduct(WeightDifference(bias, mean), factor)
    return centred if shift is None else WeightSum(centred, shift)


@dataclass(frozen=True)
class FoldScale:
    """Fold multiplications by a constant into the weights of the layers before them.

    Before::

        %1 = convolution 1×1, bias (%0)    conv
        %2 = scale, by 0.17 (%1)

    After::

        %1 = convolution 1×1, bias (%0)    conv

        weight = conv.weight * 0.17
        bias   = conv.bias * 0.17

    The residuals of Inception-ResNets are scaled so.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program without scales behind layers that have weights."""
        return absorb(program, _fold_scale)


def _fold_scale(layer: Instruction, scale: Instruction) -> tuple[Instruction] | None:
    factor = scale.op.factor
    if factor is None or not layer.op.folds or not layer.is_plain:
        return None
    weights = {key: _times(tensor, factor) for key, tensor in layer.weights.items()}
    return (replace(scale, name=layer.name, op=layer.op, inputs=layer.inputs, weights=weights),)


def _times(weights: Weights, factor: float) -> Weights:
    """Return the weights times a constant; several constants in a row are one."""
    if isinstance(weights, WeightProduct) and isinstance(weights.right, ConstantWeight):
        constant = replace(weights.right, value=weights.right.value * factor)
        return replace(weights, right=constant)
    return WeightProduct(weights, ConstantWeight(weights.shape[:1], factor))
