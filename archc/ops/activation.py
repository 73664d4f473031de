"""Activations: the output has the input's shape."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from archc.fields import field
from archc.ops.attributes import FLAG, NUMBER
from archc.ops.base import Elementwise, one
from archc.ops.family import Family
from archc.ops.shape import Shape
from archc.ops.tensor import LayerTensor, Role

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

    keeps_sign: ClassVar = True
    family: ClassVar = Family.ACTIVATION
    has_substitutes: ClassVar = True

    def figure_lines(self, inputs: Sequence[Shape]) -> tuple[str, ...]:
        """Its name as papers write it: ``ReLU``."""
        return (type(self).__name__,)


class ReLU(Activation):
    """max(x, 0)."""

    names: ClassVar = ("relu",)
    is_unsaid: ClassVar = True
    is_fused: ClassVar = True
    never_negative: ClassVar = True
    in_place: ClassVar = True


class ReLU6(Activation):
    """min(max(x, 0), 6)."""

    names: ClassVar = ("relu6",)
    is_fused: ClassVar = True
    never_negative: ClassVar = True
    in_place: ClassVar = True


class LeakyReLU(Activation):
    """x, or ``slope`` · x below zero."""

    names: ClassVar = ("leaky relu",)
    is_fused: ClassVar = True
    in_place: ClassVar = True

    slope: float = field(NUMBER, default=0.01)


class PReLU(Activation):
    """x, or a learned slope times x below zero: one slope, or one ``per channel``."""

    names: ClassVar = ("prelu",)

    per_channel: bool = field(FLAG, default=False)

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """The slopes, which start at a quarter (He et al. 2015)."""
        slopes = one(inputs)[:1] if self.per_channel else (1,)
        return (LayerTensor("weight", slopes, Role.SLOPE, 0.25),)

    def effect(self, source: Shape, output: Shape) -> Hashable:
        """One slope per channel is one slope where there is one channel."""
        return PReLU, self.per_channel and source[0] > 1


class ELU(Activation):
    """x, or alpha · (exp(x) - 1) below zero."""

    names: ClassVar = ("elu",)

    alpha: float = field(NUMBER, default=1.0)


class GELU(Activation):
    """x · Phi(x), with the exact normal distribution."""

    names: ClassVar = ("gelu",)
    is_fused: ClassVar = True


class SiLU(Activation):
    """x · sigmoid(x), also called swish."""

    names: ClassVar = ("silu", "swish")
    is_fused: ClassVar = True


class Mish(Activation):
    """x · tanh(softplus(x))."""

    names: ClassVar = ("mish",)


class HardSwish(Activation):
    """x · relu6(x + 3) / 6."""

    names: ClassVar = ("hard swish",)
    is_fused: ClassVar = True


class HardSigmoid(Activation):
    """relu6(x + 3) / 6."""

    names: ClassVar = ("hard sigmoid",)
    never_negative: ClassVar = True


class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    names: ClassVar = ("sigmoid",)
    is_fused: ClassVar = True
    never_negative: ClassVar = True


class Tanh(Activation):
    """Hyperbolic tangent."""

    names: ClassVar = ("tanh",)
    is_fused: ClassVar = True


class Softplus(Activation):
    """log(1 + exp(x))."""

    names: ClassVar = ("softplus",)
    never_negative: ClassVar = True


class Softmax(Activation):
    """Exponentials over the channels, divided by their sum."""

    names: ClassVar = ("softmax",)
    has_substitutes: ClassVar = False
    ends_in_probabilities: ClassVar = True
    never_negative: ClassVar = True
