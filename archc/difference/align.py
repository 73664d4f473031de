"""Which item of one list stands for which of another (Needleman & Wunsch 1970)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["Match", "align"]

T = TypeVar("T")

Match = tuple[int | None, int | None]
"""Positions in the two lists; None where one has nothing."""


def align(left: Sequence[T], right: Sequence[T], score: Callable[[T, T], int]) -> list[Match]:
    """The pairs, in order, whose scores sum to the most.

    Pairs that score 0 are never made. Of items that pair with nothing, the left ones of a gap
    come before the right ones. Equal starts and ends are paired at once, so that only what
    lies between costs time and memory, in proportion to the product of the two lengths.
    """
    start = 0
    shorter = min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    end = 0
    while end < shorter - start and left[-1 - end] == right[-1 - end]:
        end += 1
    middle = _between(left[start : len(left) - end], right[start : len(right) - end], score)
    pairs = [(index, index) for index in range(start)]
    pairs += [(start + i, start + j) for i, j in middle]
    pairs += [(len(left) - each, len(right) - each) for each in range(end, 0, -1)]
    return _with_gaps(pairs, len(left), len(right))


def _between(
    left: Sequence[T], right: Sequence[T], score: Callable[[T, T], int]
) -> list[tuple[int, int]]:
    """The best pairs. Of equal alignments that which pairs the later items."""
    scores = [[score(one, other) for other in right] for one in left]
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, row in enumerate(scores):
        for j, value in enumerate(row):
            gap = max(best[i][j + 1], best[i + 1][j])
            best[i + 1][j + 1] = max(gap, best[i][j] + value) if value else gap
    found = []
    i, j = len(left), len(right)
    while i and j:
        value = scores[i - 1][j - 1]
        if value and best[i][j] == best[i - 1][j - 1] + value:
            i, j = i - 1, j - 1
            found.append((i, j))
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _with_gaps(pairs: Sequence[tuple[int, int]], left: int, right: int) -> list[Match]:
    """All positions of both lists, in order."""
    found: list[Match] = []
    i = j = 0
    for one, other in [*pairs, (left, right)]:
        found += [(index, None) for index in range(i, one)]
        found += [(None, index) for index in range(j, other)]
        if one < left:
            found.append((one, other))
        i, j = one + 1, other + 1
    return found
