"""A report's figures: a network's own, with a verdict for every cell that its paper printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from archc.analysis.cost import CONVENTION, Cost
from archc.analysis.figures import Figures, RowFigures, figures
from archc.diagnostics import Code, Diagnostics
from archc.ir import Claim, Network
from archc.quantities import parse_quantity
from archc.show.report.verdicts import MARKS, Published, compare, compare_count
from archc.texts import brief

__all__ = ["ReportFigures", "ReportRow", "settle", "warn_of_errata"]


class ReportRow(NamedTuple):
    """A row's figures, and the verdicts on its printed ones by column."""

    figures: RowFigures
    published: dict[str, Published]

    @property
    def printed(self) -> str:
        """The row as the paper prints it."""
        return self.figures.row.printed

    @property
    def unlisted(self) -> bool:
        """Whether the paper's table leaves the row out."""
        return self.figures.row.unlisted


@dataclass(frozen=True, slots=True, repr=False)
class ReportFigures:
    """A network's figures, its rows with their verdicts, and those on the paper's own totals."""

    network: Network
    figures: Figures
    rows: tuple[ReportRow, ...]
    published: dict[str, Published]

    def __repr__(self) -> str:
        verdicts = self.verdicts()
        marks = (f"{mark} {verdicts[key]}" for key, mark in MARKS.items() if verdicts[key])
        return brief(self, self.network.name, f"{len(self.rows)} rows", *marks)

    @property
    def listed(self) -> list[ReportRow]:
        """The paper's rows."""
        return [row for row in self.rows if not row.unlisted]

    def verdicts(self) -> Counter[str]:
        """Count the table's marks by verdict: a depth that is right has none."""
        return Counter(
            cell.verdict
            for row in self.rows
            for key, cell in row.published.items()
            if key != "depth" or cell.verdict != "exact"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data: the contract behind ``--format json``."""
        totals = self.figures.total
        return {
            "name": self.network.name,
            "spec": self.network.spec,
            "input": list(self.network.input.shape),
            "rows": [_row_dict(row) for row in self.rows],
            "heads": [
                {
                    "name": head.head.name,
                    "after": head.head.after,
                    "params": head.cost.params,
                    "weights": head.cost.weights,
                    "macs": head.cost.macs,
                    "loss_weight": head.head.loss_weight,
                }
                for head in self.figures.heads
            ],
            "totals": {
                "params": totals.params,
                "weights": totals.weights,
                "macs": totals.macs,
                "depth": self.figures.depth,
            },
            "published": _published_dict(self.published),
            "convention": CONVENTION,
            "notes": list(self.network.notes),
        }


def settle(network: Network) -> tuple[Figures, tuple[ReportRow, ...], dict[str, Published]]:
    """Compute the figures and settle every printed cell: figures, rows, the paper's totals.

    Cells are not judged when settings made this another network than the paper's.
    """
    computed = figures(network)
    rows = tuple(
        ReportRow(row, _row_verdicts(row, network) if network.as_printed else {})
        for row in computed.rows
    )
    return computed, rows, _verdicts(network.published, computed.total, network)


def _verdicts(claims: dict[str, Claim], cost: Cost, network: Network) -> dict[str, Published]:
    """Judge printed params and ops."""
    by_weights = network.units.params == "weights"
    published = {}
    for key, value in (("params", cost.weights if by_weights else cost.params), ("ops", cost.macs)):
        claim = claims.get(key)
        quantity = parse_quantity(claim.printed) if claim else None
        if claim is not None and quantity is not None:
            published[key] = compare(claim.printed, quantity, value, network.units, claim.note)
    return published


def _row_verdicts(row: RowFigures, network: Network) -> dict[str, Published]:
    """Judge a row's printed figures; its remark is that of each of its errata."""
    published = _verdicts(row.row.claims, row.cost, network)
    for key, cell in published.items():
        if cell.verdict == "erratum" and cell.note is None:
            published[key] = cell._replace(note=row.row.note)
    if claim := row.row.claims.get("depth"):
        published["depth"] = compare_count(claim.printed, row.depth, claim.note)
    return published


def _published_dict(published: dict[str, Published]) -> dict[str, Any]:
    return {
        key: {
            "printed": cell.printed,
            "computed": cell.computed,
            "verdict": cell.verdict,
            "note": cell.note,
        }
        for key, cell in published.items()
    }


def _row_dict(row: ReportRow) -> dict[str, Any]:
    data: dict[str, Any] = {
        "row": row.printed,
        "name": row.figures.name,
        "type": row.figures.row.type,
        "output": list(row.figures.output),
        "depth": row.figures.depth,
        "params": row.figures.params,
        "weights": row.figures.weights,
        "macs": row.figures.macs,
        "published": _published_dict(row.published),
    }
    if row.unlisted:
        data["unlisted"] = True
    if remark := row.figures.row.cells.get("remark"):
        data["remark"] = remark
    if row.figures.row.note:
        data["note"] = row.figures.row.note
    return data


# Warnings


def warn_of_errata(report: ReportFigures, diagnostics: Diagnostics) -> None:
    """Warn of each printed figure that is not the computed one, and that nobody has explained."""
    for row in report.rows:
        for key, cell in row.published.items():
            if not cell.note and not row.figures.row.note:
                _warn(row.printed, key, cell, row.figures.row.claims[key], diagnostics)
    for key, cell in report.published.items():
        if not report.network.notes:
            _warn("the network", key, cell, report.network.published[key], diagnostics)


def _warn(subject: str, key: str, cell: Published, claim: Claim, diagnostics: Diagnostics) -> None:
    if cell.verdict != "erratum":
        return
    message = (
        f"{subject} has depth {cell.computed}, the paper prints {cell.printed}"
        if key == "depth"
        else f"{subject} has {cell.computed} {key}, the paper prints {cell.printed}"
    )
    help_ = "if the spec is what the paper means, say what is wrong there in a `note`"
    if subject == "the network":
        help_ = help_.replace("a `note`", "`notes`")
    diagnostics.add(Code.ERRATUM, message, claim.span, help=help_)
