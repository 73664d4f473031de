"""How weights start: the distributions that papers' reference implementations draw from.

Written ``normal (0.01)``, ``truncated normal (0.1)``, ``uniform (0.05)``, or by family:
``he normal``, ``xavier uniform``, ``lecun uniform (fan out)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from archc.fields import Choice, Maybe, Real, Record, Written, field

__all__ = ["INITIAL", "TRUNCATED", "Initializer"]

_FANS = ("fan in", "fan out", "fan average")

TRUNCATED = 0.87962566103423978
"""The standard deviation of a unit normal distribution cut at two."""

_FAMILIES: dict[str, tuple[float, str]] = {
    "he": (2.0, "fan in"),  # He et al., Delving Deep into Rectifiers (2015)
    "lecun": (1.0, "fan in"),  # LeCun et al., Efficient BackProp (1998); Caffe's "xavier"
    "xavier": (1.0, "fan average"),  # Glorot & Bengio (2010)
}
_CALLED = {"kaiming": "he", "msra": "he", "glorot": "xavier"}
"""What other libraries call a family."""
_WRITTEN = re.compile(
    r"\s*(?:(he|lecun|xavier)\s+)?(truncated\s+normal|normal|uniform)\s*(?:\(([^()]{1,20})\))?\s*",
    re.IGNORECASE,
)
_HELP = "write `normal (0.01)`, `truncated normal (0.1)`, `uniform (0.05)`, or `he normal`"


class Initializer(Record):
    """A distribution around zero.

    Its spread is ``size`` (the standard deviation, of a truncated normal before it is cut at
    two of them; the bound of a uniform one), or else comes from a layer's fan: the variance
    is ``scale`` / fan.
    """

    distribution: str = field(Choice("normal", "truncated normal", "uniform"))
    size: float | None = field(Maybe(Real()), default=None)
    scale: float = field(Real(), default=1.0)
    fan: str = field(Choice(*_FANS), default="fan in")

    def __str__(self) -> str:
        """The distribution with its size, or with what its variance comes from."""
        if self.size is not None:
            return f"{self.distribution} ({self.size:.6g})"
        for family, variance in _FAMILIES.items():
            if variance == (self.scale, self.fan):
                return f"{family} {self.distribution}"
        return f"{self.distribution} (variance {self.scale:.6g} / {self.fan})"

    def spread(self, shape: Sequence[int]) -> float:
        """``size`` for a kernel of ``shape`` (out, in / groups, height, width) or (out, in)."""
        if self.size is not None:
            return self.size
        window = math.prod(shape[2:])
        fans = {"fan in": shape[1] * window, "fan out": shape[0] * window}
        fan = fans.get(self.fan, (fans["fan in"] + fans["fan out"]) / 2)
        deviation = math.sqrt(self.scale / fan)
        match self.distribution:
            case "uniform":
                return math.sqrt(3) * deviation
            case "truncated normal":
                return deviation / TRUNCATED
        return deviation


def _parse(value: Any) -> Any:
    if isinstance(value, Initializer) or value is None:
        return value
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(_way_out(value))
    family, distribution, inside = match.groups()
    found: dict[str, Any] = {"distribution": " ".join(distribution.lower().split())}
    if family is None:
        return Initializer(**found, size=_size(inside))
    scale, fan = _FAMILIES[family.lower()]
    if inside is not None and inside.strip().lower() not in _FANS:
        raise ValueError("write `(fan in)`, `(fan out)` or `(fan average)`")
    found["fan"] = inside.strip().lower() if inside else fan
    return Initializer(**found, scale=scale)


def _way_out(value: Any) -> str:
    """Say what to write instead: the family that is meant, or all that there are."""
    first = value.casefold().split()[:1] if isinstance(value, str) else []
    family = next((_CALLED.get(word, word) for word in first), "")
    if family not in _FAMILIES:
        return _HELP
    return f"write `{family} normal`, `{family} uniform` or `{family} truncated normal`"


def _size(text: str | None) -> float:
    """A positive number. Raises ValueError for anything else."""
    if text is None or not re.fullmatch(r"\s*\d{0,9}\.?\d{1,9}\s*", text) or float(text) <= 0:
        raise ValueError(_HELP)
    return float(text)


INITIAL = Written(
    _parse,
    {
        "type": "string",
        "pattern": r"^\s*(\w+\s+){0,2}([Nn]ormal|[Uu]niform)\s*(\(.*\))?\s*$",
        "description": "a distribution: normal (0.01), he normal, xavier uniform, …",
    },
)
"""How a weight starts; None leaves it to the framework."""
