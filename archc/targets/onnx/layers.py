"""How ONNX says each operation: one rule per operation, and nothing else.

Pools never use ONNX's ceil mode, which has not meant the same in all versions of its
operators: their padding reaches as far as the last window does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archc.diagnostics import ArchcError
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
from archc.ops.attributes import Pads
from archc.ops.shape import format_shape
from archc.ops.windowed import Windows

__all__ = ["REMOVED", "RULES", "Constant", "Flow", "Learned", "OnnxNode"]


class Flow(Enum):
    """What flows into a step."""

    X = "what the operation reads: all its inputs, in order"
    LAST = "what the step before made"


@dataclass(frozen=True, slots=True)
class Learned:
    """A tensor of the layer by its name in the ``state_dict``, in another shape if given."""

    name: str
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor that is written into the file as it is."""

    name: str
    value: NDArray[Any]


Input = Flow | Learned | Constant
X, LAST = Flow.X, Flow.LAST


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """One node: an ONNX operator, its inputs, and its attributes."""

    kind: str
    inputs: tuple[Input, ...] = (X,)
    attributes: dict[str, Any] = field(default_factory=dict)


OnnxRule = Callable[[Any, tuple[Shape, ...]], tuple[OnnxNode, ...]]
"""The steps of an operation, one after the other; none where its output is its input."""


def _number(name: str, value: float) -> Constant:
    """A number in single precision, in which large ones are infinite."""
    with np.errstate(over="ignore"):
        return Constant(name, np.array(value, np.float32))


def _whole(name: str, *values: int) -> Constant:
    return Constant(name, np.array(values, np.int64))


def _conv(op: convolution.Convolution, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    attributes = {
        "kernel_shape": op.kernel,
        "strides": op.stride,
        "dilations": op.dilation,
        "group": op.groups,
        "pads": _onnx_pads(op.pads(*inputs[0][1:])),
    }
    return (OnnxNode("Conv", (X, *_weight_and_bias(op)), attributes),)


def _linear(op: linear.Linear, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    return (OnnxNode("Gemm", (X, *_weight_and_bias(op)), {"transB": 1}),)


def _weight_and_bias(op: convolution.Convolution | linear.Linear) -> tuple[Learned, ...]:
    return (Learned("weight"), Learned("bias")) if op.bias else (Learned("weight"),)


def _onnx_pads(pads: Pads) -> Pads:
    """Top, left, bottom, right: ONNX has the beginnings of all axes first."""
    top, bottom, left, right = pads
    return top, left, bottom, right


def _pad_step(pads: Pads, value: float) -> OnnxNode:
    top, bottom, left, right = pads
    cells = _whole("pads", 0, 0, top, left, 0, 0, bottom, right)
    return OnnxNode("Pad", (X, cells, _number("value", value)))


def _reach(op: pooling.Pool, shape: Shape) -> Pads:
    """Padding up to the end of the last window, which in ceil mode may hang over the end."""
    _, height, width = shape
    top, _, left, _ = op.pads(height, width)
    rows, columns = op.spatial(height, width, op.ceil)
    (tall, wide), (down, across) = op.extents, op.stride
    bottom = Windows.beyond(height, tall, down, top, rows)
    right = Windows.beyond(width, wide, across, left, columns)
    return top, max(bottom, 0), left, max(right, 0)


def _max_pool(op: pooling.MaxPool, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """A dilated window can reach further than the padding that ONNX Runtime takes."""
    reach = _reach(op, inputs[0])
    window = {"kernel_shape": op.kernel, "strides": op.stride, "dilations": op.dilation}
    if max(reach[:2]) < op.kernel[0] and max(reach[2:]) < op.kernel[1]:
        return (OnnxNode("MaxPool", (X,), {**window, "pads": _onnx_pads(reach)}),)
    return _pad_step(reach, -math.inf), OnnxNode("MaxPool", (LAST,), window)


def _avg_pool(op: pooling.AvgPool, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """Padding may count as zeros; what hangs over the end of it never counts.

    ONNX counts all padding or none, so where there are both, the zeros are a step before.
    """
    pads = op.pads(*inputs[0][1:])
    reach = _reach(op, inputs[0])
    hanging = tuple(max(far - near, 0) for far, near in zip(reach, pads, strict=True))
    window = {"kernel_shape": op.kernel, "strides": op.stride}
    if not (op.count_include_pad and any(pads)):
        return (OnnxNode("AveragePool", (X,), {**window, "pads": _onnx_pads(reach)}),)
    if not any(hanging):
        counted = {"pads": _onnx_pads(reach), "count_include_pad": 1}
        return (OnnxNode("AveragePool", (X,), {**window, **counted}),)
    top, bottom, left, right = hanging
    over = {"pads": _onnx_pads((top, bottom, left, right))}
    return _pad_step(pads, 0.0), OnnxNode("AveragePool", (LAST,), {**window, **over})


def _adaptive_avg_pool(
    op: pooling.AdaptiveAvgPool, inputs: tuple[Shape, ...]
) -> tuple[OnnxNode, ...]:
    """Windows of one size where the grid divides the input; else means by rows and columns.

    Raises `ArchcError` for a grid whose means would not fit into a file.
    """
    _, height, width = inputs[0]
    rows, columns = op.output
    if height % rows == 0 and width % columns == 0:
        window = (height // rows, width // columns)
        return (OnnxNode("AveragePool", (X,), {"kernel_shape": window, "strides": window}),)
    if height * rows + width * columns > MOST_MEANS:
        raise ArchcError(
            f"an adaptive avg pool from {format_shape(inputs[0])} to {rows}×{columns} "
            "is too large for ONNX"
        )
    return (
        OnnxNode("MatMul", (Constant("rows", _means(height, rows)), X)),
        OnnxNode("MatMul", (LAST, Constant("columns", _means(width, columns).T.copy()))),
    )


MOST_MEANS = 2**24
"""Numbers in the matrices of an adaptive pool: far more than sensible grids need."""


def _means(size: int, cells: int) -> NDArray[np.float32]:
    """The matrix (cells, size) of torch's adaptive windows, which may overlap."""
    means = np.zeros((cells, size), np.float32)
    for cell in range(cells):
        first, end = cell * size // cells, -(-(cell + 1) * size // cells)
        means[cell, first:end] = 1 / (end - first)
    return means


def _batch_norm(op: normalization.BatchNorm, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """ONNX always scales and shifts: by 1 and 0 where nothing is learned."""
    channels = inputs[0][0]
    scale = Learned("weight") if op.scale else Constant("ones", np.ones(channels, np.float32))
    shift = Learned("bias") if op.shift else Constant("zeros", np.zeros(channels, np.float32))
    statistics = (Learned("running_mean"), Learned("running_var"))
    return (OnnxNode("BatchNormalization", (X, scale, shift, *statistics), {"epsilon": op.eps}),)


def _lrn(op: normalization.LocalResponseNorm, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """ONNX's, or torch's formula for an even size.

    Then the window reaches further back than forth in torch, further forth in ONNX, and ONNX
    Runtime takes odd sizes only. The mean over channels is a pool in three dimensions.
    """
    if op.size % 2:
        attributes = {"size": op.size, "alpha": op.alpha, "beta": op.beta, "bias": op.k}
        return (OnnxNode("LRN", (X,), attributes),)
    before, after = op.size // 2, (op.size - 1) // 2
    window = {
        "kernel_shape": (op.size, 1, 1),
        "strides": (1, 1, 1),
        "pads": (before, 0, 0, after, 0, 0),
        "count_include_pad": 1,
    }
    return (
        OnnxNode("Mul", (X, X)),
        OnnxNode("Unsqueeze", (LAST, _whole("depth", 1))),
        OnnxNode("AveragePool", (LAST,), window),
        OnnxNode("Squeeze", (LAST, _whole("depth", 1))),
        OnnxNode("Mul", (LAST, _number("alpha", op.alpha))),
        OnnxNode("Add", (LAST, _number("k", op.k))),
        OnnxNode("Pow", (LAST, _number("beta", op.beta))),
        OnnxNode("Div", (X, LAST)),
    )


def _prelu(op: activation.PReLU, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """Slopes broadcast from the last axis on."""
    slopes = inputs[0][0] if op.per_channel else 1
    return (OnnxNode("PRelu", (X, Learned("weight", (slopes, *(1 for _ in inputs[0][1:]))))),)


def _gelu(op: activation.GELU, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    """In the order of x · (1 + erf(x / √2)) / 2 that runtimes know and make one kernel of."""
    return (
        OnnxNode("Div", (X, _number("sqrt_2", math.sqrt(2)))),
        OnnxNode("Erf", (LAST,)),
        OnnxNode("Add", (LAST, _number("one", 1))),
        OnnxNode("Mul", (X, LAST)),
        OnnxNode("Mul", (LAST, _number("half", 0.5))),
    )


def _flatten(op: arrangement.Flatten, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    return (OnnxNode("Flatten", (X,), {"axis": 1}),) if len(inputs[0]) > 1 else ()


def _concat(op: arrangement.Concat, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    return (OnnxNode("Concat", (X,), {"axis": 1}),) if len(inputs) > 1 else ()


def _add(op: arrangement.Add, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    if len(inputs) < 2:
        return ()
    return (OnnxNode("Add" if len(inputs) == 2 else "Sum"),)


def _plain(kind: str, **attributes: Any) -> OnnxRule:
    """A node with these attributes; texts name the operation's own."""

    def rule(op: Op, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
        values = {
            name: getattr(op, value) if isinstance(value, str) else value
            for name, value in attributes.items()
        }
        return (OnnxNode(kind, (X,), values),)

    return rule


def _same(*steps: OnnxNode) -> OnnxRule:
    """These steps, whatever the attributes."""
    return lambda op, inputs: steps


RULES: dict[type[Op], OnnxRule] = {
    convolution.Convolution: _conv,
    linear.Linear: _linear,
    pooling.MaxPool: _max_pool,
    pooling.AvgPool: _avg_pool,
    pooling.GlobalAvgPool: _plain("GlobalAveragePool"),
    pooling.AdaptiveAvgPool: _adaptive_avg_pool,
    normalization.BatchNorm: _batch_norm,
    normalization.LocalResponseNorm: _lrn,
    activation.ReLU: _plain("Relu"),
    activation.ReLU6: _same(OnnxNode("Clip", (X, _number("least", 0), _number("most", 6)))),
    activation.LeakyReLU: _plain("LeakyRelu", alpha="slope"),
    activation.PReLU: _prelu,
    activation.ELU: _plain("Elu", alpha="alpha"),
    activation.GELU: _gelu,
    activation.SiLU: _same(OnnxNode("Sigmoid"), OnnxNode("Mul", (X, LAST))),
    activation.Mish: _same(
        OnnxNode("Softplus"), OnnxNode("Tanh", (LAST,)), OnnxNode("Mul", (X, LAST))
    ),
    activation.HardSwish: _plain("HardSwish"),
    activation.HardSigmoid: _plain("HardSigmoid", alpha=1 / 6, beta=0.5),
    activation.Sigmoid: _plain("Sigmoid"),
    activation.Tanh: _plain("Tanh"),
    activation.Softplus: _plain("Softplus"),
    activation.Softmax: _plain("Softmax", axis=1),
    arrangement.Dropout: _same(),
    arrangement.Flatten: _flatten,
    arrangement.Identity: _same(),
    arrangement.Scale: lambda op, inputs: (OnnxNode("Mul", (X, _number("factor", op.by))),),
    arrangement.Pad: lambda op, inputs: (_pad_step(op.padding, op.value),),
    arrangement.Concat: _concat,
    arrangement.Add: _add,
}
"""The rule of each operation."""

REMOVED: dict[type[Op], str] = {
    convolution.SeparableConvolution: "ONNX has no such operator: SplitSeparable makes it two",
}
"""Operations without a rule, and why: a pass replaces them first."""
