"""Sequences are aligned at the least cost, and ties are settled as asked for."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.analysis.alignment import Costs, PositionMatch, align, least_cost

COMMON = Costs[str](lambda one, other: -1 if one == other else None)
"""One off for each pair of equal letters: what is left is the longest common subsequence."""


def letters(one: str, other: str) -> int | None:
    """Letters of one case may stand for each other."""
    if one.isupper() != other.isupper():
        return None
    return abs(ord(one) - ord(other))


EDITS = Costs[str](letters, lambda item: 3)

TEXTS = st.text("abcXY", max_size=6)


def paired(matches: list[PositionMatch]) -> list[tuple[int, int]]:
    return [(i, j) for i, j in matches if i is not None and j is not None]


def cost(left: str, right: str, matches: list[PositionMatch]) -> int:
    pairs = [EDITS.pair(left[i], right[j]) for i, j in paired(matches)]
    assert None not in pairs
    return sum(filter(None, pairs)) + 3 * (len(matches) - len(pairs))


@cache
def cheapest(left: str, right: str) -> int:
    """The least cost, by its definition."""
    if not left or not right:
        return 3 * len(left + right)
    pair = letters(left[0], right[0])
    alone = min(cheapest(left[1:], right), cheapest(left, right[1:])) + 3
    return alone if pair is None else min(alone, cheapest(left[1:], right[1:]) + pair)


@pytest.mark.parametrize("prefer", ["first", "last"])
@given(left=TEXTS, right=TEXTS)
def test_the_least_cost(left: str, right: str, prefer: str) -> None:
    matches = align(left, right, EDITS, "first" if prefer == "first" else "last")
    assert [i for i, _ in matches if i is not None] == [*range(len(left))]
    assert [j for _, j in matches if j is not None] == [*range(len(right))]
    assert cost(left, right, matches) == cheapest(left, right) == least_cost(left, right, EDITS)


@given(left=st.text("abc", max_size=7), right=st.text("abc", max_size=7))
def test_the_longest_common_subsequence(left: str, right: str) -> None:
    pairs = paired(align(left, right, COMMON))
    assert all(left[i] == right[j] for i, j in pairs)
    assert pairs == sorted(pairs)
    assert len(pairs) == longest(left, right)


def longest(left: str, right: str) -> int:
    """The length of the longest common subsequence, by its definition."""
    if not left or not right:
        return 0
    if left[0] == right[0]:
        return 1 + longest(left[1:], right[1:])
    return max(longest(left[1:], right), longest(left, right[1:]))


def test_of_several_alike_the_first_or_the_last_are_paired() -> None:
    assert paired(align("xabab", "yab", COMMON, "last")) == [(3, 1), (4, 2)]
    assert paired(align("xabab", "yab", COMMON, "first")) == [(1, 1), (2, 2)]


def test_what_has_no_partner_on_the_left_comes_first() -> None:
    assert align("axb", "ayb", COMMON) == [(0, 0), (1, None), (None, 1), (2, 2)]
