"""Printed figures against computed ones, at the boundaries of what is exact and what is near."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.ir import Units
from archc.quantities import parse_quantity
from archc.show.report.verdicts import compare, in_units

UNITS = Units("params", 1024)


@pytest.mark.parametrize(
    ("printed", "value", "verdict"),
    [
        ("160K", 163328, "exact"),  # 159.5K is half way
        ("159K", 163328, "rounding"),
        ("159K", 163327, "exact"),
        ("158K", 163328, "erratum"),
        ("1.5M", 1_549_999, "exact"),
        ("1.5M", 1_550_000, "rounding"),
        ("1.5M", 1_600_000, "rounding"),
        ("1.5M", 1_600_001, "erratum"),
        ("1.50M", 1_510_000, "rounding"),
        ("1.50M", 1_510_001, "erratum"),
        ("34,944", 34_944, "exact"),
        ("34,944", 34_945, "rounding"),
        ("34,944", 34_946, "erratum"),
        ("0", 0, "exact"),
        ("1.5B", 1_500_000_000, "exact"),
    ],
)
def test_boundaries(printed: str, value: int, verdict: str) -> None:
    quantity = parse_quantity(printed)
    assert quantity is not None
    assert compare(printed, quantity, value, UNITS, None).verdict == verdict


@given(
    st.floats(-2, 2),
    st.integers(0, 10**7),
    st.integers(0, 3),
    st.sampled_from([("", 1), ("K", 1024), ("M", 10**6), ("G", 10**9)]),
)
def test_a_verdict_is_that_of_exact_fractions(
    away: float, number: int, decimals: int, unit: tuple[str, int]
) -> None:
    suffix, size = unit
    whole, part = divmod(number, 10**decimals)
    printed = f"{whole}.{part:0{decimals}}{suffix}" if decimals else f"{whole}{suffix}"
    quantity = parse_quantity(printed)
    assert quantity is not None
    last = Fraction(1, 10**decimals)
    value = max(0, round((number + Fraction(away)) * last * size))
    off = Fraction(value, size) - number * last
    rounds = -last / 2 <= off < last / 2
    expected = "exact" if rounds else "rounding" if abs(off) <= last else "erratum"
    assert compare(printed, quantity, value, UNITS, None).verdict == expected


@pytest.mark.parametrize(
    ("value", "suffix", "text"),
    [
        (163328, "K", "159.5K"),
        (118_013_952, "M", "118.01M"),
        (5_000, "M", "0.01M"),
        (4_999, "M", "4.88K"),
        (3, "M", "3"),
        (3, "K", "3"),
        (0, "M", "0M"),
        (10**30, "M", f"{10**24:,}M"),
    ],
)
def test_no_count_is_shown_as_none(value: int, suffix: str, text: str) -> None:
    assert in_units(value, suffix, UNITS) == text
