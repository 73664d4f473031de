"""What draws, and what all parts of one spec share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.strategies.counts import Row
from tests.strategies.modules import Module

T = TypeVar("T")

whole_numbers = cache(st.integers)


class Writer:
    """What all bodies of one spec share."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.cost = 0
        self.classes: int | None = None
        self.defaults: dict[str, Row] = {}
        self.modules: dict[str, Row] = {}
        self.known: list[Module] = []

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.upto(len(of) - 1, 0)]

    def some(self, of: Sequence[T], most: int, least: int = 0) -> list[T]:
        """Several different ones."""
        left = list(of)
        return [left.pop(self.upto(len(left) - 1, 0)) for _ in range(self.upto(most, least))]

    def upto(self, most: int, least: int = 1) -> int:
        """A whole number."""
        found: int = self.draw(whole_numbers(least, most))
        return found

    def chance(self, share: int) -> bool:
        """True once in ``share`` times; shrinks to False."""
        return self.upto(share - 1, 0) == share - 1
