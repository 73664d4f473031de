"""Warnings: printed figures that are not the computed ones, and that nobody has explained."""

from __future__ import annotations

from archc.diagnostics import Code, Diagnostics
from archc.ir import Claim
from archc.show.report.table import Report
from archc.show.report.verdicts import Published

__all__ = ["warn_of_errata"]


def warn_of_errata(report: Report, diagnostics: Diagnostics) -> None:
    """Warn of each erratum without a note."""
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
