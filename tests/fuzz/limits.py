"""Bounds on what one input may cost, and how they are held."""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = ["MEMORY", "OPEN_SECONDS", "Broken", "bounded", "output_seconds", "peak_memory"]

OPEN_SECONDS = 2.0
"""Processor time in which a spec and all its variants are accepted or refused."""
WATCHDOG = 10.0
"""Wall time over a limit after which a step is taken to hang: processor time alone never ends
for what waits."""
MEMORY = 500_000_000
"""Bytes that a process may hold which has judged any number of inputs."""


def output_seconds(operations: int) -> float:
    """Processor time for one output of a network.

    As for opening, and 2 ms more for each operation: repeats make a network of 100,000
    operations from one line, and a report or diagram has to go through them all.
    """
    return OPEN_SECONDS + 0.002 * operations


class Broken(Exception):
    """An input shows a rule to be broken."""


class Hanging(BaseException):
    """No handler of the code under test may catch what the watchdog raises."""


@contextmanager
def bounded(step: str, seconds: float) -> Iterator[None]:
    """Raise `Broken` if the block takes more than ``seconds`` of processor time, or hangs."""

    def bark(number: int, frame: FrameType | None) -> None:
        raise Hanging

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, seconds + WATCHDOG)
    start = time.process_time()
    try:
        yield
    except Hanging:
        raise Broken(f"{step} hangs") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    took = time.process_time() - start
    if took > seconds:
        raise Broken(f"{step} takes longer than it may") from TimeoutError(f"{took:.2f} s")


def peak_memory() -> int:
    """The most bytes that this process has held.

    Linux's ``ru_maxrss`` of a new process starts with what its parent held when it forked, and
    pytest has imported torch; its status file counts from the program's start.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
