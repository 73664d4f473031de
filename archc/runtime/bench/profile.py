"""The executor's instructions timed one by one, beside the roofline of the machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import torch
from torch import Tensor

from archc.ir import Value
from archc.ir.program import Instruction, Program
from archc.ir.weights import elements
from archc.passes.storage import assign_registers
from archc.runtime.device import synchronize
from archc.runtime.executor import Executor

__all__ = ["bandwidth", "profile", "speed"]

_SIZES = (512, 1024, 2048)  # of the square matrices that measure arithmetic
_SIZES_GPU = (4096, 8192)
_BYTES = 2**28  # copied to measure memory: far more than caches hold
_BYTES_GPU = 2**31
_TRIES = 20
_WARM_UP = 3
_HEAD_START = 50_000_000  # clock ticks for which a GPU waits while it is told what to do


def profile(executor: Executor, rounds: int) -> dict[str, Any]:
    """Time each instruction and a whole run: medians of ``rounds`` runs in seconds, as plain data.

    ``bound`` is the roofline: the time that an instruction's arithmetic or its memory traffic
    takes at least, whichever is longer, at the machine's measured ``flops`` (floating-point
    operations a second) and ``bandwidth`` (bytes a second).
    """
    device, dtype = executor.device.type, executor.dtype
    with torch.inference_mode():
        machine = _Roofline(speed(device, dtype), bandwidth(device))
    images = executor.example()
    times = _instruction_times(executor, images, rounds)
    whole = _whole(executor, images, rounds)
    width = torch.finfo(dtype).bits // 8
    return {
        "flops": machine.flops,
        "bandwidth": machine.bandwidth,
        "whole": whole,
        "layers": [
            _layer(instruction, seconds, executor.batch, width, machine)
            for (instruction, _), seconds in zip(executor.kernels, times, strict=True)
        ],
    }


@dataclass(frozen=True, slots=True)
class _Roofline:
    """Floating-point operations and bytes a second that the machine reaches."""

    flops: float
    bandwidth: float


def _layer(
    instruction: Instruction, seconds: float, batch: int, width: int, machine: _Roofline
) -> dict[str, Any]:
    """Describe an instruction; ``width`` is the bytes of an element. A view moves none."""
    shape = instruction.output.shape
    macs = instruction.op.macs(instruction.input_shapes, shape) * batch
    elements_moved = 0
    if not (instruction.op.is_view and instruction.is_plain):
        values = (*instruction.reads, instruction.output)
        elements_moved = sum(prod(value.shape) for value in values) * batch
        elements_moved += sum(map(elements, instruction.weights.values()))
    arithmetic, memory = 2 * macs / machine.flops, elements_moved * width / machine.bandwidth
    bound_by = "arithmetic" if arithmetic >= memory else "memory"
    return {
        "name": instruction.name,
        "op": instruction.op.names[0],
        "output": list(shape),
        "macs": macs,
        "bytes": elements_moved * width,
        "seconds": seconds,
        "bound": max(arithmetic, memory),
        "bound_by": bound_by if elements_moved else "",
    }


def _instruction_times(executor: Executor, images: Tensor, rounds: int) -> list[float]:
    """Return the median seconds of each instruction, run in order, so that caches are as usual."""
    measure = _run_gpu if executor.device.type == "cuda" else _run_cpu
    dies = _deaths(executor.program)
    with torch.inference_mode():
        runs = [measure(executor, images, dies) for _ in range(_WARM_UP + rounds)]
    return [statistics.median(times) for times in zip(*runs[_WARM_UP:], strict=True)]


_Deaths = Sequence[Sequence[Value]]
"""For each instruction, the values that nobody reads after it."""


def _deaths(program: Program) -> _Deaths:
    dies = assign_registers(program).dies_after
    return [dies.get(instruction, ()) for instruction in program.instructions]


def _run_cpu(executor: Executor, images: Tensor, dies: _Deaths) -> list[float]:
    """Run once and time each kernel; ``values`` holds no more than what is still to be read."""
    values: dict[Value, Tensor] = {executor.program.input: images}
    times = []
    for (instruction, kernel), dead in zip(executor.kernels, dies, strict=True):
        inputs = [values[value] for value in instruction.reads]
        start = time.perf_counter()
        result = kernel(*inputs)
        times.append(time.perf_counter() - start)
        del inputs
        values[instruction.output] = result
        for value in dead:
            del values[value]
    return times


def _run_gpu(executor: Executor, images: Tensor, dies: _Deaths) -> list[float]:
    """Run once and time each kernel, by events on the GPU, which waits until all are queued."""
    values: dict[Value, Tensor] = {executor.program.input: images}
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
    """Measure floating-point operations a second: the best of matrix products and a convolution."""
    sizes = _SIZES_GPU if device == "cuda" else _SIZES
    products = [_product(size, device, dtype) for size in sizes]
    return max(*products, _convolution(device, dtype))


def _product(size: int, device: str, dtype: torch.dtype) -> float:
    left, right = (torch.randn(size, size).to(device, dtype) for _ in range(2))
    return 2 * size**3 / min(_timed(lambda: left @ right, device, _TRIES))


def _convolution(device: str, dtype: torch.dtype) -> float:
    """Measure a 3×3 convolution of many channels, as large as one of the matrix products."""
    images, channels, size = (64, 512, 28) if device == "cuda" else (1, 256, 56)
    x, kernel = (
        torch.randn(shape).to(device, dtype).contiguous(memory_format=torch.channels_last)
        for shape in ((images, channels, size, size), (channels, channels, 3, 3))
    )
    count = 2 * images * size**2 * channels**2 * 9
    times = _timed(lambda: torch.conv2d(x, kernel, padding=1), device, _TRIES)
    return count / min(times)


def bandwidth(device: str) -> float:
    """Measure bytes a second, read and written, in copying a large tensor."""
    count = _BYTES_GPU if device == "cuda" else _BYTES
    source = torch.zeros(count, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * count / min(_timed(lambda: target.copy_(source), device, _TRIES))


def _timed(run: Callable[[], object], device: str, count: int) -> list[float]:
    times = []
    for number in range(_WARM_UP + count):
        synchronize(device)
        start = time.perf_counter()
        run()
        synchronize(device)
        if number >= _WARM_UP:
            times.append(time.perf_counter() - start)
    return times
