"""Timing a function that runs a network."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

__all__ = ["block", "measure", "synchronize"]

_WARM_UP_RUNS, _WARM_UP_SHARE = 3, 0.25


def measure(
    run: Callable[[], object],
    seconds: float,
    device: str,
    least: int = 10,
    progress: Callable[[float], None] = lambda share: None,
) -> list[float]:
    """Seconds of each of many runs over ``seconds``, after a warm-up.

    ``progress`` is told what share of the time has passed.
    """
    block(run, seconds * _WARM_UP_SHARE, device, _WARM_UP_RUNS)
    return block(run, seconds, device, least, progress)


def block(
    run: Callable[[], object],
    seconds: float,
    device: str,
    least: int,
    progress: Callable[[float], None] = lambda share: None,
) -> list[float]:
    """Seconds of each run: ``least`` of them, and more until ``seconds`` have passed."""
    found: list[float] = []
    synchronize(device)
    start = before = time.perf_counter()
    while len(found) < least or before - start < seconds:
        run()
        synchronize(device)
        now = time.perf_counter()
        found.append(now - before)
        progress(min((now - start) / seconds, len(found) / least) if seconds else 1.0)
        before = time.perf_counter()
    return found


def synchronize(device: str) -> None:
    """Wait for what a GPU has been told to do."""
    if device == "cuda":
        torch.cuda.synchronize()
