"""Where an instruction runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.ir.program import Instruction

__all__ = ["Function", "Kernel", "KernelRule", "Site", "Tensors"]

Function = Callable[[Tensor], Tensor]
"""All of a network, or a part: of what it reads, what it gives."""

Kernel = Callable[..., Tensor]
"""A function of an instruction's inputs, and of what is added to its result."""

Tensors = Mapping[str, Tensor]
"""An instruction's weights: of the site's device, kernels in its dtype, vectors in double."""


@dataclass(frozen=True, slots=True)
class Site:
    """A device and what tensors are like there. ``batch`` is how many samples come at once.

    ``compiled``: a compiler gets the calls, and decides itself what is computed in place.
    """

    device: torch.device
    dtype: torch.dtype
    batch: int
    compiled: bool = False

    def place(self, tensor: Tensor) -> Tensor:
        """``tensor`` in the site's dtype, on its device, kernels with their channels last."""
        tensor = tensor.to(self.device, self.dtype)
        if tensor.dim() == 4:
            return tensor.contiguous(memory_format=torch.channels_last)
        return tensor.contiguous()


KernelRule = Callable[[Instruction, Tensors, Site], "Kernel | None"]
