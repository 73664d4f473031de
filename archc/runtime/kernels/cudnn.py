"""Convolutions of cuDNN with bias, sum and ReLU in one kernel.

``torch.cudnn_convolution_relu`` and ``cudnn_convolution_add_relu`` exist in CUDA builds and are
not documented. Each instruction tries them once; what they cannot do is left to the plain
kernels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from archc.ir.program import Instruction
from archc.ops.activation import ReLU
from archc.ops.convolution import Convolution
from archc.runtime.kernels.plain import symmetric
from archc.runtime.kernels.site import Kernel, Site, Tensors

__all__ = ["available", "convolution"]

_RELU: Any = getattr(torch, "cudnn_convolution_relu", None)
_ADD_RELU: Any = getattr(torch, "cudnn_convolution_add_relu", None)
_DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def available() -> bool:
    """Whether this torch has cuDNN and lends it."""
    found = torch.backends.cudnn.is_available()  # type: ignore[no-untyped-call]
    return found and None not in (_RELU, _ADD_RELU)


def convolution(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel | None:
    """A convolution that a ReLU follows; None for any other."""
    op = instruction.op
    if not isinstance(op, Convolution) or site.dtype not in _DTYPES:
        return None
    if len(instruction.after) != 1 or not isinstance(instruction.after[0], ReLU):
        return None
    weight = site.place(tensors["weight"])
    bias = site.place(tensors["bias"]) if "bias" in tensors else None
    where = (op.stride, symmetric(op.padding), op.dilation, op.groups)
    if instruction.plus is None:

        def run(x: Tensor) -> Tensor:
            result: Tensor = _RELU(x, weight, bias, *where)
            return result

        return run if _works(run, instruction, site) else None

    def run_plus(x: Tensor, other: Tensor) -> Tensor:
        result: Tensor = _ADD_RELU(x, weight, other, 1.0, bias, *where)
        return result

    return run_plus if _works(run_plus, instruction, site) else None


def _works(kernel: Kernel, instruction: Instruction, site: Site) -> bool:
    """Whether cuDNN has a kernel for it: not for every number of groups, say."""
    shapes = [(site.batch, *value.shape) for value in instruction.reads]
    inputs = [torch.zeros(shape, dtype=site.dtype, device=site.device) for shape in shapes]
    try:
        kernel(*map(site.place, inputs))
    except RuntimeError:
        return False
    return True
