"""The device that a network runs on: which there is, its name, and its memory."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from archc import ir
from archc.diagnostics import ArchcError
from archc.ir.program import Program
from archc.ir.weights import elements
from archc.passes import pipeline
from archc.passes.pipeline import linearize
from archc.passes.storage import peak
from archc.plan.network import source_plan

__all__ = [
    "Memory",
    "byte_size",
    "choose_device",
    "describe_device",
    "planned_memory",
    "processor",
    "synchronize",
    "use_threads",
]

_NAMES = {"cpu": "the CPU", "cuda": "the GPU"}


def choose_device(device: str) -> str:
    """Choose ``cpu`` or ``cuda``, for ``auto`` too. Raises `ArchcError` where it is missing."""
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise ArchcError("this torch finds no CUDA device: choose --device cpu")
    return ("cuda" if has_cuda else "cpu") if device == "auto" else device


def use_threads(count: int) -> None:
    """Run on the CPU with so many threads."""
    torch.set_num_threads(count)


def synchronize(device: str) -> None:
    """Wait until a GPU has done what it was told; a CPU has by then."""
    if device == "cuda":
        torch.cuda.synchronize()


def describe_device(device: str) -> str:
    """Name the device as a reader knows it: ``AMD EPYC, 2 threads``."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{processor()}, {threads} thread{'s' * (threads > 1)}"


def processor() -> str:
    """Name the CPU's model."""
    for line in _lines("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


# Memory


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a run takes, and those ``free`` on the device: None where that is unknown."""

    device: str
    weights: int
    activations: int
    free: int | None

    @property
    def needed(self) -> int:
        """Add weights and activations."""
        return self.weights + self.activations

    @property
    def fits(self) -> bool:
        """Tell whether the device has enough, as far as is known."""
        return self.free is None or self.needed <= self.free

    def __str__(self) -> str:
        device = _NAMES[self.device]
        free = f"{device} has {byte_size(self.free)} free" if self.free is not None else ""
        return (
            f"needs {byte_size(self.needed)}: {byte_size(self.weights)} of weights, "
            f"{byte_size(self.activations)} of activations; "
            f"{free or f'how much {device} has is unknown'}"
        )


def planned_memory(network: ir.Network, device: str, dtype: str, batch: int) -> Memory:
    """Compute what a run will take, before anything is allocated.

    ``device`` is what `choose_device` returned, ``batch`` the number of samples N.
    """
    plan = source_plan(network)
    program = pipeline.run_program(
        linearize(plan.network, plan.paths), pipeline.FOR_EXECUTION.values()
    )
    width = torch.finfo(getattr(torch, dtype)).bits // 8
    return Memory(
        device,
        _weight_elements(program) * width,
        peak(program, width, batch),
        _free_memory(device),
    )


def _weight_elements(program: Program) -> int:
    return sum(
        elements(weights)
        for instruction in program.instructions
        for weights in instruction.weights.values()
    )


def _free_memory(device: str) -> int | None:
    """Bytes that can be allocated: on a CPU, the least of what system and container allow."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    limits = (_free_in_system(), _free_in_container())
    return min((limit for limit in limits if limit is not None), default=None)


def _free_in_system() -> int | None:
    """Bytes that the system could give without swapping."""
    for line in _lines("/proc/meminfo"):
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_in_container() -> int | None:
    """Bytes left in a container whose memory is limited; None elsewhere."""
    limit, used = (_lines(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if not limit or not used or not limit[0].isdigit():
        return None
    stat = dict(line.split() for line in _lines("/sys/fs/cgroup/memory.stat"))
    return int(limit[0]) - int(used[0]) + int(stat.get("inactive_file", 0))


def _lines(path: str) -> list[str]:
    """Read one of Linux's files about itself; nothing elsewhere."""
    try:
        return Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def byte_size(count: int) -> str:
    """Write a number of bytes as ``45 MB``, in units of 1000."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if count >= unit:
            number = count / unit
            return f"{number:,.0f} {name}" if number >= 999.5 else f"{number:.3g} {name}"
    return f"{count} B"
