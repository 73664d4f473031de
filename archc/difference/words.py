"""Operations and their attributes as specs write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.difference.layers import Layer
from archc.fields import to_key
from archc.ops import Op
from archc.ops.initialization import Initializer
from archc.ops.windowed import Windowed

__all__ = ["attributes", "describe", "plural"]


def attributes(layer: Layer) -> dict[str, str]:
    """A layer's attributes by key, its norm and activation included."""
    found = {to_key(name): _value(name, getattr(layer.op, name)) for name in _fields(layer.op)}
    found["norm"] = _followers(layer.norm)
    found["activation"] = _followers(layer.activation)
    return found


def describe(layer: Layer, filters: bool = True) -> str:
    """An operation and its size: ``convolution 3×3/1, 64 filters``."""
    return " ".join(filter(None, (layer.name, ", ".join(_sizes(layer.op, filters)))))


def plural(name: str) -> str:
    """More than one of an operation: ``convolutions``, ``batch norms``."""
    return name if name.endswith("s") else f"{name}{'es' if name.endswith('x') else 's'}"


def _sizes(op: Op, with_filters: bool) -> Iterator[str]:
    if isinstance(op, Windowed):
        yield f"{_value('kernel', op.kernel)}/{_value('stride', op.stride)}"
    filters = getattr(op, "filters", None)
    if filters is not None and with_filters:
        yield f"{filters} filters"


def _fields(op: Op) -> list[str]:
    return list(op.fields)


def _followers(ops: Sequence[Op]) -> str:
    """``batch norm (eps 0.001)``, or ``none``."""
    return ", ".join(map(_follower, ops)) or "none"


def _follower(op: Op) -> str:
    given = [
        f"{to_key(name)} {_value(name, getattr(op, name))}"
        for name, field in op.fields.items()
        if getattr(op, name) != field.default
    ]
    return f"{op.names[0]} ({', '.join(given)})" if given else op.names[0]


def _value(name: str, value: object) -> str:
    match value:
        case None:
            return "default"
        case bool():
            return str(value).lower()
        case float():
            return f"{100 * value:.6g}%" if name == "rate" else f"{value:.6g}"
        case (int(height), int(width)):
            return str(height) if name == "stride" and height == width else f"{height}×{width}"
        case (int(top), int(bottom), int(left), int(right)):
            if (top, left) != (bottom, right):
                return f"[{top}, {bottom}, {left}, {right}]"
            return str(top) if top == left else f"{top}×{left}"
        case Initializer():
            return _initializer(value)
    return str(value)


def _initializer(value: Initializer) -> str:
    """The distribution with its size, or its variance by fan: what a family's name stands for."""
    if value.size is not None:
        return f"{value.distribution} ({value.size:.6g})"
    families = {(2.0, "fan in"): "he", (1.0, "fan in"): "lecun", (1.0, "fan average"): "xavier"}
    family = families.get((value.scale, value.fan))
    if family is not None:
        return f"{family} {value.distribution}"
    return f"{value.distribution} (variance {value.scale:.6g} / {value.fan})"
