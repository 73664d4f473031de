"""Normalisation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from archc.ops.attributes import Affirmed, Number
from archc.ops.base import Elementwise, expect_map, one
from archc.ops.kind import Kind
from archc.ops.shape import Shape

__all__ = ["BatchNorm", "LocalResponseNorm"]


class BatchNorm(Elementwise):
    """Batch normalisation per channel (Ioffe & Szegedy 2015); statistics are buffers.

    ``scale`` and ``shift`` are the learned parts, gamma and beta; TF-slim's Inceptions have
    no scale. ``momentum`` is torch's: the weight of the new batch.
    """

    fresh: ClassVar = True
    kind: ClassVar = Kind.NORM
    names: ClassVar = ("batch norm", "batch normalization", "bn")
    short: ClassVar = "bn"

    eps: Annotated[float, Field(gt=0, lt=1)] = 1e-5
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1
    scale: Affirmed = True
    shift: Affirmed = True

    def params(self, inputs: Sequence[Shape]) -> int:
        """One scale and one shift per channel, where learned."""
        return one(inputs)[0] * (self.scale + self.shift)

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """Maps or vectors, and which of scale and shift are learned."""
        return len(one(inputs)), self.scale, self.shift


class LocalResponseNorm(Elementwise):
    """Across-channel normalisation (AlexNet, GoogLeNet); alpha is divided by ``size``."""

    kind: ClassVar = Kind.NORM
    names: ClassVar = ("local response norm", "local response normalization", "lrn")

    size: Annotated[int, Field(ge=1, le=10_000)] = 5
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape, a feature map."""
        expect_map(self, one(inputs))
        return one(inputs)
