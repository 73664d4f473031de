"""Convolutions and linear layers of oneDNN on the CPU: weights packed, what follows fused.

Torch calls these operators from compiled code and does not document them. They are looked up
when this file is imported, and tried once per instruction; what is not there, or refuses, is
left to the plain kernels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from archc.ir.program import Instruction
from archc.ops import Op
from archc.ops.activation import GELU, HardSwish, LeakyReLU, ReLU, ReLU6, Sigmoid, SiLU, Tanh
from archc.ops.convolution import Convolution, is_pointwise
from archc.runtime.kernels.plain import activate, symmetric
from archc.runtime.kernels.site import Kernel, Site, Tensors

__all__ = ["available", "convolution", "pointwise"]

_AFTER_A_SUM = ("relu",)
"""What torch's operator can fuse behind a sum; for others it raises when it is called."""

_DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def _find(name: str, overload: str = "default") -> Any:
    """An operator of torch's, or None."""
    try:
        return getattr(getattr(torch.ops.mkldnn, name), overload)
    except (AttributeError, RuntimeError):
        return None


_POINTWISE = _find("_convolution_pointwise")
_PLUS = _find("_convolution_pointwise", "binary")
_PACK = _find("_reorder_convolution_weight")
_LINEAR = _find("_linear_pointwise")
_PACK_LINEAR = _find("_reorder_linear_weight")


def available() -> bool:
    """Whether this torch has oneDNN and lends it."""
    found = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return found and None not in (_POINTWISE, _PLUS, _PACK)


def convolution(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """A convolution with its bias, a sum and an activation; None where oneDNN cannot."""
    op = instruction.op
    fused = _fused(instruction.after)
    if not isinstance(op, Convolution) or fused is None or site.dtype not in _DTYPES:
        return None
    padding, shape = symmetric(op.padding), (site.batch, *instruction.inputs[0].shape)
    try:
        weight = _PACK(
            site.place(tensors["weight"]), padding, op.stride, op.dilation, op.groups, shape
        )
    except RuntimeError:  # float16 needs a CPU that has it
        return None
    bias = site.place(tensors["bias"]) if "bias" in tensors else None
    where = (list(padding), list(op.stride), list(op.dilation), op.groups)
    name, scalars, algorithm = fused
    if instruction.plus is None:

        def run(x: Tensor) -> Tensor:
            result: Tensor = _POINTWISE(x, weight, bias, *where, name, scalars, algorithm)
            return result

        return run
    fuses = name in _AFTER_A_SUM
    unary, after = (name, ()) if fuses else (None, instruction.after)

    def run_plus(x: Tensor, other: Tensor) -> Tensor:
        result: Tensor = _PLUS(x, other, weight, bias, *where, "add", 1.0, unary, [], "")
        for each in after:
            result = activate(each, result, in_place=True)
        return result

    return run_plus


def pointwise(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """A 1×1 convolution as a product of matrices, which oneDNN starts sooner; None for others.

    With the channels last, an image's cells (N·H·W, C) are a matrix as they are.
    """
    op, shape = instruction.op, instruction.inputs[0].shape
    fused = _fused(instruction.after)
    if not isinstance(op, Convolution) or fused is None or site.dtype not in _DTYPES:
        return None
    if instruction.plus is not None or not is_pointwise(op, shape):
        return None
    if None in (_LINEAR, _PACK_LINEAR):
        return None
    channels, height, width = shape
    kernel = site.place(tensors["weight"]).reshape(op.filters, channels)
    try:
        weight = _PACK_LINEAR(kernel, site.batch * height * width)
    except RuntimeError:  # float16 needs a CPU that has it
        return None
    bias = site.place(tensors["bias"]) if "bias" in tensors else None
    rows, size = (-1, channels), (site.batch, height, width, op.filters)

    def run(x: Tensor) -> Tensor:
        result: Tensor = _LINEAR(x.permute(0, 2, 3, 1).reshape(rows), weight, bias, *fused)
        return result.view(size).permute(0, 3, 1, 2)

    return run


def _fused(after: tuple[Op, ...]) -> tuple[str, list[float], str] | None:
    """How oneDNN says what follows: a name, numbers, an algorithm."""
    match after:
        case ():
            return "none", [], ""
        case (ReLU(),):
            return "relu", [], ""
        case (ReLU6(),):
            return "hardtanh", [0.0, 6.0], ""
        case (LeakyReLU(slope=slope),):
            return "leaky_relu", [slope], ""
        case (SiLU(),):
            return "swish", [], ""
        case (HardSwish(),):
            return "hardswish", [], ""
        case (GELU(),):
            return "gelu", [], "none"
        case (Sigmoid(),):
            return "sigmoid", [], ""
        case (Tanh(),):
            return "tanh", [], ""
    return None
