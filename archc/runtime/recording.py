"""A program's forward pass as one function: interpreted, or recorded once and replayed.

`interpreter` calls one kernel after the other. On a GPU, `capture_cuda_graph` records these calls
and replays them as one launch. On a CPU, `compile_with_onednn` hands them to oneDNN Graph.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from archc.ir.program import Instruction, Program
from archc.passes.storage import Registers, assign_registers
from archc.runtime.kernels import Kernel

__all__ = [
    "ONEDNN_GRAPH_DTYPES",
    "Forward",
    "RecordingError",
    "capture_cuda_graph",
    "compile_with_onednn",
    "has_onednn_graph",
    "interpreter",
    "keep_readable",
]

Forward = Callable[[Tensor], Tensor]
"""The forward pass of a network, or of a part of it: a function of its input (N, C, H, W)."""


# One kernel after the other


@dataclass(frozen=True, slots=True)
class _Call:
    """A kernel, the registers that it reads and writes, and those that are free after it."""

    kernel: Kernel
    reads: tuple[int, ...]
    writes: int
    frees: tuple[int, ...]


def interpreter(program: Program, kernels: Sequence[tuple[Instruction, Kernel]]) -> Forward:
    """Make a function that calls the kernels in order, and drops a tensor after its last use.

    Registers are numbered by `assign_registers`: register 0 holds the input; a register is read
    only between the call that writes it and the one that frees it; a call writes no register that
    it reads. So at most ``Registers.count`` tensors are alive at once. The function keeps no state
    between two calls: several threads may call it.
    """
    assigned = assign_registers(program)
    calls, output = _calls(assigned, kernels), assigned.of[program.output]

    def run(images: Tensor) -> Tensor:
        registers: dict[int, Any] = {0: images}
        for call in calls:
            result = call.kernel(*[registers[register] for register in call.reads])
            for register in call.frees:
                registers[register] = None
            registers[call.writes] = result
        logits: Tensor = registers[output]
        return logits

    return run


def _calls(registers: Registers, kernels: Sequence[tuple[Instruction, Kernel]]) -> list[_Call]:
    number = registers.of
    return [
        _Call(
            kernel,
            tuple(number[value] for value in instruction.reads),
            number[instruction.output],
            tuple(number[value] for value in registers.dies_after.get(instruction, ())),
        )
        for instruction, kernel in kernels
    ]


# CUDA graphs

_WARM_UP_RUNS = 3  # in which cuDNN chooses its algorithms


def capture_cuda_graph(run: Forward, example: Tensor) -> Forward:
    """Record ``run`` as a CUDA graph, for inputs of the example's shape and dtype.

    A graph replays the same kernels on the same addresses, so the function returned has state:
    it copies its input into one buffer, and each call overwrites the result of the call before.
    The graph's memory is a pool of its own, where a tensor's space is used again after its last
    use.
    """
    buffer = example.clone()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # float32 is float32
        return _captured(run, buffer)


def _captured(run: Forward, buffer: Tensor) -> Forward:
    # Capture is allowed on a side stream alone, which waits for the current one and it for that.
    stream = torch.cuda.Stream(buffer.device)  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream(buffer.device))
    with torch.inference_mode(), torch.cuda.stream(stream):
        for _ in range(_WARM_UP_RUNS):
            run(buffer)
    torch.cuda.current_stream(buffer.device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.inference_mode(), torch.cuda.graph(graph, stream=stream):
        result = run(buffer)

    def replay(images: Tensor) -> Tensor:
        buffer.copy_(images)
        graph.replay()
        return result

    return replay


# oneDNN Graph
#
# Torch hands traced code to it (``torch.jit.enable_onednn_fusion``). It packs the weights, fuses
# what follows a convolution, pools without indices, and starts a kernel in a fraction of the time
# that torch's own dispatch takes. Compiling takes some tenths of a second. Torch does not promise
# to keep it: `has_onednn_graph` tells whether it is there.

ONEDNN_GRAPH_DTYPES = (torch.float32, torch.bfloat16)
"""What oneDNN Graph takes from torch."""

_TRACE: Any = getattr(torch.jit, "_get_trace_graph", None)
_FUNCTION: Any = getattr(torch._C, "_create_function_from_graph", None)
_ALIAS: Any = torch.ops.aten.alias.default

_SWITCH_LOCK = threading.Lock()  # torch's switch for oneDNN Graph is one for the whole process

_COMPILING_RUNS = 2  # the first notes shapes, the second compiles

_TOLERANCE = {torch.float32: 1e-3, torch.bfloat16: 0.2}
"""How far a compiled result may be from the interpreted one, as a share of its largest number.

Roundings come to a tenth of this at most; what is wrong is rarely off by less than all of it.
"""


class RecordingError(Exception):
    """The compiled function fails, or computes something else: use the interpreter instead."""


def has_onednn_graph() -> bool:
    """Tell whether this torch was built with oneDNN and has the functions used here."""
    switches = ("_jit_set_llga_enabled", "_jit_llga_enabled")
    built = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    complete = None not in (_TRACE, _FUNCTION)
    return built and complete and all(hasattr(torch._C, name) for name in switches)


def keep_readable(kernel: Kernel) -> Kernel:
    """Extend a kernel so that other code than oneDNN Graph's may read its result.

    A result that compiled kernels alone read is kept in a layout of their own, and may be
    overwritten by one of them even where others read it later. Neither happens to a view of it.
    """
    return lambda *inputs: _ALIAS(kernel(*inputs))


def compile_with_onednn(run: Forward, example: Tensor) -> Forward:
    """Compile ``run`` for inputs of the example's shape and dtype, with their channels last.

    The code is for the number of threads that the calling thread has. Raises `RecordingError`
    where the compiled function fails, or its result is not that of ``run``.
    """

    class Recorded(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return run(images)

    with torch.no_grad(), _onednn_graph_enabled(), warnings.catch_warnings(action="ignore"):
        # ``torch.jit.trace`` would keep the function and its weights as long as the process
        # lives; one made of a graph goes with its last reference.
        graph, interpreted = _TRACE(Recorded().eval(), (example,))
        compiled: Forward = _FUNCTION("forward", graph)
        try:
            for _ in range(_COMPILING_RUNS):
                result = compiled(example)
        except RuntimeError as error:
            raise RecordingError from error
        if not _agree(result, interpreted):
            raise RecordingError
    return compiled


def _agree(result: Tensor, interpreted: Tensor) -> bool:
    """Tell whether results differ by roundings alone; true of interpreted ones beyond finite."""
    largest = interpreted.abs().max()
    if not largest.isfinite():
        return True
    difference = (result - interpreted).abs().max()
    return bool(difference <= _TOLERANCE[interpreted.dtype] * largest)


@contextmanager
def _onednn_graph_enabled() -> Iterator[None]:
    """Let oneDNN Graph take what is compiled inside the block.

    The switch is the process's: while the lock is held nobody else here moves it, and it is put
    back as it was, so that what others compile later is left alone.
    """
    with _SWITCH_LOCK:
        before = torch._C._jit_llga_enabled()
        torch._C._jit_set_llga_enabled(True)
        try:
            yield
        finally:
            torch._C._jit_set_llga_enabled(before)
