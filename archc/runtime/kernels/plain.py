"""Kernels of torch's public functions: one rule for every operation, on every device."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from archc.ir.program import Instruction
from archc.ops import Op, activation, arrangement, convolution, linear, normalization, pooling
from archc.ops.arrangement import Slice
from archc.runtime.kernels import Kernel, Site, Tensors

__all__ = ["ACTIVATIONS", "REPLACED", "RULES", "activate", "plain", "symmetric"]

_FEW = 16  # slices that are added one by one


def plain(instruction: Instruction, tensors: Tensors, site: Site) -> Kernel:
    """Make a kernel that calls the operation, adds bias and sum, and activates, one by one."""
    kernel = RULES[type(instruction.op)](instruction.op, tensors, site)
    bias = None if _has_own_bias(instruction) else tensors.get("bias")
    if bias is None and instruction.plus is None and not instruction.after:
        return kernel
    shape = (-1,) + (1,) * (len(instruction.output.shape) - 1)
    offset = site.place(bias).reshape(shape) if bias is not None else None
    return _finished(kernel, offset, instruction, in_place=not site.compiled)


def _has_own_bias(instruction: Instruction) -> bool:
    """Tell whether the operation's kernel adds the bias, and no pass has moved one behind it."""
    tensors = instruction.op.tensors(instruction.input_shapes)
    return any(tensor.name == "bias" for tensor in tensors)


def _finished(
    kernel: Kernel, offset: Tensor | None, instruction: Instruction, in_place: bool
) -> Kernel:
    """Extend ``kernel`` by what is done to its result: a tensor that nobody else has read yet.

    That is why activations may be ``in_place``, even where the instruction's output has several
    readers.
    """
    adds, after = instruction.plus is not None, instruction.after

    def run(*inputs: Tensor) -> Tensor:
        result = kernel(*(inputs[:-1] if adds else inputs))
        if offset is not None:
            result = result + offset
        if adds:
            result = result + inputs[-1]
        for op in after:
            result = activate(op, result, in_place)
        return result

    return run


def activate(op: Op, x: Tensor, in_place: bool) -> Tensor:
    """Apply an activation to ``x``, and overwrite ``x`` where ``in_place`` allows it."""
    return ACTIVATIONS[type(op)](op, x, in_place)


ACTIVATIONS: dict[type[Op], Callable[[Any, Tensor, bool], Tensor]] = {
    activation.ReLU: lambda op, x, in_place: F.relu(x, in_place),
    activation.ReLU6: lambda op, x, in_place: F.relu6(x, in_place),
    activation.LeakyReLU: lambda op, x, in_place: F.leaky_relu(x, op.slope, in_place),
    activation.ELU: lambda op, x, in_place: F.elu(x, op.alpha, in_place),
    activation.GELU: lambda op, x, in_place: F.gelu(x),
    activation.SiLU: lambda op, x, in_place: F.silu(x, in_place),
    activation.Mish: lambda op, x, in_place: F.mish(x, in_place),
    activation.HardSwish: lambda op, x, in_place: F.hardswish(x, in_place),
    activation.HardSigmoid: lambda op, x, in_place: F.hardsigmoid(x, in_place),
    activation.Sigmoid: lambda op, x, in_place: x.sigmoid_() if in_place else x.sigmoid(),
    activation.Tanh: lambda op, x, in_place: x.tanh_() if in_place else x.tanh(),
    activation.Softplus: lambda op, x, in_place: F.softplus(x),
    activation.Softmax: lambda op, x, in_place: x.softmax(1),
}
"""The activations without weights: functions of the op, its input, and whether in place."""


def symmetric(padding: Any) -> tuple[int, int]:
    """Return padding as (height, width), as torch takes it; passes made both sides the same."""
    top, bottom, left, right = padding
    assert (top, left) == (bottom, right), "ExplicitPadding comes first"
    return top, left


def _conv(op: convolution.Convolution, tensors: Tensors, site: Site) -> Kernel:
    weight = site.place(tensors["weight"])
    bias = site.place(tensors["bias"]) if op.bias else None
    padding = symmetric(op.padding)

    def run(x: Tensor) -> Tensor:
        return F.conv2d(x, weight, bias, op.stride, padding, op.dilation, op.groups)

    return run


def _linear(op: linear.Linear, tensors: Tensors, site: Site) -> Kernel:
    weight = site.place(tensors["weight"])
    bias = site.place(tensors["bias"]) if op.bias else None
    return lambda x: F.linear(x, weight, bias)


def _max_pool(op: pooling.MaxPool, tensors: Tensors, site: Site) -> Kernel:
    padding = symmetric(op.padding)
    return lambda x: torch.max_pool2d(x, op.kernel, op.stride, padding, op.dilation, op.ceil)


def _avg_pool(op: pooling.AvgPool, tensors: Tensors, site: Site) -> Kernel:
    padding = symmetric(op.padding)
    counted = op.count_include_pad or not any(padding)
    return lambda x: F.avg_pool2d(x, op.kernel, op.stride, padding, op.ceil, counted)


def _batch_norm(op: normalization.BatchNorm, tensors: Tensors, site: Site) -> Kernel:
    mean, variance = site.place(tensors["running_mean"]), site.place(tensors["running_var"])
    scale = site.place(tensors["weight"]) if op.scale else torch.ones_like(mean)
    shift = site.place(tensors["bias"]) if op.shift else torch.zeros_like(mean)
    return lambda x: F.batch_norm(x, mean, variance, scale, shift, False, 0.0, op.eps)


def _lrn(op: normalization.LocalResponseNorm, tensors: Tensors, site: Site) -> Kernel:
    """Add the squares of neighbouring channels slice by slice.

    Torch's own function averages in five dimensions: many times slower, and not in half precision.
    """
    if op.size > _FEW:
        return lambda x: F.local_response_norm(x, op.size, op.alpha, op.beta, op.k)
    around = (0, 0, 0, 0, op.size // 2, (op.size - 1) // 2)
    factor = op.alpha / op.size

    def run(x: Tensor) -> Tensor:
        squares = F.pad(x.to(torch.promote_types(x.dtype, torch.float32)).pow(2), around)
        channels = x.shape[1]
        total = reduce(_plus, (squares.narrow(1, i, channels) for i in range(op.size)))
        return (x * _inverse_power(total * factor + op.k, op.beta)).to(x.dtype)

    return run


def _inverse_power(x: Tensor, beta: float) -> Tensor:
    """Compute x^(-beta); for the usual 0.75 by two roots, in half the time."""
    if beta != 0.75:
        return x.pow(-beta)
    root = x.rsqrt()
    return root * root.sqrt()


def _plus(left: Tensor, right: Tensor) -> Tensor:
    """Add by a function that oneDNN Graph leaves to torch: it adds slices forty times slower."""
    return torch.sub(left, right, alpha=-1)


def _prelu(op: activation.PReLU, tensors: Tensors, site: Site) -> Kernel:
    slope = site.place(tensors["weight"])
    return lambda x: F.prelu(x, slope)


def _pad(op: arrangement.Pad, tensors: Tensors, site: Site) -> Kernel:
    top, bottom, left, right = op.padding
    return lambda x: F.pad(x, (left, right, top, bottom), value=op.value)


def _flatten(op: Op, tensors: Tensors, site: Site) -> Kernel:
    # In the order (C, H, W), also where the channels lie last in memory.
    return lambda x: x.flatten(1)


def _slice(op: Slice, tensors: Tensors, site: Site) -> Kernel:
    start, count = op.start, op.stop - op.start
    return lambda x: x.narrow(1, start, count)


def _add(op: Op, tensors: Tensors, site: Site) -> Kernel:
    return lambda *terms: reduce(torch.add, terms)


def _alone(op: Any, tensors: Tensors, site: Site) -> Kernel:
    """Apply an activation that is an instruction: its input may have other readers, so stays."""
    return lambda x: activate(op, x, in_place=False)


RULES: dict[type[Op], Callable[[Any, Tensors, Site], Kernel]] = {
    convolution.Convolution: _conv,
    linear.Linear: _linear,
    pooling.MaxPool: _max_pool,
    pooling.AvgPool: _avg_pool,
    pooling.GlobalAvgPool: lambda op, tensors, site: lambda x: x.mean((2, 3), keepdim=True),
    pooling.AdaptiveAvgPool: lambda op, tensors, site: (
        lambda x: F.adaptive_avg_pool2d(x, op.output)
    ),
    normalization.BatchNorm: _batch_norm,
    normalization.LocalResponseNorm: _lrn,
    activation.PReLU: _prelu,
    arrangement.Concat: lambda op, tensors, site: lambda *parts: torch.cat(parts, 1),
    arrangement.Add: _add,
    arrangement.Flatten: _flatten,
    arrangement.Scale: lambda op, tensors, site: lambda x: x * op.by,
    arrangement.Pad: _pad,
    Slice: _slice,
    **dict.fromkeys(ACTIVATIONS, _alone),
}
"""The rule for each operation."""

REPLACED: dict[type[Op], str] = {
    convolution.SeparableConvolution: "SplitSeparable makes it two",
    arrangement.Dropout: "DropInert removes it",
    arrangement.Identity: "DropInert removes it",
}
"""Operations without a kernel, each with the pass that replaces it before."""
