"""The ways that the executor has on a CPU, and how its results are compared with the module's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from archc.runtime import recording
from archc.runtime.kernels import fused

__all__ = ["WAYS", "Way", "difference", "lively", "public_functions", "recorded", "single_kernels"]

Way = Callable[[pytest.MonkeyPatch], None]


def recorded(patch: pytest.MonkeyPatch) -> None:
    """By oneDNN Graph, where torch has it."""


def single_kernels(patch: pytest.MonkeyPatch) -> None:
    """By oneDNN's kernels, one by one."""
    patch.setattr(recording, "has_onednn_graph", lambda: False)


def public_functions(patch: pytest.MonkeyPatch) -> None:
    """By what any torch has."""
    patch.setattr(recording, "has_onednn_graph", lambda: False)
    patch.setattr(fused, "has_onednn", lambda: False)


WAYS = (recorded, single_kernels, public_functions)


def lively(module: nn.Module) -> nn.Module:
    """Numbers that keep a signal alive through any depth, and norms that do something."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5, generator=generator)
            elif tensor.dim() > 1:
                tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
            elif tensor.is_floating_point() and not name.endswith("weight"):
                tensor.normal_(0, 0.1, generator=generator)
    return module.eval()


def difference(mine: Tensor, theirs: Tensor) -> float:
    """The largest, over the largest output."""
    scale = theirs.double().abs().max().clamp(min=1e-30)
    return float((mine.double() - theirs.double()).abs().max() / scale)
