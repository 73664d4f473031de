"""Kernels of oneDNN (CPU) and cuDNN (GPU) that fuse a convolution with what follows it.

Torch calls these operators from compiled code and does not document them. They are looked up
when this file is imported, and tried once for each instruction; what is missing, or refuses, is
left to the plain kernels. All of them fold the bias in; which sums and activations they fuse
differs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from archc.ir.program import Instruction
from archc.ops import Op
from archc.ops.activation import GELU, HardSwish, LeakyReLU, ReLU, ReLU6, Sigmoid, SiLU, Tanh
from archc.ops.convolution import Convolution, is_pointwise
from archc.runtime.kernels import Kernel, Site, Tensors
from archc.runtime.kernels.plain import activate, symmetric

__all__ = [
    "cudnn_convolution",
    "has_cudnn",
    "has_onednn",
    "onednn_convolution",
    "onednn_pointwise",
]

_DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def _fusible(instruction: Instruction, site: Site) -> Convolution | None:
    """The instruction's convolution, where both libraries could compute it in the dtype."""
    op = instruction.op
    return op if isinstance(op, Convolution) and site.dtype in _DTYPES else None


def _bias(tensors: Tensors, site: Site) -> Tensor | None:
    return site.place(tensors["bias"]) if "bias" in tensors else None


# oneDNN


def _mkldnn(name: str, overload: str = "default") -> Any:
    """Look up one of torch's operators for oneDNN; None where this torch lacks it."""
    try:
        return getattr(getattr(torch.ops.mkldnn, name), overload)
    except (AttributeError, RuntimeError):
        return None


_POINTWISE = _mkldnn("_convolution_pointwise")
_PLUS = _mkldnn("_convolution_pointwise", "binary")
_PACK = _mkldnn("_reorder_convolution_weight")
_LINEAR = _mkldnn("_linear_pointwise")
_PACK_LINEAR = _mkldnn("_reorder_linear_weight")

_FUSED_BEHIND_A_SUM = ("relu",)
"""What oneDNN fuses behind a sum; for others torch's operator raises when it is called."""


def has_onednn() -> bool:
    """Tell whether this torch was built with oneDNN and has the operators used here."""
    built = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return built and None not in (_POINTWISE, _PLUS, _PACK)


def onednn_convolution(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """Convolve with packed weights, add bias and sum, activate; None where oneDNN cannot."""
    op, fused = _fusible(instruction, site), _activation(instruction.after)
    if op is None or fused is None:
        return None
    padding, shape = symmetric(op.padding), (site.batch, *instruction.inputs[0].shape)
    try:
        weight = _PACK(
            site.place(tensors["weight"]), padding, op.stride, op.dilation, op.groups, shape
        )
    except RuntimeError:  # float16 needs a CPU that has it
        return None
    bias = _bias(tensors, site)
    window = (list(padding), list(op.stride), list(op.dilation), op.groups)
    name, scalars, algorithm = fused
    if instruction.plus is None:

        def convolve(x: Tensor) -> Tensor:
            result: Tensor = _POINTWISE(x, weight, bias, *window, name, scalars, algorithm)
            return result

        return convolve
    fuses = name in _FUSED_BEHIND_A_SUM
    unary, after = (name, ()) if fuses else (None, instruction.after)

    def convolve_and_add(x: Tensor, added: Tensor) -> Tensor:
        result: Tensor = _PLUS(x, added, weight, bias, *window, "add", 1.0, unary, [], "")
        for activation in after:
            result = activate(activation, result, in_place=True)
        return result

    return convolve_and_add


def onednn_pointwise(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """Compute a 1×1 convolution as a matrix product; None for any other instruction.

    With the channels last, an image's cells (N·H·W, C) are a matrix as they lie in memory, and
    oneDNN starts a product sooner than a convolution.
    """
    op, fused = _fusible(instruction, site), _activation(instruction.after)
    shape = instruction.inputs[0].shape
    if op is None or fused is None or instruction.plus is not None:
        return None
    if not is_pointwise(op, shape) or None in (_LINEAR, _PACK_LINEAR):
        return None
    channels, height, width = shape
    kernel = site.place(tensors["weight"]).reshape(op.filters, channels)
    try:
        weight = _PACK_LINEAR(kernel, site.batch * height * width)
    except RuntimeError:  # float16 needs a CPU that has it
        return None
    bias = _bias(tensors, site)
    cells, maps = (-1, channels), (site.batch, height, width, op.filters)

    def multiply(x: Tensor) -> Tensor:
        result: Tensor = _LINEAR(x.permute(0, 2, 3, 1).reshape(cells), weight, bias, *fused)
        return result.view(maps).permute(0, 3, 1, 2)

    return multiply


def _activation(after: tuple[Op, ...]) -> tuple[str, list[float], str] | None:
    """What follows as oneDNN's name, scalars and algorithm; None for what it cannot fuse."""
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


# cuDNN, in CUDA builds of torch

_RELU: Any = getattr(torch, "cudnn_convolution_relu", None)
_ADD_RELU: Any = getattr(torch, "cudnn_convolution_add_relu", None)


def has_cudnn() -> bool:
    """Tell whether this torch was built with cuDNN and has the operators used here."""
    built = torch.backends.cudnn.is_available()  # type: ignore[no-untyped-call]
    return built and None not in (_RELU, _ADD_RELU)


def cudnn_convolution(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """Convolve, add bias and sum, and apply the one ReLU that follows; None without it."""
    op = _fusible(instruction, site)
    if op is None or len(instruction.after) != 1 or not isinstance(instruction.after[0], ReLU):
        return None
    weight, bias = site.place(tensors["weight"]), _bias(tensors, site)
    window = (op.stride, symmetric(op.padding), op.dilation, op.groups)
    if instruction.plus is None:

        def convolve(x: Tensor) -> Tensor:
            result: Tensor = _RELU(x, weight, bias, *window)
            return result

        return convolve if _runs(convolve, instruction, site) else None

    def convolve_and_add(x: Tensor, added: Tensor) -> Tensor:
        result: Tensor = _ADD_RELU(x, weight, added, 1.0, bias, *window)
        return result

    return convolve_and_add if _runs(convolve_and_add, instruction, site) else None


def _runs(kernel: Kernel, instruction: Instruction, site: Site) -> bool:
    """Try a kernel on zeros: cuDNN has none for some numbers of groups, for example."""
    shapes = [(site.batch, *value.shape) for value in instruction.reads]
    inputs = [torch.zeros(shape, dtype=site.dtype, device=site.device) for shape in shapes]
    try:
        kernel(*map(site.place, inputs))
    except RuntimeError:
        return False
    return True
