"""Operations and their attributes in the words of the papers' tables."""

from __future__ import annotations

from collections.abc import Sequence

from archc.fields import to_key
from archc.ops import Op
from archc.ops.arrangement import Dropout, Scale
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.pooling import AdaptiveAvgPool, Pool
from archc.ops.windowed import Windowed
from archc.verify.graph import Unknown

__all__ = ["attribute", "describe", "number", "patch"]

_FLAGS = {
    "bias": ("bias", "no bias"),
    "scale": ("a learned scale", "no learned scale"),
    "shift": ("a learned shift", "no learned shift"),
    "ceil": ("ceil mode", "floor mode"),
    "count_include_pad": ("padding counted in the mean", "padding not counted in the mean"),
    "per_channel": ("a slope per channel", "one slope"),
}


def describe(op: Op | Unknown) -> str:
    """An operation and what makes it this one: ``max pool 3×3/2``."""
    if isinstance(op, Unknown):
        return op.name
    name = op.names[0]
    match op:
        case Convolution():
            return f"{name} {patch(op)}, {op.filters} filters"
        case Pool():
            return f"{name} {patch(op)}"
        case AdaptiveAvgPool(output=size):
            return f"{name} {_pair(size)}"
        case Linear(filters=filters):
            return f"{name} {filters}"
        case Dropout(rate=rate):
            return f"{name} {number(100 * rate)}%"
        case Scale(by=factor):
            return f"{name} by {number(factor)}"
    return name


def patch(op: Windowed) -> str:
    """Kernel and stride as tables print them."""
    step = str(op.stride[0]) if op.stride[0] == op.stride[1] else _pair(op.stride)
    return f"{_pair(op.kernel)}/{step}"


def attribute(name: str, value: object) -> tuple[str, str]:
    """What an attribute is called and its value: ``kernel`` and ``5×5``.

    What is said without its name (``no bias``) has none.
    """
    if isinstance(value, bool):
        yes, no = _FLAGS.get(name, (to_key(name), f"no {to_key(name)}"))
        return "", yes if value else no
    if name == "rate" and isinstance(value, float):
        return name, f"{number(100 * value)}%"
    return to_key(name), _value(name, value)


def _value(name: str, value: object) -> str:
    match value:
        case (int(height), int(width)):
            return _pair((height, width)) if name == "kernel" else _short(height, width)
        case (int(top), int(bottom), int(left), int(right)):
            if (top, left) == (bottom, right):
                return _short(top, left)
            return f"[{top}, {bottom}, {left}, {right}]"
        case float():
            return number(value)
    return str(value)


def _short(height: int, width: int) -> str:
    return str(height) if height == width else _pair((height, width))


def _pair(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


def number(value: float) -> str:
    """A number without zeros at its end."""
    return f"{value:.6g}"
