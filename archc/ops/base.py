"""What every operation states about itself: attributes, shape rule, costs.

Costs follow one convention throughout archc. Params are learned numbers (running statistics
are buffers). Weights are the kernels of convolutions and linear layers alone. Multiply-adds
are those of convolutions and linear layers, one operation each, without bias.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable, Sequence
from functools import cache
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from archc.diagnostics import Code
from archc.ops.attributes import Arithmetic
from archc.ops.kind import Kind
from archc.ops.shape import Shape, ShapeError, format_shape, is_map

__all__ = ["Elementwise", "Op", "Windows", "expect_map", "one", "to_field", "to_key"]


def to_field(key: str) -> str:
    """The Python name of a key: ``count include pad`` is ``count_include_pad``."""
    return key.strip().replace(" ", "_").replace("-", "_")


def to_key(field: str) -> str:
    """The key of a Python name, as specs write it."""
    return field.replace("_", " ")


class Op(BaseModel):
    """One primitive operation. The fields are its attributes and thereby its YAML schema."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_key, populate_by_name=True
    )

    names: ClassVar[tuple[str, ...]]
    """What tables call it; the first is archc's own name."""
    short: ClassVar[str] = ""
    """What code calls it beside its norm and activation (``conv``); else the first name."""
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """How many tensors it takes, at least and at most."""
    parenthesis: ClassVar[str | None] = None
    """The attribute that a table gives in parentheses: ``dropout (40%)``."""
    layers: ClassVar[int] = 0
    """What it adds to the depth of a network, which counts layers with kernels."""
    fresh: ClassVar[bool] = False
    """Whether its output is a new tensor that its own gradient does not need."""
    kind: ClassVar[Kind] = Kind.OTHER
    """What it is in drawings."""
    in_place_after: ClassVar[bool] = False
    """Whether it may overwrite its input when nothing else reads it."""

    @abstractmethod
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape. Raises `ShapeError` when the inputs do not fit."""

    def weights(self, inputs: Sequence[Shape]) -> int:
        """Learned kernel weights of convolutions and linear layers."""
        return 0

    def params(self, inputs: Sequence[Shape]) -> int:
        """All learned numbers: kernels, biases, a norm's scale and shift."""
        return self.weights(inputs)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiply-adds for one sample."""
        return 0

    def variant(self, inputs: Sequence[Shape]) -> Hashable:
        """What two of one type must share for one kind of layer to stand for both.

        Frameworks may have several layers for one operation: batch norms of maps and of vectors.
        """
        return ()

    @classmethod
    @cache
    def arithmetic(cls) -> frozenset[str]:
        """The attributes that a spec may compute from columns."""
        fields = cls.model_fields.items()
        return frozenset(
            name
            for name, field in fields
            if any(isinstance(mark, Arithmetic) for mark in field.metadata)
        )

    @classmethod
    @cache
    def attributes(cls) -> frozenset[str]:
        """The names of all attributes."""
        return frozenset(cls.model_fields)

    @classmethod
    @cache
    def required(cls) -> tuple[str, ...]:
        """The attributes that have no default."""
        return tuple(name for name, field in cls.model_fields.items() if field.is_required())


class Elementwise(Op):
    """An operation on each element: the output has the input's shape."""

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return one(inputs)


def one(inputs: Sequence[Shape]) -> Shape:
    """The only input."""
    (shape,) = inputs
    return shape


def expect_map(op: Op, shape: Shape) -> tuple[int, int, int]:
    """Channels, height and width of a feature map; an error for a vector."""
    if is_map(shape):
        channels, height, width = shape
        return channels, height, width
    raise ShapeError(
        Code.WRONG_RANK,
        f"{op.names[0]} needs a feature map (height×width×channels), "
        f"its input is a vector of {format_shape(shape)}",
        "move it before the `flatten` row",
    )


class Windows:
    """The arithmetic of sliding windows, along one direction (torch's, in integers)."""

    @staticmethod
    def extent(kernel: int, dilation: int) -> int:
        """Cells from a window's first to its last, both included."""
        return dilation * (kernel - 1) + 1

    @staticmethod
    def same(size: int, extent: int, stride: int) -> tuple[int, int]:
        """Padding before and after that TensorFlow's SAME adds; an odd cell goes after.

        Symmetric for stride 1 and an odd extent.
        """
        total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
        return total // 2, total - total // 2

    @staticmethod
    def count(size: int, extent: int, stride: int, pads: tuple[int, int], ceil: bool) -> int:
        """How many windows fit. With ``ceil`` the last one may hang over the end.

        A window that would start beyond the input and its leading padding does not count
        (torch's rule in ``pooling_output_shape``).
        """
        room = size + sum(pads) - extent
        if not ceil:
            return room // stride + 1
        count = -(-room // stride) + 1
        return count - 1 if (count - 1) * stride >= size + pads[0] else count
