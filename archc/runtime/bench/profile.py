"""The executor's instructions one by one, beside what the machine could do at best."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import torch
from torch import Tensor

from archc.ir.program import Instruction, Program
from archc.ir.weights import elements
from archc.passes.storage import assign_registers
from archc.runtime.executor import Executor
from archc.runtime.timing import synchronize

__all__ = ["bandwidth", "profile", "speed"]

_SIZES = (512, 1024, 2048)  # of the square matrices that measure arithmetic
_SIZES_GPU = (4096, 8192)
_BYTES = 2**28  # copied to measure memory: far more than caches hold
_BYTES_GPU = 2**31
_TRIES = 20
_WARM_UP = 3
_HEAD_START = 50_000_000  # clock ticks for which a GPU waits while it is told what to do


def profile(executor: Executor, rounds: int) -> dict[str, Any]:
    """Seconds of each instruction, over ``rounds`` runs, and of a whole run, as plain data.

    ``bound`` is the time that an instruction's arithmetic or its memory traffic takes at
    least, at the machine's measured ``flops`` and ``bandwidth``, whichever is longer.
    """
    device, dtype = executor.device.type, executor.dtype
    with torch.inference_mode():
        flops, traffic = speed(device, dtype), bandwidth(device)
    images = executor.example()
    times = _instruction_times(executor, images, rounds)
    whole = _whole(executor, images, rounds)
    width = torch.finfo(dtype).bits // 8
    return {
        "flops": flops,
        "bandwidth": traffic,
        "whole": whole,
        "layers": [
            _layer(instruction, seconds, executor.batch, width, flops, traffic)
            for (instruction, _), seconds in zip(executor.kernels, times, strict=True)
        ],
    }


def _layer(
    instruction: Instruction,
    seconds: float,
    batch: int,
    width: int,
    flops: float,
    traffic: float,
) -> dict[str, Any]:
    shape = instruction.output.shape
    macs = instruction.op.macs(instruction.input_shapes, shape) * batch
    numbers = 0
    if not (instruction.op.is_view and instruction.is_plain):
        values = (*instruction.reads, instruction.output)
        numbers = sum(prod(value.shape) for value in values) * batch
        numbers += sum(map(elements, instruction.weights.values()))
    arithmetic, memory = 2 * macs / flops, numbers * width / traffic
    bound_by = "arithmetic" if arithmetic >= memory else "memory"
    return {
        "name": instruction.name,
        "op": instruction.op.names[0],
        "output": list(shape),
        "macs": macs,
        "bytes": numbers * width,
        "seconds": seconds,
        "bound": max(arithmetic, memory),
        "bound_by": bound_by if numbers else "",
    }


def _instruction_times(executor: Executor, images: Tensor, rounds: int) -> list[float]:
    """The median seconds of each instruction, run in order, so that caches are as in a run."""
    measure = _run_gpu if executor.device.type == "cuda" else _run_cpu
    dies = _deaths(executor.program)
    with torch.inference_mode():
        runs = [measure(executor, images, dies) for _ in range(_WARM_UP + rounds)]
    return [statistics.median(each) for each in zip(*runs[_WARM_UP:], strict=True)]


_Deaths = Sequence[Sequence[Any]]


def _deaths(program: Program) -> _Deaths:
    dies = assign_registers(program).dies_after
    return [dies.get(each, ()) for each in program.instructions]


def _run_cpu(executor: Executor, images: Tensor, dies: _Deaths) -> list[float]:
    values: dict[Any, Any] = {executor.program.input: images}
    found = []
    for (instruction, kernel), dead in zip(executor.kernels, dies, strict=True):
        inputs = [values[value] for value in instruction.reads]
        start = time.perf_counter()
        result = kernel(*inputs)
        found.append(time.perf_counter() - start)
        del inputs
        values[instruction.output] = result
        for value in dead:
            del values[value]
    return found


def _run_gpu(executor: Executor, images: Tensor, dies: _Deaths) -> list[float]:
    """Between events on the GPU, which is kept waiting until all is queued."""
    values: dict[Any, Any] = {executor.program.input: images}
    event: Callable[..., Any] = torch.cuda.Event  # not annotated
    marks = [event(enable_timing=True) for _ in range(len(dies) + 1)]
    sleep: Callable[[int], None] = torch.cuda._sleep
    sleep(_HEAD_START)
    marks[0].record()
    for (instruction, kernel), dead, mark in zip(executor.kernels, dies, marks[1:], strict=True):
        values[instruction.output] = kernel(*[values[value] for value in instruction.reads])
        for value in dead:
            del values[value]
        mark.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) / 1e3 for before, after in pairwise(marks)]


def _whole(executor: Executor, images: Tensor, rounds: int) -> float:
    device = executor.device.type
    return statistics.median(_timed(lambda: executor(images), device, rounds))


# What the machine can do


def speed(device: str, dtype: torch.dtype) -> float:
    """Floating-point operations a second: the most of some matrix products and a convolution."""
    found = [_product(size, device, dtype) for size in (_SIZES_GPU if device == "cuda" else _SIZES)]
    return max(*found, _convolution(device, dtype))


def _product(size: int, device: str, dtype: torch.dtype) -> float:
    left, right = (torch.randn(size, size).to(device, dtype) for _ in range(2))
    return 2 * size**3 / min(_timed(lambda: left @ right, device, _TRIES))


def _convolution(device: str, dtype: torch.dtype) -> float:
    """A 3×3 convolution of many channels, as large as one of the matrix products."""
    images, channels, size = (64, 512, 28) if device == "cuda" else (1, 256, 56)
    x, kernel = (
        torch.randn(shape).to(device, dtype).contiguous(memory_format=torch.channels_last)
        for shape in ((images, channels, size, size), (channels, channels, 3, 3))
    )
    count = 2 * images * size**2 * channels**2 * 9
    times = _timed(lambda: torch.conv2d(x, kernel, padding=1), device, _TRIES)
    return count / min(times)


def bandwidth(device: str) -> float:
    """Bytes a second that are read or written, in copying a large tensor."""
    count = _BYTES_GPU if device == "cuda" else _BYTES
    source = torch.zeros(count, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * count / min(_timed(lambda: target.copy_(source), device, _TRIES))


def _timed(run: Callable[[], object], device: str, count: int) -> list[float]:
    found = []
    for number in range(_WARM_UP + count):
        synchronize(device)
        start = time.perf_counter()
        run()
        synchronize(device)
        if number >= _WARM_UP:
            found.append(time.perf_counter() - start)
    return found
