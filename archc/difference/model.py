"""The difference of two networks as data.

Rows and heads of both are side by side, each with a status, its changes and what it costs more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from archc.analysis.cost import CONVENTION, Cost
from archc.analysis.figures import Figures, HeadFigures, RowFigures
from archc.difference.changes import Change
from archc.ir import Network
from archc.texts import brief, dump_json

__all__ = [
    "ComparedNetwork",
    "Difference",
    "GeneralChange",
    "HeadDifference",
    "RowDifference",
    "RowStatus",
]

RowStatus = Literal["added", "removed", "changed", "follows", "unchanged"]
"""What became of a row; one that ``follows`` is written the same, but its figures are not."""


@dataclass(frozen=True, slots=True, repr=False)
class ComparedNetwork:
    """One of the two networks: what it is called here, its graph and its figures."""

    title: str
    network: Network
    figures: Figures

    def __repr__(self) -> str:
        return brief(self, self.title)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; figures are for one sample."""
        total = self.figures.total
        return {
            "title": self.title,
            "name": self.network.name,
            "spec": self.network.spec,
            "input": list(self.network.input.shape),
            "totals": {**_counts(total), "depth": self.figures.depth},
        }


@dataclass(frozen=True, slots=True, repr=False)
class RowDifference:
    """What became of a row of either table or of both.

    ``changes`` leaves out what changed everywhere. ``details`` says what an added or removed
    row is.
    """

    status: RowStatus
    before: RowFigures | None
    after: RowFigures | None
    changes: tuple[Change, ...] = ()
    details: str = ""

    def __repr__(self) -> str:
        names = [each.name for each in (self.before, self.after) if each is not None]
        return brief(self, " → ".join(dict.fromkeys(names)), self.status)

    @property
    def delta(self) -> Cost:
        """What the second row costs more, for one sample."""
        return _minus(_cost(self.after), _cost(self.before))

    @property
    def moved(self) -> bool:
        """Whether the row gives or costs something else than before."""
        one, other = self.before, self.after
        if one is None or other is None:
            return True
        return (one.output, one.cost, one.depth) != (other.output, other.cost, other.depth)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; shapes are (C, H, W) or (N,), figures for one sample."""
        return {
            "status": self.status,
            "before": _row_dict(self.before),
            "after": _row_dict(self.after),
            "changes": [each.to_dict() for each in self.changes],
            "delta": _counts(self.delta),
        }


@dataclass(frozen=True, slots=True, repr=False)
class HeadDifference:
    """What became of an auxiliary head of either network or of both."""

    status: RowStatus
    before: HeadFigures | None
    after: HeadFigures | None
    changes: tuple[Change, ...] = ()

    def __repr__(self) -> str:
        return brief(self, self.name, self.status)

    @property
    def name(self) -> str:
        """The head's name, the first network's where it has one."""
        found = self.before or self.after
        assert found is not None
        return found.head.name

    @property
    def delta(self) -> Cost:
        """What the second head costs more, for one sample."""
        return _minus(_cost(self.after), _cost(self.before))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; figures are for one sample."""
        return {
            "name": self.name,
            "status": self.status,
            "changes": [each.to_dict() for each in self.changes],
            "delta": _counts(self.delta),
        }


@dataclass(frozen=True, slots=True)
class GeneralChange:
    """A ``change`` that all layers of an ``operation`` have made."""

    operation: str
    change: Change


@dataclass(frozen=True, slots=True, repr=False)
class Difference:
    """What `archc diff` shows. Totals and ``delta`` are the main path's, without heads."""

    before: ComparedNetwork
    after: ComparedNetwork
    everywhere: tuple[GeneralChange, ...]
    rows: tuple[RowDifference, ...]
    heads: tuple[HeadDifference, ...]

    def __repr__(self) -> str:
        counts = Counter[str](each.status for each in self.rows)
        rows = [f"{count} {status}" for status, count in counts.items()]
        delta = f"{self.delta.params:+,} params", f"{self.delta.macs:+,} multiply-adds"
        return brief(self, f"{self.before.title} → {self.after.title}", *rows, *delta)

    @property
    def delta(self) -> Cost:
        """What the second network costs more, for one sample, without heads."""
        return _minus(self.after.figures.total, self.before.figures.total)

    @property
    def depth(self) -> int:
        """How much deeper the second network is."""
        return self.after.figures.depth - self.before.figures.depth

    @property
    def empty(self) -> bool:
        """Whether the two are the same network. Names, sources and claims do not count."""
        parts: tuple[RowDifference | HeadDifference, ...] = (*self.rows, *self.heads)
        same_input = self.before.network.input.shape == self.after.network.input.shape
        return same_input and all(each.status == "unchanged" for each in parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain data: what ``--format json`` prints."""
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "delta": {**_counts(self.delta), "depth": self.depth},
            "everywhere": [
                {"operation": each.operation, **each.change.to_dict()} for each in self.everywhere
            ],
            "rows": [each.to_dict() for each in self.rows],
            "heads": [each.to_dict() for each in self.heads],
            "convention": CONVENTION,
        }

    def to_json(self) -> str:
        """Return JSON with one line per member."""
        return dump_json(self.to_dict()) + "\n"

    def to_markdown(self) -> str:
        """Return Markdown that fits the comment on a change."""
        from archc.difference.table import difference_tables
        from archc.show.markdown import to_markdown

        return to_markdown(*difference_tables(self, named=True), level=3)

    def to_text(self, columns: int = 80) -> str:
        """Write the tables as plain text, so many columns wide."""
        from archc.difference.table import difference_tables
        from archc.show.terminal import Screen, to_text

        return to_text(*difference_tables(self), screen=Screen(columns))

    def print(self) -> None:
        """Print that text."""
        print(self.to_text(), end="")


def _cost(figures: RowFigures | HeadFigures | None) -> Cost:
    return figures.cost if figures is not None else Cost()


def _minus(one: Cost, other: Cost) -> Cost:
    return Cost(one.params - other.params, one.weights - other.weights, one.macs - other.macs)


def _counts(cost: Cost) -> dict[str, int]:
    return {"params": cost.params, "weights": cost.weights, "macs": cost.macs}


def _row_dict(row: RowFigures | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "row": row.row.printed,
        "name": row.name,
        "type": row.row.type,
        "output": list(row.output),
        "depth": row.depth,
        **_counts(row.cost),
    }
