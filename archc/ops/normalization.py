"""Normalisation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import ClassVar

from archc.fields import Real, Whole, field
from archc.ops.attributes import FLAG, NUMBER
from archc.ops.base import Elementwise, expect_map, one
from archc.ops.family import Family
from archc.ops.shape import Shape
from archc.ops.tensor import LayerTensor, Role

__all__ = ["BatchNorm", "LocalResponseNorm"]


class BatchNorm(Elementwise):
    """Batch normalisation per channel (Ioffe & Szegedy 2015); statistics are buffers.

    ``scale`` and ``shift`` are the learned parts, gamma and beta; TF-slim's Inceptions have
    no scale. ``momentum`` is torch's: the weight of the new batch.
    """

    fresh: ClassVar = True
    takes_activation: ClassVar = True
    is_linear: ClassVar = True
    family: ClassVar = Family.NORM
    names: ClassVar = ("batch norm", "batch normalization", "bn")
    short: ClassVar = "bn"
    has_substitutes: ClassVar = True
    is_unsaid: ClassVar = True
    training_only: ClassVar = frozenset({"momentum"})

    eps: float = field(Real(above=0, below=1), default=1e-5)
    momentum: float = field(Real(least=0, most=1), default=0.1)
    scale: bool = field(FLAG, default=True)
    shift: bool = field(FLAG, default=True)

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """Scale and shift per channel, where learned, and the running statistics."""
        channels = one(inputs)[:1]
        scale = (LayerTensor("weight", channels, Role.SCALE, 1.0),) if self.scale else ()
        shift = (LayerTensor("bias", channels, Role.SHIFT, 0.0),) if self.shift else ()
        return (
            *scale,
            *shift,
            LayerTensor("running_mean", channels, Role.MEAN, 0.0),
            LayerTensor("running_var", channels, Role.VARIANCE, 1.0),
        )

    def fvcore_flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Two per element, one without a scale (fvcore 0.1.5, ``batchnorm_flop_jit``)."""
        return prod(output) * (2 if self.scale else 1)

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """Maps or vectors, and which of scale and shift are learned."""
        return len(one(inputs)), self.scale, self.shift


class LocalResponseNorm(Elementwise):
    """Across-channel normalisation (AlexNet, GoogLeNet); alpha is divided by ``size``."""

    family: ClassVar = Family.NORM
    names: ClassVar = ("local response norm", "local response normalization", "lrn")

    size: int = field(Whole(least=1, most=10_000), default=5)
    alpha: float = field(NUMBER, default=1e-4)
    beta: float = field(NUMBER, default=0.75)
    k: float = field(NUMBER, default=1.0)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape, a feature map."""
        expect_map(self, one(inputs))
        return one(inputs)

    def temporaries(self, inputs: Sequence[Shape], output: Shape, element: int) -> int:
        """``torch.nn.functional.local_response_norm`` holds a mean of squares, and its power."""
        return 2 * prod(output) * element

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """``Local response norm``."""
        return ("Local response norm",)
