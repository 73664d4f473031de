"""How weights start, as Keras says it."""

from __future__ import annotations

from archc.ops.initialization import Initializer
from archc.plan.names import literal
from archc.targets.keras.code import Code
from archc.targets.python import Call

__all__ = ["constant", "drawn", "drawn_depthwise", "spread"]

_TYPE = "str | initializers.Initializer"

_SHORT: dict[tuple[float, str], str] = {
    (2.0, "fan in"): "he",
    (1.0, "fan in"): "lecun",
    (1.0, "fan average"): "glorot",
}
_SHORT_DISTRIBUTION = {"truncated normal": "normal", "uniform": "uniform"}
"""Keras' ``he_normal`` is a truncated normal; a plain one has no short name."""

_MODES = {"fan in": "fan_in", "fan out": "fan_out", "fan average": "fan_avg"}
_DISTRIBUTIONS = {
    "normal": "untruncated_normal",
    "truncated normal": "truncated_normal",
    "uniform": "uniform",
}


def drawn(initializer: Initializer) -> Code:
    """The initialiser of a kernel whose fans are the same in Keras."""
    if initializer.size is not None:
        return _sized(initializer, initializer.size)
    family = _SHORT.get((initializer.scale, initializer.fan))
    distribution = _SHORT_DISTRIBUTION.get(initializer.distribution)
    if family and distribution:
        return Code(literal(f"{family}_{distribution}"), _TYPE)
    mode, distribution = _MODES[initializer.fan], _DISTRIBUTIONS[initializer.distribution]
    return _made("VarianceScaling", *map(literal, (initializer.scale, mode, distribution)))


def drawn_depthwise(initializer: Initializer, channels: int, multiplier: int) -> Code:
    """The initialiser of a depthwise kernel, (height, width, channels, multiplier) in Keras.

    The operation's fans are those of a convolution in groups: in is height · width, out is
    height · width · channels · multiplier. Keras takes height · width · channels and height ·
    width · multiplier.
    """
    swapped: dict[str, tuple[str, float]] = {
        "fan in": ("fan out", initializer.scale * multiplier),
        "fan out": ("fan in", initializer.scale / multiplier),
        "fan average": (
            "fan average",
            initializer.scale * (channels + multiplier) / (1 + channels * multiplier),
        ),
    }
    fan, scale = swapped[initializer.fan]
    return drawn(initializer.replace(fan=fan, scale=scale))


def constant(value: float) -> Code:
    """A bias that starts as ``value``."""
    return _made("Constant", literal(value))


def _sized(initializer: Initializer, size: float) -> Code:
    match initializer.distribution:
        case "uniform":
            return _made("RandomUniform", literal(-size), literal(size))
        case "truncated normal":
            return spread("initializers.TruncatedNormal", size)
    return spread("initializers.RandomNormal", size)


def spread(head: str, size: float | Code) -> Code:
    """An initialiser that takes a standard deviation: a number, or a parameter."""
    text, number = (size.text, None) if isinstance(size, Code) else (literal(size), size)
    call = Call(head, (f"stddev={text}",))
    return Code(call.flat, _TYPE, call, number)


def _made(name: str, *arguments: str) -> Code:
    call = Call(f"initializers.{name}", arguments)
    return Code(call.flat, _TYPE, call)
