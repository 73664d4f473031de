"""Figures as papers print them: ``2.7K``, ``360M``, ``6,998,552``, ``22.7%``."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Quantity", "aligned", "parse_quantity", "percent", "short"]

_SCALES = {"T": 10**12, "G": 10**9, "M": 10**6, "K": 10**3}

_QUANTITY = re.compile(r"(\d[\d,]{0,20}(?:\.\d{1,9})?)\s*([KMGB]?)", re.ASCII)


class Quantity(NamedTuple):
    """A printed figure: ``2.7K`` has the number 2.7, suffix K and last digit 0.1."""

    number: Decimal
    suffix: str
    digit: Decimal


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Quantity | None:
    """The parts of a printed figure, or None if it is none."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return None
    number = Decimal(match[1].replace(",", ""))
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return Quantity(number, match[2], Decimal(1).scaleb(exponent))


def short(number: int) -> str:
    """A count to three digits, in a unit that fits: ``118M``; zeros at the end are left out."""
    for suffix, scale in _SCALES.items():
        rounded = float(f"{number / scale:.3g}")
        if rounded >= 1:
            return f"{rounded:,.12g}{suffix}"
    return str(number)


def aligned(number: int, unit: str) -> str:
    """A count with two decimals in ``M`` or ``G``, as a column of them is read: ``0.30G``.

    One that would hardly be seen so, of less than a tenth, has a smaller unit: ``9.19K``.
    """
    units = list(_SCALES)
    for suffix in units[units.index(unit) :]:
        scale = _SCALES[suffix]
        if number >= max(scale // 10, 1000):
            return f"{number / scale:,.2f}{suffix}"
    return str(number)


def percent(share: float) -> str:
    """A part of a whole, 0 to 1: ``22.7%``; a small part is not shown as none."""
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"
