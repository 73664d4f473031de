"""What the emitted lines are made of: layers, their arguments, how weights start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archc.ops.initialization import Initializer
from archc.plan.arguments import Argument, Expressed, argument_text, is_default
from archc.plan.names import literal
from archc.targets.python import Call

__all__ = [
    "Drawn",
    "KerasLayer",
    "arguments",
    "constant",
    "drawn",
    "drawn_depthwise",
    "keyword",
    "with_deviation",
]


@dataclass(frozen=True, slots=True)
class Drawn(Expressed):
    """An initialiser: its name alone, or a ``call``.

    ``deviation`` is the number that it is given as its only argument.
    """

    call: Call | None = None
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class KerasLayer:
    """A layer to construct and apply, such as ``layers.Conv2D``.

    ``suffix`` tells its name from that of the operation's main layer; a ``join`` takes a list
    of tensors; ``activation`` is the one that it applies; ``remark`` stands before it.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    suffix: str = ""
    join: bool = False
    activation: str | None = None
    remark: str | None = None


def keyword(name: str, value: Any, default: Any = None) -> Argument:
    """Return an argument that is never given by position."""
    return Argument(name, value, default, "keyword")


def arguments(given: Sequence[Argument]) -> list[str | Call]:
    """Return the arguments of a call as code, by position while they obviously can."""
    found: list[str | Call] = []
    positional = True
    for argument in given:
        if is_default(argument):
            positional = False
            continue
        if isinstance(argument.value, Drawn) and argument.value.call is not None:
            positional = False
            call = argument.value.call
            found.append(Call(f"{argument.name}={call.head}", call.arguments))
            continue
        text = argument_text(argument.value)
        named = argument.place == "either" and text == argument.name
        positional = positional and (argument.place == "first" or named)
        found.append(text if positional else f"{argument.name}={text}")
    return found


# How weights start

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


def drawn(initializer: Initializer) -> Drawn:
    """The initialiser of a kernel whose fans are the same in Keras."""
    if initializer.size is not None:
        return _sized(initializer, initializer.size)
    family = _SHORT.get((initializer.scale, initializer.fan))
    distribution = _SHORT_DISTRIBUTION.get(initializer.distribution)
    if family and distribution:
        return Drawn(literal(f"{family}_{distribution}"), _TYPE)
    mode, distribution = _MODES[initializer.fan], _DISTRIBUTIONS[initializer.distribution]
    return _made("VarianceScaling", *map(literal, (initializer.scale, mode, distribution)))


def drawn_depthwise(initializer: Initializer, channels: int, multiplier: int) -> Drawn:
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


def constant(value: float) -> Drawn:
    """A bias that starts as ``value``."""
    return _made("Constant", literal(value))


def _sized(initializer: Initializer, size: float) -> Drawn:
    match initializer.distribution:
        case "uniform":
            return _made("RandomUniform", literal(-size), literal(size))
        case "truncated normal":
            return with_deviation("initializers.TruncatedNormal", size)
    return with_deviation("initializers.RandomNormal", size)


def with_deviation(head: str, size: float | Expressed) -> Drawn:
    """An initialiser that takes a standard deviation: a number, or a parameter."""
    text, number = (size.text, None) if isinstance(size, Expressed) else (literal(size), size)
    call = Call(head, (f"stddev={text}",))
    return Drawn(call.flat, _TYPE, call, number)


def _made(name: str, *arguments: str) -> Drawn:
    call = Call(f"initializers.{name}", arguments)
    return Drawn(call.flat, _TYPE, call)
