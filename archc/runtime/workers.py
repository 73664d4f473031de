"""A batch in pieces, on threads that each have a core to themselves.

A layer that two threads share makes both wait for the slower one, hundreds of times in a
network. Where there are images enough, each thread takes whole ones instead: nobody waits, a
piece's tensors stay in a core's cache, and fewer of them are in memory at once.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from archc.runtime.kernels.site import Function

__all__ = ["Pieces", "Stage", "Workers", "pieces"]

_LARGE_MAPS = (2, 3, 1)
_SMALL_MAPS = 4
"""Images at a time, the best first (measured with GoogLeNet and Inception-v3, 1 MB of L2): one
leaves small layers too little work to pay for their start, four of a stem miss the cache."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many images a thread takes at a time, where maps are large and where they are small."""

    large: int
    small: int


def pieces(batch: int, threads: int) -> Pieces | None:
    """The pieces of a batch; None where it is better that threads share layers.

    Pieces of small maps are whole numbers of those of large maps.
    """
    if threads < 2 or batch % threads or batch // threads < 2:
        return None
    each = batch // threads
    large = next(size for size in _LARGE_MAPS if each % size == 0)
    return Pieces(large, large if each % _SMALL_MAPS else _SMALL_MAPS)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the network: images at a time, and its function, made for an example."""

    size: int
    make: Callable[[Tensor], Function]


class Workers:
    """Threads that run stages one after the other, each on the pieces of what it is given."""

    def __init__(self, threads: int, stages: Sequence[Stage], images: Tensor) -> None:
        """Start ``threads``, each with one thread of torch's, and make the stages on one of them.

        ``images`` are an example: a piece of the last stage.
        """
        started = threading.Barrier(threads)
        self.pool = ThreadPoolExecutor(threads, "archc", _start, (started,))
        weakref.finalize(self, self.pool.shutdown, wait=False)
        try:
            for each in [self.pool.submit(lambda: None) for _ in range(threads)]:
                each.result()
        except RuntimeError:  # the system has no more threads: let go those that it had
            started.abort()
            raise
        torch.set_num_threads(threads)  # a worker's own number is also that of threads to come
        self.stages = self.pool.submit(_made, stages, images).result()

    def __call__(self, images: Tensor) -> Tensor:
        """What the last stage gives for all images, in their order."""
        for size, run in self.stages:
            parts = [self.pool.submit(_one, run, part) for part in torch.split(images, size)]
            images = torch.cat([each.result() for each in parts])
        return images


def _made(stages: Sequence[Stage], images: Tensor) -> list[tuple[int, Function]]:
    """Each stage's function, made for what the one before it gives."""
    found = []
    for stage in stages:
        parts = torch.split(images, stage.size)
        run = stage.make(parts[0])
        images = torch.cat([_one(run, part) for part in parts])
        found.append((stage.size, run))
    return found


def _one(run: Function, images: Tensor) -> Tensor:
    with torch.no_grad():  # of each thread its own
        return run(images)


def _start(started: threading.Barrier) -> None:
    torch.set_num_threads(1)
    started.wait()  # so that each is another thread
