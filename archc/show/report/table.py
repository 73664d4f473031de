"""A report: a network's figures with a verdict for every cell that its paper printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archc.analysis.cost import CONVENTION
from archc.analysis.figures import Figures, RowFigures, figures
from archc.ir import Claim, Network
from archc.quantities import parse_quantity
from archc.show.report.verdicts import MARKS, Published, compare, compare_count
from archc.texts import brief, dump_json

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Report", "ReportRow", "make_report"]


@dataclass(frozen=True, slots=True)
class ReportRow:
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
class Report:
    """What `archc report` shows, in several formats."""

    network: Network
    figures: Figures
    rows: tuple[ReportRow, ...]
    published: dict[str, Published]

    def __repr__(self) -> str:
        verdicts = self.verdicts()
        marks = (f"{MARKS[each]} {verdicts[each]}" for each in MARKS if verdicts[each])
        return brief(self, self.network.name, f"{len(self.rows)} rows", *marks)

    @property
    def listed(self) -> list[ReportRow]:
        """The paper's rows."""
        return [row for row in self.rows if not row.unlisted]

    def verdicts(self) -> Counter[str]:
        """How many marks of which verdict the table has: a depth that is right has none."""
        return Counter(
            cell.verdict
            for row in self.rows
            for key, cell in row.published.items()
            if key != "depth" or cell.verdict != "exact"
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data: the contract behind ``--format json``."""
        totals = self.figures.total
        return {
            "name": self.network.name,
            "spec": self.network.spec,
            "input": list(self.network.input.shape),
            "rows": [_row_dict(row) for row in self.rows],
            "heads": [
                {
                    "name": each.head.name,
                    "after": each.head.after,
                    "params": each.cost.params,
                    "weights": each.cost.weights,
                    "macs": each.cost.macs,
                    "loss_weight": each.head.loss_weight,
                }
                for each in self.figures.heads
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

    def to_json(self) -> str:
        """JSON with one line per member."""
        return dump_json(self.to_dict()) + "\n"

    def to_markdown(self) -> str:
        """A Markdown table with its footnotes."""
        from archc.show.report.text import markdown

        return markdown(self)

    def to_csv(self) -> str:
        """One line per row, exact counts."""
        from archc.show.report.text import csv

        return csv(self)

    def to_html(self) -> str:
        """One page to explore the network in, which stands alone; modules as lists."""
        from archc.show.report.html import report_page

        return report_page(self)

    def to_latex(self) -> str:
        """A table in the style of booktabs, its notes below it."""
        from archc.show.report.latex import table

        return table(self)

    def print(self, console: Console) -> None:
        """Print the table to a rich console."""
        from archc.show.report.terminal import print_report

        print_report(self, console)


def make_report(network: Network) -> Report:
    """Compute the figures and settle every printed cell.

    Cells are not judged when settings made this another network than the paper's.
    """
    found = figures(network)
    rows = tuple(
        ReportRow(row, _published(row, network) if network.as_printed else {}) for row in found.rows
    )
    total = _Counted(found.total.weights, found.total.params, found.total.macs)
    return Report(network, found, rows, _judge(network.published, total, network))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a claim may be about."""

    weights: int
    params: int
    macs: int


def _judge(claims: dict[str, Claim], counted: _Counted, network: Network) -> dict[str, Published]:
    """The verdicts on printed params and ops."""
    by_weights = network.units.params == "weights"
    found = {}
    for key, value in (
        ("params", counted.weights if by_weights else counted.params),
        ("ops", counted.macs),
    ):
        claim = claims.get(key)
        quantity = parse_quantity(claim.printed) if claim else None
        if claim is not None and quantity is not None:
            found[key] = compare(claim.printed, quantity, value, network.units, claim.note)
    return found


def _published(row: RowFigures, network: Network) -> dict[str, Published]:
    """A row's verdicts; its remark is that of each of its errata."""
    counted = _Counted(row.weights, row.params, row.macs)
    found = _judge(row.row.claims, counted, network)
    for key, cell in found.items():
        if cell.verdict == "erratum" and cell.note is None:
            found[key] = replace(cell, note=row.row.note)
    if claim := row.row.claims.get("depth"):
        found["depth"] = compare_count(claim.printed, row.depth, claim.note)
    return found


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
    found: dict[str, Any] = {
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
        found["unlisted"] = True
    if remark := row.figures.row.cells.get("remark"):
        found["remark"] = remark
    if row.figures.row.note:
        found["note"] = row.figures.row.note
    return found
