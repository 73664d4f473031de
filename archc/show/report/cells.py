"""The table's columns and cells as text, one definition for every format that shows them."""

from __future__ import annotations

from archc.analysis.cost import CONVENTION
from archc.ops import format_shape
from archc.show.report.table import Report, ReportRow
from archc.show.report.verdicts import MARKS, WORDS, in_units
from archc.texts import numbered, one_line

__all__ = ["convention", "footnotes", "has_printed", "header", "row_cells", "summary", "totals"]


def header(report: Report) -> list[str]:
    """The columns: row, patch, output, depth, and computed and printed figures."""
    counted = "weights" if report.network.units.params == "weights" else "params"
    remarks = any("remark" in row.figures.row.cells for row in report.rows)
    patch = "patch or remarks" if remarks else "patch"
    columns = ["row", patch, "output size", "depth", counted, "ops"]
    if has_printed(report):
        columns[5:] = ["paper", "ops", "paper"]
    return columns


def has_printed(report: Report) -> bool:
    """Whether the paper prints params or ops at all."""
    return any({"params", "ops"} & row.published.keys() for row in report.rows)


def row_cells(row: ReportRow, report: Report) -> list[str]:
    """One row of the table; a blank where there is nothing to count."""
    found, units = row.figures, report.network.units
    counted = found.weights if units.params == "weights" else found.params
    cells = [
        one_line(row.printed),
        one_line(found.row.cells.get("patch") or found.row.cells.get("remark", "")),
        format_shape(found.output),
        _depth(row),
        in_units(counted, "K", units) if counted else "",
        in_units(found.macs, "M", units) if found.macs else "",
    ]
    if has_printed(report):
        cells[5:] = [_printed(row, "params"), cells[5], _printed(row, "ops")]
    return cells


def _depth(row: ReportRow) -> str:
    """The depth, and beside it what the paper prints instead."""
    depth, claim = str(row.figures.depth), row.published.get("depth")
    if claim is None or claim.verdict == "exact":
        return depth
    return f"{depth} (paper {claim.printed}) {MARKS[claim.verdict]}"


def _printed(row: ReportRow, key: str) -> str:
    cell = row.published.get(key)
    return f"{cell.printed} {MARKS[cell.verdict]}" if cell else ""


def totals(report: Report) -> list[str]:
    """The last line of the table."""
    total, units = report.figures.total, report.network.units
    counted = total.weights if units.params == "weights" else total.params
    cells = ["total", "", "", str(report.figures.depth)]
    cells += [in_units(counted, "K", units), in_units(total.macs, "M", units)]
    if has_printed(report):
        cells[5:] = ["", cells[5], ""]
    return cells


def summary(report: Report) -> list[str]:
    """What stands below the table: exact totals, heads, unlisted rows, what was not judged."""
    total = report.figures.total
    lines = [
        f"{total.params:,} params ({total.weights:,} weights), {total.macs:,} multiply-adds, "
        f"depth {report.figures.depth}"
    ]
    for each in report.figures.heads:
        weight = "" if each.head.loss_weight is None else f", loss weight {each.head.loss_weight:g}"
        lines.append(
            f"head {each.head.name} (after {each.head.after}{weight}): "
            f"{each.cost.params:,} params, {each.cost.macs:,} ops"
        )
    for key, cell in report.published.items():
        verdict = {"exact": "right", "rounding": "off by rounding"}.get(cell.verdict, "wrong")
        lines.append(
            f"the paper's total: {cell.printed} {key}, which is {verdict} ({cell.computed})"
        )
    if len(report.network.variants) > 1:
        others = (each for each in report.network.variants if each != report.network.variant)
        lines.append(f"variant {report.network.variant}; the others are {', '.join(others)}")
    unlisted = [row for row in report.rows if row.unlisted]
    if unlisted:
        names = ", ".join(dict.fromkeys(row.printed for row in unlisted))
        params = sum(row.figures.params for row in unlisted)
        lines.append(f"rows that the paper's table leaves out: {names} ({params:,} params)")
    if not report.network.as_printed:
        lines.append("the printed figures are about another network, and not judged")
    return [one_line(line) for line in (*lines, *report.network.notes)]


def footnotes(report: Report) -> list[str]:
    """The marks in the table, and each erratum: as printed, as computed, and why where told."""
    verdicts = report.verdicts()
    if not verdicts:
        return []
    marks = (
        f"{mark} {WORDS[verdict]} ({verdicts[verdict]})"
        for verdict, mark in MARKS.items()
        if verdicts[verdict]
    )
    lines = ["   ".join(marks)]
    titles = numbered(row.printed for row in report.rows)
    for row, title in zip(report.rows, titles, strict=True):
        wrong = {key: cell for key, cell in row.published.items() if cell.verdict == "erratum"}
        if not wrong:
            continue
        parts = [f"{key} printed {cell.printed}, is {cell.computed}" for key, cell in wrong.items()]
        notes = dict.fromkeys(cell.note for cell in wrong.values() if cell.note)
        said = "".join(f" ({note})" for note in notes)
        lines.append(one_line(f"{MARKS['erratum']} {title}: {'; '.join(parts)}{said}"))
    return lines


def convention(report: Report) -> str:
    """The counting convention in words, with this paper's units."""
    units = report.network.units
    return f"{CONVENTION}. K = {units.K:,.0f}, M = {units.M:,.0f}."
