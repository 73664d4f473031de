"""What a run will need, and whether the device has it; known before anything is allocated."""

from __future__ import annotations

import os
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
    "choose_device",
    "describe_device",
    "planned_memory",
    "processor",
    "size",
    "use_threads",
]

_NAMES = {"cpu": "the CPU", "cuda": "the GPU"}


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a run takes, and those that are ``free`` on the device, where that is known."""

    device: str
    weights: int
    activations: int
    free: int | None

    @property
    def needed(self) -> int:
        """Weights and activations."""
        return self.weights + self.activations

    @property
    def fits(self) -> bool:
        """Whether the device has it."""
        return self.free is None or self.needed <= self.free

    def __str__(self) -> str:
        device = _NAMES[self.device]
        there = f"{device} has {size(self.free)} free" if self.free is not None else ""
        return (
            f"needs {size(self.needed)}: {size(self.weights)} of weights, "
            f"{size(self.activations)} of activations; "
            f"{there or f'how much {device} has is unknown'}"
        )


def choose_device(device: str) -> str:
    """``cpu`` or ``cuda``. Raises `ArchcError` where there is no such device."""
    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise ArchcError("this torch finds no CUDA device: choose --device cpu")
    return ("cuda" if found else "cpu") if device == "auto" else device


def planned_memory(network: ir.Network, device: str, dtype: str, batch: int) -> Memory:
    """What a network will take on a device that `choose_device` gave."""
    plan = source_plan(network)
    program = pipeline.run_program(
        linearize(plan.network, plan.paths), pipeline.FOR_EXECUTION.values()
    )
    width = torch.finfo(getattr(torch, dtype)).bits // 8
    return Memory(
        device, _weights(program) * width, peak(program, width, batch), _free_memory(device)
    )


def _weights(program: Program) -> int:
    return sum(elements(each) for one in program.instructions for each in one.weights.values())


def use_threads(count: int) -> None:
    """Run on the CPU with so many threads."""
    torch.set_num_threads(count)


def describe_device(device: str) -> str:
    """The device as a reader knows it: ``AMD EPYC, 2 threads``."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{processor()}, {threads} thread{'s' * (threads > 1)}"


def processor() -> str:
    """The CPU's model."""
    import platform

    for line in _lines("/proc/cpuinfo"):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _free_memory(device: str) -> int | None:
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    found = [each for each in (_available(), _container()) if each is not None]
    return min(found, default=None)


def _available() -> int | None:
    """What the system could give without swapping."""
    for line in _lines("/proc/meminfo"):
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _container() -> int | None:
    """What the container has left, where there is one that is limited."""
    limit, used = (_lines(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if not limit or not used or not limit[0].isdigit():
        return None
    stat = dict(line.split() for line in _lines("/sys/fs/cgroup/memory.stat"))
    return int(limit[0]) - int(used[0]) + int(stat.get("inactive_file", 0))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def size(count: int) -> str:
    """``45 MB``, in units of 1000."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if count >= unit:
            number = count / unit
            return f"{number:,.0f} {name}" if number >= 999.5 else f"{number:.3g} {name}"
    return f"{count} B"
