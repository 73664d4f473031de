"""Activations: the output has the input's shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from archc.ops.attributes import Affirmed, Number
from archc.ops.base import Elementwise, one
from archc.ops.kind import Kind
from archc.ops.shape import Shape

__all__ = [
    "ELU",
    "GELU",
    "Activation",
    "HardSigmoid",
    "HardSwish",
    "LeakyReLU",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class Activation(Elementwise):
    """What all of them are."""

    kind: ClassVar = Kind.ACTIVATION


class ReLU(Activation):
    """max(x, 0)."""

    names: ClassVar = ("relu",)
    in_place_after: ClassVar = True


class ReLU6(Activation):
    """min(max(x, 0), 6)."""

    names: ClassVar = ("relu6",)
    in_place_after: ClassVar = True


class LeakyReLU(Activation):
    """x, or ``slope`` · x below zero."""

    names: ClassVar = ("leaky relu",)
    in_place_after: ClassVar = True

    slope: Number = 0.01


class PReLU(Activation):
    """x, or a learned slope times x below zero: one slope, or one ``per channel``."""

    names: ClassVar = ("prelu",)

    per_channel: Affirmed = False

    def params(self, inputs: Sequence[Shape]) -> int:
        """The slopes."""
        return one(inputs)[0] if self.per_channel else 1


class ELU(Activation):
    """x, or alpha · (exp(x) - 1) below zero."""

    names: ClassVar = ("elu",)

    alpha: Number = 1.0


class GELU(Activation):
    """x · Phi(x), with the exact normal distribution."""

    names: ClassVar = ("gelu",)


class SiLU(Activation):
    """x · sigmoid(x), also called swish."""

    names: ClassVar = ("silu", "swish")


class Mish(Activation):
    """x · tanh(softplus(x))."""

    names: ClassVar = ("mish",)


class HardSwish(Activation):
    """x · relu6(x + 3) / 6."""

    names: ClassVar = ("hard swish",)


class HardSigmoid(Activation):
    """relu6(x + 3) / 6."""

    names: ClassVar = ("hard sigmoid",)


class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    names: ClassVar = ("sigmoid",)


class Tanh(Activation):
    """Hyperbolic tangent."""

    names: ClassVar = ("tanh",)


class Softplus(Activation):
    """log(1 + exp(x))."""

    names: ClassVar = ("softplus",)


class Softmax(Activation):
    """Exponentials over the channels, divided by their sum."""

    names: ClassVar = ("softmax",)
