"""How a table counts, from how well its figures then agree with the computed ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

from archc.analysis.figures import figures
from archc.ir import Network, Units
from archc.quantities import parse_quantity
from archc.report.verdicts import compare

__all__ = ["Convention", "best_convention"]

_WHATS: tuple[Literal["params", "weights"], ...] = ("params", "weights")


@dataclass(frozen=True, slots=True)
class Convention:
    """What a table's params count, what its K is, and how many of its figures are then right."""

    params: Literal["params", "weights"]
    K: int
    exact: int
    near: int
    judged: int

    def settings(self) -> dict[str, object]:
        """As ``units`` say it; empty for archc's own convention."""
        changed = {"params": self.params} if self.params != "params" else {}
        return changed | ({"K": self.K} if self.K != 1000 else {})


def best_convention(network: Network) -> Convention | None:
    """The convention under which most params are right; None where the table prints none.

    Right to the digit counts first, then right but for rounding; archc's own wins ties.
    """
    tried = [_judged(network, what, k) for what, k in product(_WHATS, (1000, 1024))]
    found = max(tried, key=lambda each: (each.exact, each.near))
    return found if found.judged else None


def _judged(network: Network, what: Literal["params", "weights"], k: int) -> Convention:
    units = Units(what, k)
    verdicts = []
    for row in figures(network).rows:
        claim = row.row.claims.get("params")
        quantity = parse_quantity(claim.printed) if claim is not None else None
        if claim is not None and quantity is not None:
            verdicts.append(
                compare(claim.printed, quantity, getattr(row, what), units, None).verdict
            )
    return Convention(what, k, verdicts.count("exact"), verdicts.count("rounding"), len(verdicts))
