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
GRACE = 10.0
"""Processor time over a limit after which a step is taken never to end."""
IDLE = 10.0
"""Wall time without any processor time after which a step is taken to wait for ever. A process
that has work to do gets some of it in that time, however busy the machine is."""
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
    """A step never ends. No handler of the code under test may catch it."""


@contextmanager
def bounded(step: str, seconds: float) -> Iterator[None]:
    """Raise `Broken` if the block takes more than ``seconds`` of processor time, or hangs.

    All that is measured is this process's processor time, so that other work on the machine
    changes nothing.
    """
    start = time.process_time()
    seen = start

    def loops(number: int, frame: FrameType | None) -> None:
        raise Hanging("never ends")

    def waits(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        before, seen = seen, time.process_time()
        if seen - before < 0.001:
            raise Hanging("waits for ever")

    handlers = signal.signal(signal.SIGPROF, loops), signal.signal(signal.SIGALRM, waits)
    signal.setitimer(signal.ITIMER_PROF, seconds + GRACE)
    signal.setitimer(signal.ITIMER_REAL, IDLE, IDLE)
    try:
        yield
    except Hanging as hanging:
        raise Broken(f"{step} {hanging}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGPROF, handlers[0])
        signal.signal(signal.SIGALRM, handlers[1])
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
