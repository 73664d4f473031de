"""How PyTorch says each operation: one rule per operation, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archc.ops import (
    Op,
    Shape,
    activation,
    arrangement,
    convolution,
    linear,
    normalization,
    pooling,
)

__all__ = ["HELPERS", "REMOVED", "RULES", "Formula", "Layer", "Slot", "pair"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a layer: left out where it has the layer's default."""

    name: str
    value: Any
    default: Any = None
    positional: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A module to construct, such as ``nn.Conv2d``."""

    name: str
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression over the inputs: a call that takes them as a list, or their sum.

    ``arguments`` follow the list, ``tail`` the call.
    """

    call: str = ""
    arguments: tuple[str, ...] = ()
    tail: str = ""


Rule = Callable[[Any, tuple[Shape, ...]], Layer | Formula]


def pair(value: tuple[int, int]) -> int | tuple[int, int]:
    """Height and width as torch takes them: one number where they are equal."""
    return value[0] if value[0] == value[1] else value


def _first(name: str, value: Any) -> Slot:
    return Slot(name, value, positional=True)


def _conv(op: convolution.Convolution, inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        "nn.Conv2d",
        (
            _first("in_channels", inputs[0][0]),
            _first("out_channels", op.filters),
            Slot("kernel_size", pair(op.kernel)),
            Slot("stride", pair(op.stride), 1),
            Slot("padding", _padding(op.padding), 0),
            Slot("dilation", pair(op.dilation), 1),
            Slot("groups", op.groups, 1),
            Slot("bias", op.bias, True),
        ),
    )


def _padding(padding: Any) -> int | tuple[int, int]:
    top, _, left, _ = padding
    return pair((top, left))


def _linear(op: linear.Linear, inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        "nn.Linear",
        (
            _first("in_features", inputs[0][0]),
            _first("out_features", op.filters),
            Slot("bias", op.bias, True),
        ),
    )


def _window(op: pooling.Pool) -> tuple[Slot, ...]:
    return (
        Slot("kernel_size", pair(op.kernel)),
        Slot("stride", pair(op.stride)),
        Slot("padding", _padding(op.padding), 0),
    )


def _max_pool(op: pooling.MaxPool, inputs: tuple[Shape, ...]) -> Layer:
    dilation = Slot("dilation", pair(op.dilation), 1)
    return Layer("nn.MaxPool2d", (*_window(op), dilation, Slot("ceil_mode", op.ceil, False)))


def _avg_pool(op: pooling.AvgPool, inputs: tuple[Shape, ...]) -> Layer:
    padded = any(op.padding) if isinstance(op.padding, tuple) else True
    counted = op.count_include_pad or not padded
    return Layer(
        "nn.AvgPool2d",
        (
            *_window(op),
            Slot("ceil_mode", op.ceil, False),
            Slot("count_include_pad", counted, True),
        ),
    )


def _batch_norm(op: normalization.BatchNorm, inputs: tuple[Shape, ...]) -> Layer:
    kind = "2d" if len(inputs[0]) == 3 else "1d"
    slots = (
        _first("num_features", inputs[0][0]),
        Slot("eps", op.eps, 1e-5),
        Slot("momentum", op.momentum, 0.1),
    )
    match op.scale, op.shift:
        case True, True:
            return Layer(f"nn.BatchNorm{kind}", slots)
        case False, False:
            return Layer(f"nn.BatchNorm{kind}", (*slots, Slot("affine", False, True)))
        case False, True:
            return Layer(f"ShiftedNorm{kind}", slots)
    return Layer(f"ScaledNorm{kind}", slots)


def _lrn(op: normalization.LocalResponseNorm, inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        "nn.LocalResponseNorm",
        (
            Slot("size", op.size, positional=True),
            Slot("alpha", op.alpha, 1e-4),
            Slot("beta", op.beta, 0.75),
            Slot("k", op.k, 1.0),
        ),
    )


def _prelu(op: activation.PReLU, inputs: tuple[Shape, ...]) -> Layer:
    return Layer("nn.PReLU", (Slot("num_parameters", inputs[0][0] if op.per_channel else 1, 1),))


def _pad(op: arrangement.Pad, inputs: tuple[Shape, ...]) -> Layer:
    top, bottom, left, right = op.padding
    sides = Slot("padding", (left, right, top, bottom), positional=True)
    if op.value == 0:
        return Layer("nn.ZeroPad2d", (sides,))
    return Layer("nn.ConstantPad2d", (sides, Slot("value", op.value)))


def _plain(name: str, *slots: tuple[str, str, Any]) -> Rule:
    """A layer whose arguments are attributes: (argument, attribute, torch's default)."""

    def rule(op: Op, inputs: tuple[Shape, ...]) -> Layer:
        found = (Slot(argument, getattr(op, field), default) for argument, field, default in slots)
        return Layer(name, tuple(found))

    return rule


_ADDED = 100
"""So many tensors are added with ``+``; Python's compiler nests each of the sums in the next."""


def _add(op: arrangement.Add, inputs: tuple[Shape, ...]) -> Formula:
    return Formula() if len(inputs) <= _ADDED else Formula("torch.stack", tail=".sum(dim=0)")


RULES: dict[type[Op], Rule] = {
    convolution.Convolution: _conv,
    linear.Linear: _linear,
    pooling.MaxPool: _max_pool,
    pooling.AvgPool: _avg_pool,
    pooling.GlobalAvgPool: lambda op, inputs: Layer("nn.AdaptiveAvgPool2d", (_first("size", 1),)),
    pooling.AdaptiveAvgPool: lambda op, inputs: Layer(
        "nn.AdaptiveAvgPool2d", (_first("size", pair(op.output)),)
    ),
    normalization.BatchNorm: _batch_norm,
    normalization.LocalResponseNorm: _lrn,
    activation.ReLU: _plain("nn.ReLU"),
    activation.ReLU6: _plain("nn.ReLU6"),
    activation.LeakyReLU: _plain("nn.LeakyReLU", ("negative_slope", "slope", 0.01)),
    activation.PReLU: _prelu,
    activation.ELU: _plain("nn.ELU", ("alpha", "alpha", 1.0)),
    activation.GELU: _plain("nn.GELU"),
    activation.SiLU: _plain("nn.SiLU"),
    activation.Mish: _plain("nn.Mish"),
    activation.HardSwish: _plain("nn.Hardswish"),
    activation.HardSigmoid: _plain("nn.Hardsigmoid"),
    activation.Sigmoid: _plain("nn.Sigmoid"),
    activation.Tanh: _plain("nn.Tanh"),
    activation.Softplus: _plain("nn.Softplus"),
    activation.Softmax: lambda op, inputs: Layer("nn.Softmax", (Slot("dim", 1),)),
    arrangement.Dropout: _plain("nn.Dropout", ("p", "rate", 0.5)),
    arrangement.Flatten: _plain("nn.Flatten"),
    arrangement.Identity: _plain("nn.Identity"),
    arrangement.Scale: lambda op, inputs: Layer("Scale", (_first("factor", op.by),)),
    arrangement.Pad: _pad,
    arrangement.Concat: lambda op, inputs: Formula("torch.cat", ("dim=1",)),
    arrangement.Add: _add,
}
"""The rule of each operation."""

REMOVED: dict[type[Op], str] = {
    convolution.SeparableConvolution: "torch has no such layer: SplitSeparable makes it two",
}
"""Operations without a rule, and why: a pass replaces them first."""


def _norm_without(part: str, name: str, kind: str, what: str) -> str:
    return f'''\
class {name}Norm{kind}(nn.BatchNorm{kind}):
    """Batch normalisation with a learned {what} alone."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        """Normalise ``num_features`` channels."""
        super().__init__(num_features, eps, momentum)
        self.register_parameter("{part}", None)
'''


HELPERS: dict[str, str] = {
    "Scale": '''\
class Scale(nn.Module):
    """The input times a constant."""

    def __init__(self, factor: float) -> None:
        """Multiply by ``factor``."""
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Scale ``x``."""
        return self.factor * x
''',
    **{
        f"{name}Norm{kind}": _norm_without(part, name, kind, what)
        for part, name, what in (("weight", "Shifted", "shift"), ("bias", "Scaled", "scale"))
        for kind in ("1d", "2d")
    },
}
"""Classes that a file carries where torch has no such layer."""
