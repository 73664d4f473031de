"""The types of operations' attributes: how each is written, checked and described.

Written forms are the papers': ``3×3`` or ``3x3`` (height × width), ``40%``. A number stands
for both directions.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

__all__ = [
    "Affirmed",
    "Arithmetic",
    "Channels",
    "Number",
    "Padding",
    "Pads",
    "Pair",
    "Rate",
    "Spread",
]

LARGEST = 2**31 - 1
"""Sizes stay below this: torch counts a dimension in 64 bits, ONNX Runtime in 32."""

Pads = tuple[int, int, int, int]
"""Cells added at the top, bottom, left and right."""

_PAIR = re.compile(r"\s*(\d{1,9})\s*[×xX*]\s*(\d{1,9})\s*")
_DECIMAL = re.compile(r"\s*\d{0,9}\.?\d{1,9}\s*")
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*")


class Arithmetic:
    """Marks an attribute that a spec may give as arithmetic over columns."""


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


_size = Annotated[int, Field(ge=1, le=LARGEST)]
_step = Annotated[int, Field(ge=0, le=LARGEST)]

Channels = Annotated[
    int,
    Field(ge=1, le=LARGEST),
    Arithmetic(),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}],
            "description": "a whole number, or arithmetic over columns",
        }
    ),
]
"""A number of channels, at least 1; may be arithmetic."""

_PAIR_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": r"^\s*\d+\s*[×xX*]\s*\d+\s*$"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    ],
    "description": "a number, or height×width",
}

Pair = Annotated[tuple[_size, _size], BeforeValidator(_pair), WithJsonSchema(_PAIR_SCHEMA)]
"""Height and width, each at least 1."""

Padding = Annotated[
    Literal["same", "valid"] | tuple[_step, _step, _step, _step],
    BeforeValidator(_padding),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["same", "valid"]},
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\d+\s*[×xX*]\s*\d+\s*$"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4},
            ],
            "description": "same, valid, a number, height×width, or [top, bottom, left, right]",
        }
    ),
]
"""What surrounds the input: ``same`` as TensorFlow pads, ``valid`` for none, or cells."""

Spread = Annotated[
    tuple[_step, _step, _step, _step],
    BeforeValidator(_spread),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\d+\s*[×xX*]\s*\d+\s*$"},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4},
            ],
            "description": "a number, height×width, or [top, bottom, left, right]",
        }
    ),
]
"""Padding in cells, never a word."""

Rate = Annotated[
    float,
    BeforeValidator(_rate),
    Field(ge=0, lt=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": r"^\s*\d{1,3}(\.\d+)?\s*%\s*$"},
            ],
            "description": "a share between 0 and 1, or a percentage",
        }
    ),
]
"""A share in [0, 1)."""

Number = Annotated[float, Field(allow_inf_nan=False)]
"""Any finite number."""

Affirmed = bool
"""``true`` or ``false``."""
