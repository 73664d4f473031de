"""How a table counts, from how well its figures then agree with the computed ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Literal

from archc.analysis.figures import RowFigures, figures
from archc.ir import Network, Units
from archc.quantities import parse_quantity
from archc.show.report.verdicts import Verdict, compare

__all__ = ["Convention", "best_convention", "right_ops"]

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


def right_ops(network: Network, factor: int) -> tuple[int, int]:
    """How many ops are right, but for rounding, if a multiply-add is ``factor`` of them; of all."""
    macs = ((row, row.macs * factor) for row in figures(network).rows)
    verdicts = _verdicts("ops", macs, network.units)
    return len(verdicts) - verdicts.count("erratum"), len(verdicts)


def _judged(network: Network, what: Literal["params", "weights"], k: int) -> Convention:
    counts = ((row, getattr(row, what)) for row in figures(network).rows)
    verdicts = _verdicts("params", counts, Units(what, k))
    return Convention(what, k, verdicts.count("exact"), verdicts.count("rounding"), len(verdicts))


def _verdicts(column: str, counts: Iterable[tuple[RowFigures, int]], units: Units) -> list[Verdict]:
    """The verdicts on what a column prints, of the rows for which it prints anything."""
    found = []
    for row, count in counts:
        claim = row.row.claims.get(column)
        quantity = parse_quantity(claim.printed) if claim is not None else None
        if claim is not None and quantity is not None:
            found.append(compare(claim.printed, quantity, count, units, None).verdict)
    return found
