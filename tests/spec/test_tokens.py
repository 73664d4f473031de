"""The papers' notations."""

from __future__ import annotations

import pytest

from archc.quantities import parse_quantity
from archc.spec.tokens import (
    Patch,
    TypeText,
    column_key,
    parse_patch,
    parse_size,
    parse_type,
    slug,
)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("inception (3a)", TypeText("inception", 1, "3a")),
        ("3×Inception", TypeText("Inception", 3)),
        ("10x block (b)", TypeText("block", 10, "b")),
        ("dropout (40%)", TypeText("dropout", 1, "40%")),
        ("conv3-64", TypeText("conv", 1, None, 3, 64)),
        ("FC-4096", TypeText("FC", 1, None, None, 4096)),
        ("conv padded", TypeText("conv", padded=True)),
        ("soft-max", TypeText("soft-max")),
    ],
)
def test_types(text: str, parsed: TypeText) -> None:
    assert parse_type(text) == parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("7×7/2", Patch(("7", "7"), ("2", "2"))),
        ("7x7 / 2", Patch(("7", "7"), ("2", "2"))),
        ("$3 \\times 3 / 1$", Patch(("3", "3"), ("1", "1"))),
        ("1×7", Patch(("1", "7"), None)),
        ("3", Patch(("3", "3"), None)),
        ("3×3/2×1", Patch(("3", "3"), ("2", "1"))),
        ("1×n/s", Patch(("1", "n"), ("s", "s"))),
    ],
)
def test_patches(text: str, parsed: Patch) -> None:
    assert parse_patch(text) == parsed


def test_sizes() -> None:
    assert parse_size("112×112×64") == (112, 112, 64)
    assert parse_size("$56 \\times 56 \\times 192$") == (56, 56, 192)
    assert parse_size("1000") == (1000,)
    assert parse_size("28×28×") is None


@pytest.mark.parametrize(
    ("text", "number", "suffix", "digit"),
    [("2.7K", "2.7", "K", "0.1"), ("360M", "360", "M", "1"), ("6,998,552", "6998552", "", "1")],
)
def test_quantities(text: str, number: str, suffix: str, digit: str) -> None:
    found = parse_quantity(text)
    assert found is not None
    assert (str(found.number), found.suffix, str(found.digit)) == (number, suffix, digit)


def test_columns_compare_without_case_and_times() -> None:
    assert column_key("#3x3 Reduce") == column_key("#3×3  reduce")
    assert column_key("patch size/ stride") == "patch"


def test_slugs() -> None:
    assert slug("inception (3a)") == "inception_3a"
    assert slug("7×Inception-B") == "7xinception_b"
    assert slug("卷积") == "row"
