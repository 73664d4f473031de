"""How much more memory a process has after twenty executors of a spec than after ten, in bytes.

A process of its own: one that has run many tests has caches that grow and shrink.
``python -m tests.runtime.resident SPEC``
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from pathlib import Path

import archc


def resident() -> int:
    """Bytes in memory, without the holes in the heap, which come and go."""
    getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(spec: str) -> int:
    network = archc.load(spec)
    state = network.module().state_dict()

    def use(times: int) -> int:
        for _ in range(times):
            executor = network.executor("cpu", weights=state)
            executor(executor.example())
        gc.collect()
        return resident()

    before = use(10)
    return use(10) - before


if __name__ == "__main__":
    print(growth(sys.argv[1]))
