"""Tensors for a program: those of a module's ``state_dict``, and the arithmetic over them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from archc.ir.weights import (
    ConstantWeight,
    InverseRoot,
    StoredWeight,
    WeightDifference,
    WeightProduct,
    Weights,
    WeightStack,
    WeightSum,
)

__all__ = ["evaluate"]


def evaluate(weights: Weights, stored: Mapping[str, Tensor]) -> Tensor:
    """The tensor that ``weights`` stand for.

    Vectors (a norm's statistics, biases) are computed in double precision, so that folding
    costs no accuracy; kernels stay as they are.
    """
    match weights:
        case StoredWeight(name, _):
            tensor = stored[name]
            return tensor.double() if tensor.dim() == 1 else tensor
        case ConstantWeight(shape, value):
            return torch.full(shape, value, dtype=torch.float64, device="cpu")
        case InverseRoot(of, eps):
            return (evaluate(of, stored) + eps).rsqrt()
        case WeightProduct(left, right):
            return _product(evaluate(left, stored), evaluate(right, stored))
        case WeightSum(left, right):
            return evaluate(left, stored) + evaluate(right, stored)
        case WeightDifference(left, right):
            return evaluate(left, stored) - evaluate(right, stored)
        case WeightStack(parts):
            return torch.cat([evaluate(part, stored) for part in parts])


def _product(left: Tensor, right: Tensor) -> Tensor:
    """``right`` has as many dimensions as ``left``, or only the first."""
    missing = left.dim() - right.dim()
    return left * right.to(left.dtype).reshape(right.shape + (1,) * missing)
