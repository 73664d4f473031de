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

from archc.runtime.kernels.site import Function

__all__ = ["DTYPES", "RecordingError", "available", "recorded", "visible"]

DTYPES = (torch.float32, torch.bfloat16)
"""What oneDNN Graph takes from torch."""

_TRACE: Any = getattr(torch.jit, "_get_trace_graph", None)
_FUNCTION: Any = getattr(torch._C, "_create_function_from_graph", None)

_ONE_AT_A_TIME = threading.Lock()  # the switch is the process's

_WARM_UP = 2  # the first run notes shapes, the second compiles

_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.2}
"""How far the compiled function may be from the plain one, of the largest number: roundings are
a tenth of it at most, what is wrong is rarely less than all of it."""

_ALIAS: Any = torch.ops.aten.alias.default


class RecordingError(Exception):
    """What was compiled does not do what it should; one has to do without."""


def visible(kernel: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``kernel``, of which another than the compiler reads the result, too.

    What compiled kernels alone read is kept in a form of their own, and may become the memory of
    what one of them computes, whether others read it later or not. A view has neither.
    """
    return lambda *inputs: _ALIAS(kernel(*inputs))


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
    when nobody has it any more. Raises `RecordingError` where it gives something else.
    """

    class Recorded(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return run(images)

    with torch.no_grad(), _fusing(), warnings.catch_warnings(action="ignore"):
        graph, plain = _TRACE(Recorded().eval(), (example,))
        function: Function = _FUNCTION("forward", graph)
        try:
            for _ in range(_WARM_UP):
                result = function(example)
        except RuntimeError as error:
            raise RecordingError from error
        if not _alike(result, plain):
            raise RecordingError
    return function


def _alike(result: Tensor, plain: Tensor) -> bool:
    """Whether two results differ by no more than roundings; true of what is not finite."""
    size = plain.abs().max()
    if not size.isfinite():
        return True
    return bool((result - plain).abs().max() <= _TOLERANCE[plain.dtype] * size)


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
