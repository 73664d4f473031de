"""Padding and windows as Keras has them: ``same``, ``valid``, or a layer that pads before.

Keras knows TensorFlow's SAME and no padding. Other cells are padded by a layer of their own,
and so is the end that a pool's last window hangs over in ceil mode.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from archc.ir import Network, Operation
from archc.ir.rewrite import Replacement, rewrite
from archc.ops import Shape
from archc.ops.attributes import Pads
from archc.ops.convolution import Convolution
from archc.ops.windowed import Windowed, Windows
from archc.plan.arguments import Argument
from archc.targets.keras.arguments import KerasLayer, keyword

__all__ = [
    "OneByOne",
    "WindowSurroundings",
    "is_same",
    "look_around",
    "pad_layer",
    "pair",
    "subsampled",
]


@dataclass(frozen=True, slots=True)
class WindowSurroundings:
    """What an operation's windows see around an input.

    ``pads`` are cells to pad before a layer without padding. ``inside`` says that there is
    nothing to pad, ``as_same`` that SAME has the same windows, and ``even`` that SAME pads as
    much after as before.
    """

    pads: Pads
    inside: bool
    as_same: bool
    even: bool


def look_around(op: Windowed, size: tuple[int, int], output: tuple[int, int]) -> WindowSurroundings:
    """The surroundings of an input of ``size`` (height, width) that gives ``output`` windows."""
    written = op.pads(*size)
    pairs = (written[:2], written[2:])
    reached, same = [], []
    inside = as_same = True
    for cells, pads, extent, stride, count in zip(
        size, pairs, op.extents, op.stride, output, strict=True
    ):
        reach = max(Windows.beyond(cells, extent, stride, pads[0], count), 0)
        fits = Windows.count(cells, extent, stride, pads, False) == count
        reached.append((pads[0], pads[1] if fits else reach))
        around = Windows.same(cells, extent, stride)
        same.append(around)
        inside = inside and pads[0] == 0 and reach == 0
        as_same = as_same and pads[0] == around[0] and count == -(-cells // stride)
    (top, bottom), (left, right) = reached
    even = all(before == after for before, after in same)
    return WindowSurroundings((top, bottom, left, right), inside, as_same, even)


def pad_layer(pads: Pads, value: float = 0.0, suffix: str = "") -> KerasLayer:
    """A layer that adds cells of ``value``."""
    cells = Argument("padding", _cells(pads), place="first")
    if value == 0:
        return KerasLayer("layers.ZeroPadding2D", (cells,), suffix)
    sides = Argument("padding", (pads[:2], pads[2:]), place="first")
    return KerasLayer("ConstantPadding2D", (sides, keyword("value", value)), suffix)


def _cells(pads: Pads) -> Any:
    """Cells as ``ZeroPadding2D`` takes them, as short as can be."""
    top, bottom, left, right = pads
    if (top, left) == (bottom, right):
        return pair((top, left))
    return (top, bottom), (left, right)


def subsampled(stride: tuple[int, int]) -> KerasLayer:
    """Every stride-th cell, for layers that cannot have both a stride and a dilation."""
    arguments = (
        Argument("pool_size", 1, place="first"),
        Argument("strides", pair(stride), place="first"),
    )
    remark = "Keras has no stride beside dilation: keep the cells that a stride would."
    return KerasLayer("layers.MaxPooling2D", arguments, "subsample", remark=remark)


def is_same(op: Windowed, shape: Shape, computed: Collection[str]) -> bool:
    """Whether to write ``same`` for a convolution. Cells hold for every stride, SAME for one."""
    if op.padding == "same":
        return True
    _, height, width = shape
    pads = op.pads(height, width)
    as_same = op.replace(padding="same").pads(height, width)
    return any(pads) and pads == as_same and "stride" not in computed


def pair(value: Iterable[int]) -> Any:
    """Height and width as Keras takes them: one number where they are equal."""
    height, width = value
    return height if height == width else (height, width)


@dataclass(frozen=True)
class OneByOne:
    """Let convolutions that pad nothing say what the network's other convolutions do.

    Before::

        convolution 1×1, padding same -> convolution 3×3, padding valid

    After::

        convolution 1×1, padding valid -> convolution 3×3, padding valid

    So most functions need no argument for the padding.
    """

    def __call__(self, network: Network) -> Network:
        """The network with one word for the padding of its 1×1 convolutions of stride 1."""
        others = {
            _padding_word(each)
            for each in network.operations(heads=True)
            if isinstance(each.op, Convolution) and not _pads_nothing(each.op)
        }
        usual = "same" if "same" in others and "valid" not in others else "valid"

        def rule(operation: Operation) -> list[Replacement] | None:
            op = operation.op
            if not (isinstance(op, Convolution) and _pads_nothing(op)) or op.padding == usual:
                return None
            changed = op.replace(padding=usual)
            return [Replacement(operation.name, changed, operation.expressions)]

        return rewrite(network, rule)


def _pads_nothing(op: Convolution) -> bool:
    unpadded = op.padding in ("same", "valid", (0, 0, 0, 0))
    return unpadded and op.extents == op.stride == (1, 1)


def _padding_word(operation: Operation) -> str | None:
    """``same`` or ``valid`` where a convolution is written with it; None with a padding layer."""
    op, (shape,) = operation.op, operation.input_shapes
    assert isinstance(op, Windowed)
    if is_same(op, shape, operation.expressions.keys()):
        return "same"
    return None if any(op.pads(*shape[1:])) else "valid"
