"""A batch in pieces, on threads that each have a core to themselves.

A layer that two threads share makes both wait for the slower one, hundreds of times in a
network. Where there are images enough, each thread takes whole ones instead: nobody waits, a
piece's tensors stay in a core's cache, and fewer of them are in memory at once.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

__all__ = ["Workers", "piece"]

Function = Callable[[Tensor], Tensor]

_PIECES = (2, 3, 1)
"""Images at a time, the best first: one leaves small layers too little work to pay for their
start, four already miss the cache (measured with GoogLeNet and Inception-v3, 1 MB of L2)."""


def piece(batch: int, threads: int) -> int | None:
    """How many images a thread takes at a time; None where sharing layers is better."""
    if threads < 2 or batch % threads or batch // threads < 2:
        return None
    return next(size for size in _PIECES if batch // threads % size == 0)


class Workers:
    """Threads that run one function, made on one of them, on the pieces of a batch."""

    def __init__(self, threads: int, size: int, make: Callable[[], Function]) -> None:
        """Start ``threads``, each with one thread of torch's; ``make`` gives the function."""
        self.size = size
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
        self.run = self.pool.submit(make).result()

    def __call__(self, images: Tensor) -> Tensor:
        """The function of all pieces, in their order."""
        pieces = [self.pool.submit(self._one, part) for part in torch.split(images, self.size)]
        return torch.cat([each.result() for each in pieces])

    def _one(self, images: Tensor) -> Tensor:
        with torch.no_grad():  # of each thread its own
            return self.run(images)


def _start(started: threading.Barrier) -> None:
    torch.set_num_threads(1)
    started.wait()  # so that each is another thread
