"""The primitive operations. Each is one class; `OPS` lists them all."""

from __future__ import annotations

from functools import lru_cache

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
from archc.ops.base import Op
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.family import Family
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from archc.ops.shape import Shape, ShapeError, format_shape
from archc.ops.tensor import LayerTensor, Role

__all__ = [
    "OPS",
    "Family",
    "LayerTensor",
    "Op",
    "Role",
    "Shape",
    "ShapeError",
    "find",
    "format_shape",
    "words",
]

OPS: tuple[type[Op], ...] = (
    Convolution,
    SeparableConvolution,
    Linear,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
    AdaptiveAvgPool,
    BatchNorm,
    LocalResponseNorm,
    ReLU,
    ReLU6,
    LeakyReLU,
    PReLU,
    ELU,
    GELU,
    SiLU,
    Mish,
    HardSwish,
    HardSigmoid,
    Sigmoid,
    Tanh,
    Softplus,
    Softmax,
    Dropout,
    Flatten,
    Concat,
    Add,
    Scale,
    Identity,
    Pad,
)


@lru_cache(maxsize=4096)
def words(name: str) -> str:
    """A type's name without case, spaces and hyphens: ``Max-pool`` and ``maxpool`` are one."""
    return name.casefold().replace(" ", "").replace("-", "").replace("_", "")


_BY_WORD = {words(name): op for op in OPS for name in op.names}


def find(name: str) -> type[Op] | None:
    """The operation that a table calls ``name``, or None."""
    return _BY_WORD.get(words(name))
