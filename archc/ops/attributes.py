"""The types of operations' attributes: how each is written, checked and described.

Written forms are the papers': ``3×3`` or ``3x3`` (height × width), ``40%``. A number stands
for both directions.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from archc.fields import (
    FINITE,
    FLAG,
    Mistake,
    Mistakes,
    Path,
    Real,
    ValueType,
    Whole,
    Written,
)

__all__ = [
    "CHANNELS",
    "FINITE",
    "FLAG",
    "NUMBER",
    "PADDING",
    "PAIR",
    "RATE",
    "SPREAD",
    "Padding",
    "Pads",
    "Pair",
]

LARGEST = 2**31 - 1
"""Sizes stay below this: torch counts a dimension in 64 bits, ONNX Runtime in 32."""

Pads = tuple[int, int, int, int]
"""Cells added at the top, bottom, left and right."""

Pair = tuple[int, int]
"""Height and width."""

Padding = Literal["same", "valid"] | Pads
"""``same``, ``valid``, or cells at the top, bottom, left and right."""

_PAIR = re.compile(r"\s*(\d{1,9})\s*[×xX*]\s*(\d{1,9})\s*")
_DECIMAL = re.compile(r"\s*\d{0,9}\.?\d{1,9}\s*")
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*")


def _pair(value: Any) -> Any:
    """``3`` or ``3×1`` or ``[3, 1]`` as a tuple of two."""
    if isinstance(value, str) and (match := _PAIR.fullmatch(value)):
        return int(match[1]), int(match[2])
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value, value
    if isinstance(value, list | tuple) and len(value) == 2:
        return tuple(value)
    raise ValueError("write a number, or height×width such as 3×1")


def _padding(value: Any) -> Any:
    """``same``, ``valid``, a number, ``height×width``, or ``[top, bottom, left, right]``."""
    if value in ("same", "valid"):
        return value
    cells = _cells(value)
    if cells is None:
        raise ValueError(
            "write `same`, `valid`, a number, height×width, or [top, bottom, left, right]"
        )
    return cells


def _spread(value: Any) -> Any:
    """`_padding` without its words."""
    cells = _cells(value)
    if cells is None:
        raise ValueError("write a number, height×width, or [top, bottom, left, right]")
    return cells


def _cells(value: Any) -> tuple[Any, ...] | None:
    """Cells at the top, bottom, left and right; None for anything else."""
    cells = tuple(value) if isinstance(value, list | tuple) and len(value) == 4 else None
    if cells is None:
        try:
            pair = _pair(value)
        except ValueError:
            return None
        if not isinstance(pair, tuple):
            return None
        cells = (pair[0], pair[0], pair[1], pair[1])
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in cells)
    return cells if whole and min(cells) >= 0 and max(cells) <= LARGEST else None


def _rate(value: Any) -> Any:
    """``0.4`` or ``40%``."""
    if not isinstance(value, str):
        return value
    if match := _PERCENT.fullmatch(value):
        return float(match[1]) / 100
    return float(value) if _DECIMAL.fullmatch(value) else value


class _Channels(Whole):
    """A number of channels, at least 1; may be arithmetic."""

    is_arithmetic = True

    def schema(self) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}],
            "description": "a whole number, or arithmetic over columns",
        }


class _Rate(Real):
    """A share in [0, 1); a text is a decimal number or a percentage."""

    def __init__(self) -> None:
        super().__init__(least=0, below=1)

    def check(self, value: Any, path: Path) -> Any:
        try:
            return super().check(_rate(value), path)
        except Mistakes as error:
            written = (mistake._replace(value=value) for mistake in error.mistakes)
            raise Mistakes(*written) from None

    def beyond(self, value: Any, path: Path, words: str, limit: float) -> Mistakes:
        if words == "less than":
            return Mistakes(Mistake(path, "limit", value, "less than 1, or a percentage as `40%`"))
        return super().beyond(value, path, words, limit)

    def schema(self) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": r"^\s*\d{1,3}(\.\d+)?\s*%\s*$"},
            ],
            "description": "a share between 0 and 1, or a percentage",
        }


_PAIR_PATTERN = {"type": "string", "pattern": r"^\s*\d+\s*[×xX*]\s*\d+\s*$"}
_CELLS = [
    {"type": "integer", "minimum": 0},
    _PAIR_PATTERN,
    {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4},
]


class _Sizes(ValueType):
    """Height and width in numbers, each at least 1."""

    expected = "a list"

    def check(self, value: Any, path: Path) -> Any:
        if not isinstance(value, tuple):
            raise self.wrong_type(value, path)
        height, width = (_SIZE.check(size, (*path, at)) for at, size in enumerate(value))
        return height, width


_SIZE = Whole(least=1, most=LARGEST)

CHANNELS = _Channels(least=1, most=LARGEST)
"""A number of channels."""

PAIR = Written(
    _pair,
    {
        "anyOf": [
            {"type": "integer", "minimum": 1},
            _PAIR_PATTERN,
            {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        ],
        "description": "a number, or height×width",
    },
    then=_Sizes(),
)
"""Height and width, each at least 1."""

PADDING = Written(
    _padding,
    {
        "anyOf": [{"enum": ["same", "valid"]}, *_CELLS],
        "description": "same, valid, a number, height×width, or [top, bottom, left, right]",
    },
)
"""What surrounds the input: ``same`` as TensorFlow pads, ``valid`` for none, or cells."""

SPREAD = Written(
    _spread,
    {"anyOf": _CELLS, "description": "a number, height×width, or [top, bottom, left, right]"},
)
"""Padding in cells, never a word."""

RATE = _Rate()
"""A share in [0, 1)."""

NUMBER = FINITE
"""Any finite number."""
