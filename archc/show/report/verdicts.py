"""Printed figures against computed ones, in the paper's units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal, NamedTuple

from archc.ir import Units
from archc.quantities import Quantity

__all__ = ["MARKS", "WORDS", "Published", "Verdict", "compare", "compare_count", "in_units"]

Verdict = Literal["exact", "rounding", "erratum"]

_PRECISION = 100  # digits, more than any count in any unit needs

MARKS: dict[Verdict, str] = {"exact": "=", "rounding": "≈", "erratum": "✗"}
"""How a table shows a verdict."""

WORDS: dict[Verdict, str] = {
    "exact": "exact", "rounding": "off by rounding", "erratum": "erratum",
}  # fmt: skip
"""Verdicts in words."""


class Published(NamedTuple):
    """A cell of the paper's table: as printed, as computed in its units, and the verdict."""

    printed: str
    computed: str
    verdict: Verdict
    note: str | None = None


def compare(
    printed: str, quantity: Quantity, value: int, units: Units, note: str | None
) -> Published:
    """Compare a printed quantity with a computed count.

    *exact*: the computed figure rounds to the printed one. *rounding*: it is within one unit
    of the printed figure's last digit. *erratum*: neither.
    """
    with localcontext(prec=_PRECISION):
        computed = Decimal(value) / scale(quantity.suffix, units)
        rounded = computed.quantize(quantity.digit, ROUND_HALF_UP)
        shown = f"{computed.quantize(quantity.digit / 100).normalize():f}{quantity.suffix}"
    if rounded == quantity.number:
        return Published(printed, shown, "exact", note)
    near = abs(computed - quantity.number) <= quantity.digit
    return Published(printed, shown, "rounding" if near else "erratum", note)


def compare_count(printed: str, value: int, note: str | None) -> Published:
    """Compare a printed count (depth) with the computed one."""
    verdict: Verdict = "exact" if printed == str(value) else "erratum"
    return Published(printed, str(value), verdict, note)


def scale(suffix: str, units: Units) -> Decimal:
    """Return what a suffix stands for in this paper."""
    values = {"": 1.0, "K": units.K, "M": units.M, "G": units.G, "B": units.G}
    return Decimal(values[suffix])


_SMALLER = {"G": "M", "M": "K", "K": ""}


def in_units(value: int, suffix: str, units: Units) -> str:
    """Write a count in the suffix's unit, two decimals at most: ``159.5K``.

    What would be none of the unit has a smaller one.
    """
    with localcontext(prec=_PRECISION):
        number = (Decimal(value) / scale(suffix, units)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if value and not number:
        return in_units(value, _SMALLER[suffix], units)
    text = f"{number:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + suffix
