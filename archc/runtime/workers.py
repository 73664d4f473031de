"""A batch cut into micro-batches, on threads that each have a core to themselves.

A layer that two threads share makes both wait for the slower one, hundreds of times in a
network. Where there are images enough, each thread takes whole images instead: nobody waits, a
micro-batch's tensors stay in the core's cache, and fewer of them are in memory at once.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.runtime.recording import Forward

__all__ = ["MicroBatches", "WorkerStage", "Workers", "micro_batches"]

_FOR_LARGE_MAPS = (2, 3, 1)
_FOR_SMALL_MAPS = 4
"""Images at a time, the best first (measured with GoogLeNet and Inception-v3, 1 MB of L2): one
leaves small layers too little work to pay for their start, four of a stem miss the cache."""


@dataclass(frozen=True, slots=True)
class MicroBatches:
    """How many images a thread takes at a time, where maps are large and where they are small.

    ``small_maps`` is a multiple of ``large_maps``.
    """

    large_maps: int
    small_maps: int


def micro_batches(batch: int, threads: int) -> MicroBatches | None:
    """Choose the sizes for a batch; None where it is faster that threads share layers.

    That is with one thread, with fewer than two images a thread, and where some thread would
    have an image more than the others.
    """
    if threads < 2 or batch % threads or batch // threads < 2:
        return None
    share = batch // threads
    large = next(size for size in _FOR_LARGE_MAPS if share % size == 0)
    return MicroBatches(large, large if share % _FOR_SMALL_MAPS else _FOR_SMALL_MAPS)


@dataclass(frozen=True, slots=True)
class WorkerStage:
    """A part of a network: its images at a time, and what records it for an example of them."""

    size: int
    record: Callable[[Tensor], Forward]


class Workers:
    """Threads that run a network stage by stage, each on micro-batches of the stage's input.

    Invariants: all threads of the pool are started before any records or runs, and each has set
    its own number of torch's threads to one, as what oneDNN compiles depends on it. A stage
    starts when the stage before has finished the whole batch. ``stages`` never changes once it
    is made, so several threads may call at once.
    """

    def __init__(self, threads: int, stages: Sequence[WorkerStage], images: Tensor) -> None:
        """Start ``threads`` workers, and record the stages on one of them.

        ``images`` (N, C, H, W) are an example: N is the last stage's number at a time.
        """
        started = threading.Barrier(threads)
        self.pool = ThreadPoolExecutor(threads, "archc", _start, (started,))
        weakref.finalize(self, self.pool.shutdown, wait=False)
        try:
            for idle in [self.pool.submit(lambda: None) for _ in range(threads)]:
                idle.result()
        except RuntimeError:  # the system has no more threads: let go those that it had
            started.abort()
            raise
        # A worker that sets its own number sets that of threads to come, too: put it back.
        torch.set_num_threads(threads)
        self.stages = self.pool.submit(_recorded, stages, images).result()

    def __call__(self, images: Tensor) -> Tensor:
        """Run all stages on a batch; results are in the order of the images."""
        for size, run in self.stages:
            parts = [
                self.pool.submit(_without_grad, run, part) for part in torch.split(images, size)
            ]
            images = torch.cat([part.result() for part in parts])
        return images


def _recorded(stages: Sequence[WorkerStage], images: Tensor) -> list[tuple[int, Forward]]:
    """Record each stage for what the stage before returns, with its number of images."""
    recorded = []
    for stage in stages:
        parts = torch.split(images, stage.size)
        run = stage.record(parts[0])
        images = torch.cat([_without_grad(run, part) for part in parts])
        recorded.append((stage.size, run))
    return recorded


def _without_grad(run: Forward, images: Tensor) -> Tensor:
    with torch.no_grad():  # a thread starts with gradients on, whatever its caller has
        return run(images)


def _start(started: threading.Barrier) -> None:
    torch.set_num_threads(1)
    started.wait()  # nobody takes a second task before all have started: each task is a thread
