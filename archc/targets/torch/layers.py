"""How PyTorch says each operation: one rule per operation, and nothing else."""

from __future__ import annotations

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
from archc.plan.arguments import Argument, Formula, LayerCall, RuleTable

__all__ = ["HELPERS", "REMOVED", "RULES", "rule"]


def pair(value: tuple[int, int]) -> int | tuple[int, int]:
    """Height and width as torch takes them: one number where they are equal."""
    return value[0] if value[0] == value[1] else value


def _first(name: str, value: Any) -> Argument:
    return Argument(name, value, place="first")


def _conv(op: convolution.Convolution, inputs: tuple[Shape, ...]) -> LayerCall:
    return LayerCall(
        "nn.Conv2d",
        (
            _first("in_channels", inputs[0][0]),
            _first("out_channels", op.filters),
            Argument("kernel_size", pair(op.kernel)),
            Argument("stride", pair(op.stride), 1),
            Argument("padding", _padding(op.padding), 0),
            Argument("dilation", pair(op.dilation), 1),
            Argument("groups", op.groups, 1),
            Argument("bias", op.bias, True),
        ),
    )


def _padding(padding: Any) -> int | tuple[int, int]:
    top, _, left, _ = padding
    return pair((top, left))


def _linear(op: linear.Linear, inputs: tuple[Shape, ...]) -> LayerCall:
    return LayerCall(
        "nn.Linear",
        (
            _first("in_features", inputs[0][0]),
            _first("out_features", op.filters),
            Argument("bias", op.bias, True),
        ),
    )


def _window(op: pooling.Pool) -> tuple[Argument, ...]:
    return (
        Argument("kernel_size", pair(op.kernel)),
        Argument("stride", pair(op.stride)),
        Argument("padding", _padding(op.padding), 0),
    )


def _max_pool(op: pooling.MaxPool, inputs: tuple[Shape, ...]) -> LayerCall:
    dilation = Argument("dilation", pair(op.dilation), 1)
    return LayerCall(
        "nn.MaxPool2d", (*_window(op), dilation, Argument("ceil_mode", op.ceil, False))
    )


def _avg_pool(op: pooling.AvgPool, inputs: tuple[Shape, ...]) -> LayerCall:
    padded = any(op.padding) if isinstance(op.padding, tuple) else True
    counted = op.count_include_pad or not padded
    return LayerCall(
        "nn.AvgPool2d",
        (
            *_window(op),
            Argument("ceil_mode", op.ceil, False),
            Argument("count_include_pad", counted, True),
        ),
    )


def _batch_norm(op: normalization.BatchNorm, inputs: tuple[Shape, ...]) -> LayerCall:
    kind = "2d" if len(inputs[0]) == 3 else "1d"
    slots = (
        _first("num_features", inputs[0][0]),
        Argument("eps", op.eps, 1e-5),
        Argument("momentum", op.momentum, 0.1),
    )
    match op.scale, op.shift:
        case True, True:
            return LayerCall(f"nn.BatchNorm{kind}", slots)
        case False, False:
            return LayerCall(f"nn.BatchNorm{kind}", (*slots, Argument("affine", False, True)))
        case False, True:
            return LayerCall(f"ShiftedNorm{kind}", slots)
    return LayerCall(f"ScaledNorm{kind}", slots)


def _lrn(op: normalization.LocalResponseNorm, inputs: tuple[Shape, ...]) -> LayerCall:
    return LayerCall(
        "nn.LocalResponseNorm",
        (
            Argument("size", op.size, place="first"),
            Argument("alpha", op.alpha, 1e-4),
            Argument("beta", op.beta, 0.75),
            Argument("k", op.k, 1.0),
        ),
    )


def _prelu(op: activation.PReLU, inputs: tuple[Shape, ...]) -> LayerCall:
    return LayerCall(
        "nn.PReLU", (Argument("num_parameters", inputs[0][0] if op.per_channel else 1, 1),)
    )


def _pad(op: arrangement.Pad, inputs: tuple[Shape, ...]) -> LayerCall:
    top, bottom, left, right = op.padding
    sides = Argument("padding", (left, right, top, bottom), place="first")
    if op.value == 0:
        return LayerCall("nn.ZeroPad2d", (sides,))
    return LayerCall("nn.ConstantPad2d", (sides, Argument("value", op.value)))


def _plain(layer: str, *arguments: tuple[str, str, Any]) -> RuleTable:
    """A layer whose arguments are attributes: (argument, attribute, torch's default)."""

    def rule(op: Op, inputs: tuple[Shape, ...]) -> LayerCall:
        found = (Argument(name, getattr(op, field), default) for name, field, default in arguments)
        return LayerCall(layer, tuple(found))

    return rule


_ADDED = 100
"""So many tensors are added with ``+``; Python's compiler nests each of the sums in the next."""


def _add(op: arrangement.Add, inputs: tuple[Shape, ...]) -> Formula:
    return Formula() if len(inputs) <= _ADDED else Formula("torch.stack", tail=".sum(dim=0)")


RULES: dict[type[Op], RuleTable] = {
    convolution.Convolution: _conv,
    linear.Linear: _linear,
    pooling.MaxPool: _max_pool,
    pooling.AvgPool: _avg_pool,
    pooling.GlobalAvgPool: lambda op, inputs: LayerCall(
        "nn.AdaptiveAvgPool2d", (_first("size", 1),)
    ),
    pooling.AdaptiveAvgPool: lambda op, inputs: LayerCall(
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
    activation.Softmax: lambda op, inputs: LayerCall("nn.Softmax", (Argument("dim", 1),)),
    arrangement.Dropout: _plain("nn.Dropout", ("p", "rate", 0.5)),
    arrangement.Flatten: _plain("nn.Flatten"),
    arrangement.Identity: _plain("nn.Identity"),
    arrangement.Scale: lambda op, inputs: LayerCall("Scale", (_first("factor", op.by),)),
    arrangement.Pad: _pad,
    arrangement.Concat: lambda op, inputs: Formula("torch.cat", ("dim=1",)),
    arrangement.Add: _add,
}
"""The rule of each operation: a layer for what reads one tensor, a formula for what joins."""


def rule(op: Op, inputs: tuple[Shape, ...]) -> LayerCall | Formula:
    """Return what PyTorch has for an operation."""
    return RULES[type(op)](op, inputs)


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
