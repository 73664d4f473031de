"""Which rows hold the params and which do the work, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from archc.ir import Units
from archc.report.html.markup import NOTHING, Markup, lines, tag
from archc.report.table import Report
from archc.report.verdicts import in_units

__all__ = ["bars"]


def bars(report: Report, heading: str) -> Markup:
    """A bar per row for its params and one for its multiply-adds, unlisted rows included."""
    rows = [row for row in report.rows if row.figures.params or row.figures.macs]
    if not rows:
        return NOTHING
    units = report.network.units
    what = "weights" if units.params == "weights" else "params"
    held = [row.figures.weights if what == "weights" else row.figures.params for row in rows]
    columns = (
        _column(held, "K", what, units),
        _column([row.figures.macs for row in rows], "M", "multiply-adds", units),
    )
    head = tag("tr", *(tag("th", name, scope="col") for name in ("row", what, "multiply-adds")))
    body = [
        tag("tr", tag("th", row.printed, scope="row"), *drawn)
        for row, *drawn in zip(rows, *columns, strict=True)
    ]
    return lines(
        tag(heading, f"Where the {what} and the multiply-adds are"),
        tag("table", lines(tag("thead", head), tag("tbody", lines(*body))), class_="bars"),
    )


def _column(values: Sequence[int], suffix: str, what: str, units: Units) -> list[Markup]:
    """Cells with a number and a bar each, the longest bar at full length."""
    most, whole = max(values) or 1, sum(values) or 1
    return [
        tag(
            "td",
            tag("span", in_units(value, suffix, units)),
            _bar(value / most, f"{value / whole:.1%} of the {what}"),
        )
        for value in values
    ]


def _bar(length: float, words: str) -> Markup:
    drawn = tag("rect", width=f"{100 * length:.2f}", height="8")
    return tag(
        "svg", tag("title", words), drawn,
        viewBox="0 0 100 8", preserveAspectRatio="none", role="img", aria_label=words,
    )  # fmt: skip
