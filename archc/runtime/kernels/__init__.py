"""Kernels: what each instruction of a program becomes on one device, in one dtype.

A rule takes an instruction, its tensors and the site; it returns a function of what the
instruction reads (`archc.ir.program.Instruction.reads`: the inputs, then what is added to the
result), or None for what it cannot do. `plain` has a rule for every operation, of torch's public
functions; `fused` has faster ones of oneDNN and cuDNN, which are asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.ir.program import Instruction

__all__ = ["Kernel", "KernelRule", "Site", "Tensors"]

Kernel = Callable[..., Tensor]
"""A function of what an instruction reads, in order."""

Tensors = Mapping[str, Tensor]
"""An instruction's weights by name, on the CPU as they were folded; `Site.place` moves them."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where kernels run: a device, a dtype, and the ``batch`` size N of their inputs.

    ``compiled`` says that a compiler is handed the calls and decides by itself what it computes
    in place.
    """

    device: torch.device
    dtype: torch.dtype
    batch: int
    compiled: bool = False

    def place(self, tensor: Tensor) -> Tensor:
        """Move a tensor to the device and dtype; four dimensions get the channels last."""
        tensor = tensor.to(self.device, self.dtype)
        if tensor.dim() == 4:
            return tensor.contiguous(memory_format=torch.channels_last)
        return tensor.contiguous()


KernelRule = Callable[[Instruction, Tensors, Site], Kernel | None]
