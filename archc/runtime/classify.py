"""The most probable classes of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Guess", "classify", "most_probable"]


@dataclass(frozen=True, slots=True)
class Guess:
    """A class, counted from 0, and how probable it is."""

    number: int
    probability: float


class _Runs(Protocol):
    @property
    def batch(self) -> int: ...

    def __call__(self, images: Tensor) -> Tensor: ...


def classify(
    executor: _Runs, transform: Callable[[Path], Tensor], paths: Sequence[Path], top: int
) -> Iterator[tuple[Path, list[Guess]]]:
    """Each image with its ``top`` classes; a last batch that is not full is filled up."""
    for start in range(0, len(paths), executor.batch):
        some = paths[start : start + executor.batch]
        images = torch.stack([transform(path) for path in some])
        missing = executor.batch - len(some)
        full = torch.cat([images, images.new_zeros(missing, *images.shape[1:])])
        logits = executor(full)[: len(some)]
        yield from zip(some, most_probable(logits, top), strict=True)


def most_probable(logits: Tensor, top: int) -> list[list[Guess]]:
    """The ``top`` classes of each sample, the most probable first; softmax in float32."""
    probabilities = logits.detach().to("cpu", torch.float32).softmax(1)
    found = probabilities.topk(min(top, probabilities.shape[1]), dim=1)
    return [
        [Guess(number, probability) for number, probability in zip(numbers, shares, strict=True)]
        for numbers, shares in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    ]
