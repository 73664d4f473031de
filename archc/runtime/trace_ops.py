"""torch's functions as archc's operations: one small rule for each, with torch's signature.

A layer of ``torch.nn`` calls a function, so layers and functional code arrive alike. A rule
returns the operations that do what the call does, one after the other; an empty list for a call
that returns its input; None for one that archc has no operation for.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from archc.ops import Op
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
from archc.ops.arrangement import Add, Concat, Dropout, Flatten, Pad, Scale
from archc.ops.attributes import Pads, Pair
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool

__all__ = ["RULES", "CallOps"]

CallOps = list[Op] | None
"""The operations of a call, in order; None where archc has none for it."""


def _pair(value: Any) -> Pair:
    """Read a number for both directions, or a height and a width."""
    if isinstance(value, int):
        return value, value
    height, *width = map(operator.index, value)
    return height, width[0] if width else height


def _pads(value: Any) -> Pads:
    """Read padding that is the same on both sides of a direction."""
    height, width = _pair(value)
    return height, height, width, width


def _conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> CallOps:
    filters, _, height, width = weight.shape
    convolution = Convolution(
        kernel=(height, width),
        stride=_pair(stride),
        padding=padding if padding in ("same", "valid") else _pads(padding),
        dilation=_pair(dilation),
        filters=filters,
        groups=groups,
        bias=bias is not None,
    )
    return [convolution]


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> CallOps:
    return [Linear(filters=weight.shape[0], bias=bias is not None)]


def _max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> CallOps:
    pool = MaxPool(
        kernel=_pair(kernel_size),
        stride=_pair(stride or kernel_size),
        padding=_pads(padding),
        dilation=_pair(dilation),
        ceil=ceil_mode,
    )
    return None if return_indices else [pool]


def _avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> CallOps:
    pool = AvgPool(
        kernel=_pair(kernel_size),
        stride=_pair(stride or kernel_size),
        padding=_pads(padding),
        ceil=ceil_mode,
        count_include_pad=count_include_pad,
    )
    return None if divisor_override is not None else [pool]


def _adaptive_avg_pool2d(input: Tensor, output_size: Any) -> CallOps:
    wanted = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
    height, width = (
        size if length is None else length
        for length, size in zip(wanted, input.shape[2:], strict=True)
    )
    return [AdaptiveAvgPool(output=(height, width))]


def _mean(input: Tensor, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> CallOps:
    """Take the mean over height and width for a global pool."""
    if dim is None or input.dim() != 4:
        return None
    dims = {axis % 4 for axis in ([dim] if isinstance(dim, int) else dim)}
    if dims != {2, 3}:
        return None
    return [GlobalAvgPool()] if keepdim else [GlobalAvgPool(), Flatten()]


def _batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float | None = 0.1,
    eps: float = 1e-5,
) -> CallOps:
    """Refuse norms without running statistics: archc's batch norm has them."""
    if running_mean is None:
        return None
    return [BatchNorm(eps=eps, scale=weight is not None, shift=bias is not None)]


def _local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> CallOps:
    return [LocalResponseNorm(size=size, alpha=float(alpha), beta=float(beta), k=float(k))]


def _dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False, train: bool = True
) -> CallOps:
    return [Dropout(rate=float(p))] if p < 1 else None


def _dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> CallOps:
    """Take the dropout of whole channels for one of elements, where a channel has one element."""
    alone = input.shape[2:].numel() == 1
    return _dropout(input, p) if alone or p == 0 else None


def _cat(tensors: Sequence[Tensor], dim: int = 0, axis: int | None = None) -> CallOps:
    dim = dim if axis is None else axis
    return [Concat()] if dim % tensors[0].dim() == 1 else None


def _add(input: Any, other: Any, alpha: float = 1) -> CallOps:
    if alpha != 1:
        return None
    if isinstance(input, Tensor) and isinstance(other, Tensor):
        return [Add()]
    constant = other if isinstance(input, Tensor) else input
    return [] if constant == 0 else None


def _mul(input: Any, other: Any) -> CallOps:
    factor = input if isinstance(other, Tensor) else other
    return None if isinstance(factor, Tensor) else [Scale(by=float(factor))]


def _div(input: Any, other: Any, rounding_mode: str | None = None) -> CallOps:
    if isinstance(other, Tensor) or rounding_mode is not None:
        return None
    return [Scale(by=1 / other)]


def _pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> CallOps:
    cells = [*pad, *[0] * (4 - len(pad))]
    if mode != "constant" or len(cells) > 4 or min(cells) < 0:
        return None
    left, right, top, bottom = cells
    return [Pad(padding=(top, bottom, left, right), value=float(value or 0))]


def _relu(input: Tensor, inplace: bool = False) -> CallOps:
    return [ReLU()]


def _relu6(input: Tensor, inplace: bool = False) -> CallOps:
    return [ReLU6()]


def _clamp(input: Tensor, min: Any = None, max: Any = None) -> CallOps:
    if min != 0 or max not in (None, 6):
        return None
    return [ReLU()] if max is None else [ReLU6()]


def _hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> CallOps:
    return [ReLU6()] if (min_val, max_val) == (0, 6) else None


def _leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> CallOps:
    return [LeakyReLU(slope=float(negative_slope))]


def _prelu(input: Tensor, weight: Tensor) -> CallOps:
    return [PReLU(per_channel=weight.numel() > 1)]


def _elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> CallOps:
    return [ELU(alpha=float(alpha))]


def _gelu(input: Tensor, approximate: str = "none") -> CallOps:
    return [GELU()] if approximate == "none" else None


def _softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> CallOps:
    return [Softplus()] if beta == 1 else None


def _softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> CallOps:
    return [Softmax()] if dim is not None and dim % input.dim() == 1 else None


def _plain(op: type[Op]) -> Callable[..., CallOps]:
    """Make the rule of an activation without attributes."""

    def rule(input: Tensor, inplace: bool = False) -> CallOps:
        return [op()]

    return rule


RULES: dict[str, Callable[..., CallOps]] = {
    "conv2d": _conv2d,
    "linear": _linear,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "adaptive_avg_pool2d": _adaptive_avg_pool2d,
    "mean": _mean,
    "batch_norm": _batch_norm,
    "local_response_norm": _local_response_norm,
    "dropout": _dropout,
    "dropout2d": _dropout2d,
    "cat": _cat,
    "concat": _cat,
    "concatenate": _cat,
    "add": _add,
    "mul": _mul,
    "multiply": _mul,
    "div": _div,
    "divide": _div,
    "true_divide": _div,
    "pad": _pad,
    "relu": _relu,
    "relu6": _relu6,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": _clamp,
    "hardtanh": _hardtanh,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "elu": _elu,
    "gelu": _gelu,
    "silu": _plain(SiLU),
    "mish": _plain(Mish),
    "hardswish": _plain(HardSwish),
    "hardsigmoid": _plain(HardSigmoid),
    "sigmoid": _plain(Sigmoid),
    "tanh": _plain(Tanh),
    "softplus": _softplus,
    "softmax": _softmax,
}
"""The rule for each function, by its name without the marks of in-place and reflected calls."""
