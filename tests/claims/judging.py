"""What a claim says, what archc computes for it, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from archc.quantities import parse_quantity

__all__ = ["OUTSIDE", "Claim", "Figure", "Verdict"]

Verdict = Literal[
    "exact",
    "rounding",
    "erratum",
    "mixed",
    "not reproducible",
    "cannot be computed from a spec",
    "no number is given",
]
OUTSIDE: Verdict = "cannot be computed from a spec"

_SCALE = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
_SEVERITY: tuple[Verdict, ...] = ("exact", "rounding", "erratum")


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed number, what it is, and what the document prints for it, if it prints one.

    ``decimals`` are how many the page shows.
    """

    what: str
    value: int | float
    printed: str = ""
    decimals: int = 0

    @property
    def shown(self) -> str:
        """The number as the page has it."""
        return f"{self.value:,.{self.decimals}f}"

    @property
    def verdict(self) -> Verdict | None:
        """Whether it rounds to the printed one, as the report judges; None where none is."""
        quantity = parse_quantity(self.printed)
        if quantity is None:
            return None
        computed = Decimal(str(self.value)) / _SCALE[quantity.suffix]
        if computed.quantize(quantity.digit, ROUND_HALF_UP) == quantity.number:
            return "exact"
        return "rounding" if abs(computed - quantity.number) <= quantity.digit else "erratum"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of a document.

    ``key`` is how `tests/data/claims.yaml` begins it; empty for what is not there.
    ``judged`` is a verdict that no printed number gives: about a claim in words, or one that
    nothing reproduces.
    """

    key: str
    words: str
    compute: Callable[[], list[Figure]] = list
    command: str = ""
    judged: Verdict | None = None
    remark: str = ""

    def verdict(self, figures: list[Figure]) -> Verdict:
        """The verdict on the claim: the worst of its figures', unless it is judged in words."""
        if self.judged is not None:
            return self.judged
        found = [figure.verdict for figure in figures if figure.verdict is not None]
        assert found, f"nothing is printed for {self.key!r}, and nothing judged"
        return max(found, key=_SEVERITY.index)
