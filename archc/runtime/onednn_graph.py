"""A function of one tensor, recorded once and compiled by oneDNN's graph compiler, for the CPU.

Torch hands traced code to oneDNN Graph (``torch.jit.enable_onednn_fusion``), which packs the
weights, fuses what follows a convolution, pools without indices, and starts a kernel in a
fraction of what torch's own dispatch takes. It compiles in a few tenths of a second. Torch does
not promise to keep it: `available` says whether it is there.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["DTYPES", "available", "recorded"]

Function = Callable[[Tensor], Tensor]

DTYPES = (torch.float32, torch.bfloat16)
"""What oneDNN Graph takes from torch."""

_TRACE: Any = getattr(torch.jit, "_get_trace_graph", None)
_FUNCTION: Any = getattr(torch._C, "_create_function_from_graph", None)

_ONE_AT_A_TIME = threading.Lock()  # the switch is the process's

_WARM_UP = 2  # the first run notes shapes, the second compiles


def available() -> bool:
    """Whether this torch has oneDNN Graph."""
    names = ("_jit_set_llga_enabled", "_jit_llga_enabled")
    found = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    found = found and None not in (_TRACE, _FUNCTION)
    return found and all(hasattr(torch._C, name) for name in names)


def recorded(run: Function, example: Tensor) -> Function:
    """``run``, for tensors of the example's size and dtype, with their channels last.

    It is compiled for the number of threads that the calling thread has. ``torch.jit.trace``
    would keep it, with its weights, as long as the process lives; a function of a graph goes
    when nobody has it any more.
    """

    class Recorded(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return run(images)

    with torch.no_grad(), _fusing(), warnings.catch_warnings(action="ignore"):
        graph, _ = _TRACE(Recorded().eval(), (example,))
        function: Function = _FUNCTION("forward", graph)
        for _ in range(_WARM_UP):
            function(example)
    return function


@contextmanager
def _fusing() -> Iterator[None]:
    """Let oneDNN Graph have what is compiled inside, and nothing that others compile."""
    with _ONE_AT_A_TIME:
        before = torch._C._jit_llga_enabled()
        torch._C._jit_set_llga_enabled(True)
        try:
            yield
        finally:
            torch._C._jit_set_llga_enabled(before)
