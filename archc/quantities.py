"""Figures as papers print them: ``2.7K``, ``360M``, ``6,998,552``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Quantity", "parse_quantity"]

_QUANTITY = re.compile(r"(\d[\d,]{0,20}(?:\.\d{1,9})?)\s*([KMGB]?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A printed figure: ``2.7K`` has the number 2.7, suffix K and last digit 0.1."""

    number: Decimal
    suffix: str
    digit: Decimal


def parse_quantity(text: str) -> Quantity | None:
    """The parts of a printed figure, or None if it is none."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return None
    number = Decimal(match[1].replace(",", ""))
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return Quantity(number, match[2], Decimal(1).scaleb(exponent))
