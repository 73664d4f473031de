"""How much more memory a process has after twenty executors of a spec than after ten, in bytes.

A process of its own: in one that has run many tests, the heap has holes that come and go.
``python -m tests.runtime.resident SPEC``
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import archc


def resident() -> int:
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

    before = use(10)  # the heap has its size after some five
    return use(10) - before


if __name__ == "__main__":
    print(growth(sys.argv[1]))
