"""Every op as torch has it, built without archc's arithmetic.

Padding that a torch layer can take is the layer's own; other padding is a layer in front of
it. `same` is padded by the formula in TensorFlow's documentation. What a module costs is
counted by torch: the parameters it holds, and the multiply-adds that
`torch.utils.flop_counter` sees when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archc.ops import Op, Shape
from archc.ops.activation import (
    ELU,
    GELU,
    HardSigmoid,
    HardSwish,
    LeakyReLU,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from archc.ops.arrangement import Add, Concat, Dropout, Flatten, Identity, Pad, Scale
from archc.ops.attributes import Pads
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool, Pool
from archc.ops.windowed import Windowed

__all__ = ["REFUSALS", "TORCH", "Figures", "build", "cells", "figures", "run"]

REFUSALS = (RuntimeError, ValueError, IndexError)
"""What torch raises for attributes or inputs that do not fit."""


class Figures(NamedTuple):
    """All that an op states about itself for given inputs."""

    shape: Shape
    params: int
    weights: int
    macs: int
    layers: int


def build(op: Op, inputs: Sequence[Shape]) -> nn.Module:
    """The torch module of ``op`` for inputs of these shapes, in evaluation mode."""
    return TORCH[type(op)](op, inputs).eval()


def run(module: nn.Module, tensors: Sequence[Tensor]) -> Tensor:
    """What the module returns for tensors of one sample each, without the batch."""
    with torch.no_grad():
        output: Tensor = module(*(tensor[None] for tensor in tensors))
    return output[0]


def figures(op: Op, inputs: Sequence[Shape]) -> Figures:
    """What torch returns and counts. Raises one of `REFUSALS` where torch does."""
    module = build(op, inputs)
    with FlopCounterMode(display=False) as counter:
        output = run(module, [torch.zeros(shape) for shape in inputs])
    layers = [part for part in module.modules() if isinstance(part, nn.Conv2d | nn.Linear)]
    return Figures(
        shape=tuple(output.shape),
        params=sum(each.numel() for each in module.parameters()),
        weights=sum(layer.weight.numel() for layer in layers),
        macs=counter.get_total_flops() // 2,  # a multiplication and an addition
        layers=len(layers),
    )


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: Tensor) -> Tensor:
        return self.function(*tensors)


class RealMean(nn.Module):
    """An average pool that does not count the padding, which torch lacks for uneven padding."""

    def __init__(self, counting: nn.Module) -> None:
        super().__init__()
        self.counting = counting

    def forward(self, x: Tensor) -> Tensor:
        mean: Tensor = self.counting(x) / self.counting(torch.ones_like(x))
        return mean


def cells(op: Windowed, height: int, width: int) -> Pads:
    """The padding in cells around an input of ``height × width``."""
    if op.padding == "valid":
        return 0, 0, 0, 0
    if op.padding != "same":
        return op.padding
    return (
        *_tensorflow_same(height, op.kernel[0], op.stride[0], op.dilation[0]),
        *_tensorflow_same(width, op.kernel[1], op.stride[1], op.dilation[1]),
    )


def _tensorflow_same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """tensorflow.org/api_docs/python/tf/nn, "Padding", with tf.nn.convolution's dilation."""
    kernel = kernel + (kernel - 1) * (dilation - 1)
    along = max(kernel - stride, 0) if size % stride == 0 else max(kernel - size % stride, 0)
    before = along // 2
    return before, along - before


def _around(pads: Pads, value: float) -> nn.Module:
    top, bottom, left, right = pads
    return nn.ConstantPad2d((left, right, top, bottom), value)


def _windowed(
    op: Windowed, shape: Shape, value: float, layer: Callable[[tuple[int, int]], nn.Module]
) -> nn.Module:
    """``layer`` with its own padding where it can have that, else after a layer that pads."""
    _, height, width = shape
    top, bottom, left, right = pads = cells(op, height, width)
    if op.padding != "same" and (top, left) == (bottom, right):
        return layer((top, left))
    padded = nn.Sequential(_around(pads, value), layer((0, 0)))
    if not (isinstance(op, Pool) and op.ceil):
        return padded
    # In ceil mode torch leaves out a window that starts behind the input and the padding
    # before it. Cells that were added after the input look to the layer like more input.
    rows = math.ceil((top + height) / op.stride[0])
    columns = math.ceil((left + width) / op.stride[1])
    return nn.Sequential(padded, Function(lambda x: x[:, :, :rows, :columns]))


def _convolution(op: Convolution, inputs: Sequence[Shape]) -> nn.Module:
    (shape,) = inputs
    channels, _, _ = shape
    return _windowed(
        op,
        shape,
        0.0,
        lambda padding: nn.Conv2d(
            channels,
            op.filters,
            op.kernel,
            op.stride,
            padding,
            op.dilation,
            groups=op.groups,
            bias=op.bias,
        ),
    )


def _separable(op: SeparableConvolution, inputs: Sequence[Shape]) -> nn.Module:
    (shape,) = inputs
    channels, _, _ = shape
    middle = channels * op.multiplier
    depthwise = _windowed(
        op,
        shape,
        0.0,
        lambda padding: nn.Conv2d(
            channels,
            middle,
            op.kernel,
            op.stride,
            padding,
            op.dilation,
            groups=channels,
            bias=False,
        ),
    )
    return nn.Sequential(depthwise, nn.Conv2d(middle, op.filters, 1, bias=op.bias))


def _max_pool(op: MaxPool, inputs: Sequence[Shape]) -> nn.Module:
    (shape,) = inputs
    return _windowed(
        op,
        shape,
        -math.inf,
        lambda padding: nn.MaxPool2d(op.kernel, op.stride, padding, op.dilation, ceil_mode=op.ceil),
    )


def _avg_pool(op: AvgPool, inputs: Sequence[Shape]) -> nn.Module:
    (shape,) = inputs
    _, height, width = shape
    top, bottom, left, right = cells(op, height, width)
    by_hand = not op.count_include_pad and (op.padding == "same" or (top, left) != (bottom, right))
    pool = _windowed(
        op,
        shape,
        0.0,
        lambda padding: nn.AvgPool2d(
            op.kernel, op.stride, padding, op.ceil, op.count_include_pad or by_hand
        ),
    )
    return RealMean(pool) if by_hand else pool


def _batch_norm(op: BatchNorm, inputs: Sequence[Shape]) -> nn.Module:
    (shape,) = inputs
    kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
    norm = kind(shape[0], op.eps, op.momentum)
    if not op.scale:
        norm.register_parameter("weight", None)
    if not op.shift:
        norm.register_parameter("bias", None)
    return norm


TORCH: dict[type[Op], Callable[[Any, Sequence[Shape]], nn.Module]] = {
    Convolution: _convolution,
    SeparableConvolution: _separable,
    Linear: lambda op, inputs: nn.Linear(inputs[0][0], op.filters, op.bias),
    MaxPool: _max_pool,
    AvgPool: _avg_pool,
    GlobalAvgPool: lambda op, inputs: nn.AdaptiveAvgPool2d((1, 1)),
    AdaptiveAvgPool: lambda op, inputs: nn.AdaptiveAvgPool2d(op.output),
    BatchNorm: _batch_norm,
    LocalResponseNorm: lambda op, inputs: nn.LocalResponseNorm(op.size, op.alpha, op.beta, op.k),
    ReLU: lambda op, inputs: nn.ReLU(),
    ReLU6: lambda op, inputs: nn.ReLU6(),
    LeakyReLU: lambda op, inputs: nn.LeakyReLU(op.slope),
    PReLU: lambda op, inputs: nn.PReLU(inputs[0][0] if op.per_channel else 1),
    ELU: lambda op, inputs: nn.ELU(op.alpha),
    GELU: lambda op, inputs: nn.GELU(),
    SiLU: lambda op, inputs: nn.SiLU(),
    Mish: lambda op, inputs: nn.Mish(),
    HardSwish: lambda op, inputs: nn.Hardswish(),
    HardSigmoid: lambda op, inputs: nn.Hardsigmoid(),
    Sigmoid: lambda op, inputs: nn.Sigmoid(),
    Tanh: lambda op, inputs: nn.Tanh(),
    Softplus: lambda op, inputs: nn.Softplus(),
    Softmax: lambda op, inputs: nn.Softmax(dim=1),
    Dropout: lambda op, inputs: nn.Dropout(op.rate),
    Flatten: lambda op, inputs: nn.Flatten(),
    Concat: lambda op, inputs: Function(lambda *parts: torch.cat(parts, dim=1)),
    Add: lambda op, inputs: Function(lambda *terms: reduce(torch.add, terms)),
    Scale: lambda op, inputs: Function(lambda x: x * op.by),
    Identity: lambda op, inputs: nn.Identity(),
    Pad: lambda op, inputs: _around(op.padding, op.value),
}
