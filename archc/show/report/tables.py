"""A report's figures as tables: the paper's own, the exact one, and networks side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from archc.analysis.cost import CONVENTION
from archc.ir import Units
from archc.ops import format_shape
from archc.quantities import aligned
from archc.show.report.figures import ReportFigures, ReportRow
from archc.show.report.verdicts import MARKS, WORDS, Published, in_units
from archc.show.table import (
    EMPTY,
    Note,
    Table,
    TableRow,
    TextCell,
    TextColumn,
    plain_row,
)
from archc.texts import one_line, told_apart

__all__ = [
    "NetworkTotals",
    "comparison_table",
    "convention",
    "exact_table",
    "footnotes",
    "has_printed",
    "list_table",
    "mark_counts",
    "network_totals",
    "paper_table",
    "summary",
]


def paper_table(report: ReportFigures, rows: Sequence[ReportRow] | None = None) -> Table:
    """Make the paper's table: computed figures beside the printed ones, totals and footnotes.

    Its rows are those that the paper lists, if not others are given.
    """
    network = report.network
    rows = report.listed if rows is None else rows
    notes = [Note(line, apart=not at) for at, line in enumerate(summary(report))]
    below = [*filter(None, [mark_counts(report)]), *footnotes(report)]
    notes += [Note(line, apart=not at) for at, line in enumerate(below)]
    printed = has_printed(report)
    counting = Note(f"Counting: {convention(report)}", apart=True, aside=True, style="dim")
    return Table(
        _columns(report),
        tuple(TableRow(_row(row, network.units, printed)) for row in rows),
        _total(report),
        one_line(network.name),
        one_line(network.source or ""),
        notes=(*notes, counting),
        ruled=True,
    )


def _columns(report: ReportFigures) -> tuple[TextColumn, ...]:
    """Make columns for row, patch, output and depth, then computed and printed figures.

    The key of a column with marks is that of the claims in it.
    """
    remarks = any("remark" in row.figures.row.cells for row in report.rows)
    columns = [
        TextColumn("row", wraps=True),
        TextColumn("patch or remarks" if remarks else "patch", wraps=True),
        TextColumn("output size", right=True),
        TextColumn("depth", right=True, key="depth"),
    ]
    for key, header in (("params", _counted(report)), ("ops", "ops")):
        columns.append(TextColumn(header, right=True))
        if has_printed(report):
            columns.append(TextColumn("paper", right=True, key=key))
    return tuple(columns)


def has_printed(report: ReportFigures) -> bool:
    """Whether the paper prints params or ops at all."""
    return any({"params", "ops"} & row.published.keys() for row in report.rows)


def _counted(report: ReportFigures) -> str:
    """Return what the paper's params are."""
    return "weights" if report.network.units.params == "weights" else "params"


def _row(row: ReportRow, units: Units, printed: bool) -> tuple[TextCell, ...]:
    """Make a row's cells; blank where there is nothing to count."""
    figures = row.figures
    written = figures.row.cells
    counted = figures.weights if units.params == "weights" else figures.params
    params = TextCell(in_units(counted, "K", units) if counted else "")
    ops = TextCell(in_units(figures.macs, "M", units) if figures.macs else "")
    cells = [
        TextCell(one_line(row.printed)),
        TextCell(one_line(written.get("patch") or written.get("remark", ""))),
        TextCell(format_shape(figures.output)),
        _depth(row),
    ]
    if not printed:
        return *cells, params, ops
    return *cells, params, _printed(row, "params"), ops, _printed(row, "ops")


def _depth(row: ReportRow) -> TextCell:
    """Show the depth, and beside it what the paper prints instead."""
    depth, claim = str(row.figures.depth), row.published.get("depth")
    if claim is None or claim.verdict == "exact":
        return TextCell(depth)
    return TextCell(f"{depth} (paper {claim.printed})", MARKS[claim.verdict])


def _printed(row: ReportRow, key: str) -> TextCell:
    claim = row.published.get(key)
    return TextCell(claim.printed, MARKS[claim.verdict]) if claim else EMPTY


def _total(report: ReportFigures) -> tuple[TextCell, ...]:
    """Make the last line of the table."""
    total, units = report.figures.total, report.network.units
    counted = total.weights if units.params == "weights" else total.params
    texts = ["total", "", "", str(report.figures.depth)]
    blank = [""] if has_printed(report) else []
    texts += [in_units(counted, "K", units), *blank, in_units(total.macs, "M", units), *blank]
    return plain_row(*texts).cells


def summary(report: ReportFigures) -> list[str]:
    """Say below the table: exact totals, heads, unlisted rows, what was not judged."""
    network, total = report.network, report.figures.total
    lines = [
        f"{total.params:,} params ({total.weights:,} weights), {total.macs:,} multiply-adds, "
        f"depth {report.figures.depth}"
    ]
    for figures in report.figures.heads:
        head = figures.head
        weight = "" if head.loss_weight is None else f", loss weight {head.loss_weight:g}"
        lines.append(
            f"head {head.name} (after {head.after}{weight}): "
            f"{figures.cost.params:,} params, {figures.cost.macs:,} ops"
        )
    for key, cell in report.published.items():
        verdict = {"exact": "right", "rounding": "off by rounding"}.get(cell.verdict, "wrong")
        lines.append(
            f"the paper's total: {cell.printed} {key}, which is {verdict} ({cell.computed})"
        )
    if len(network.variants) > 1:
        others = (variant for variant in network.variants if variant != network.variant)
        lines.append(f"variant {network.variant}; the others are {', '.join(others)}")
    unlisted = [row for row in report.rows if row.unlisted]
    if unlisted:
        names = ", ".join(dict.fromkeys(row.printed for row in unlisted))
        params = sum(row.figures.params for row in unlisted)
        lines.append(f"rows that the paper's table leaves out: {names} ({params:,} params)")
    if not network.as_printed:
        lines.append("the printed figures are about another network, and not judged")
    return [one_line(line) for line in (*lines, *network.notes)]


def mark_counts(report: ReportFigures, between: str = "   ") -> str:
    """Say what the marks in the table mean and how often each occurs; "" where none does."""
    verdicts = report.verdicts()
    return between.join(
        f"{mark} {WORDS[verdict]} ({verdicts[verdict]})"
        for verdict, mark in MARKS.items()
        if verdicts[verdict]
    )


def footnotes(report: ReportFigures) -> list[str]:
    """Write a line for each row in error: as printed, as computed, and why where that is told."""
    lines = []
    titles = told_apart(row.printed for row in report.rows)
    for row, title in zip(report.rows, titles, strict=True):
        wrong = {key: cell for key, cell in row.published.items() if cell.verdict == "erratum"}
        if wrong:
            lines.append(one_line(f"{MARKS['erratum']} {title}: {_errata(wrong)}"))
    return lines


def _errata(wrong: dict[str, Published]) -> str:
    parts = [f"{key} printed {cell.printed}, is {cell.computed}" for key, cell in wrong.items()]
    notes = dict.fromkeys(cell.note for cell in wrong.values() if cell.note)
    return "; ".join(parts) + "".join(f" ({note})" for note in notes)


def convention(report: ReportFigures) -> str:
    """Say how figures are counted, with this paper's units."""
    units = report.network.units
    return f"{CONVENTION}. K = {units.K:,.0f}, M = {units.M:,.0f}."


# Every count in full


_JUDGED = ("params", "ops", "depth")


def exact_table(report: ReportFigures) -> Table:
    """Make a table for programs: counts in full, verdicts in words, unlisted rows included."""
    names = ["row", "name", "type", "output", "depth", "params", "weights", "macs"]
    names += [f"{key} {what}" for key in _JUDGED for what in ("printed", "verdict")]
    columns = tuple(TextColumn(name) for name in (*names, "unlisted"))
    rows = tuple(TableRow(tuple(_exact_row(row))) for row in report.rows)
    return Table(columns, rows, title=report.network.name)


def _exact_row(row: ReportRow) -> Iterator[TextCell]:
    figures = row.figures
    yield from map(TextCell, (row.printed, figures.name, figures.row.type))
    yield TextCell(format_shape(figures.output))
    for count in (figures.depth, figures.params, figures.weights, figures.macs):
        yield TextCell(f"{count:,}", value=count)
    claims = (row.published.get(key) for key in _JUDGED)
    judged = ((claim.printed, claim.verdict) if claim else ("", "") for claim in claims)
    yield from map(TextCell, chain.from_iterable(judged))
    yield TextCell("yes" if row.unlisted else "")


# Networks side by side


class NetworkTotals(NamedTuple):
    """One network among others: its totals, and the paper's own with a mark."""

    spec: str
    input: str
    depth: int
    params: int
    macs: int
    paper: str
    source: str


def network_totals(spec: str, report: ReportFigures) -> NetworkTotals:
    """Take a report's totals; ``spec`` is what the command line calls it."""
    network, figures = report.network, report.figures
    if network.variant is not None:
        spec = f"{spec} --variant {network.variant}"
    printed = ", ".join(
        f"{cell.printed} {key} {MARKS[cell.verdict]}" for key, cell in report.published.items()
    )
    return NetworkTotals(
        one_line(spec),
        format_shape(network.input.shape),
        figures.depth,
        figures.total.params,
        figures.total.macs,
        printed,
        one_line(network.source or ""),
    )


_COMPARED = (
    TextColumn("spec", wraps=True),
    TextColumn("input"),
    TextColumn("depth", right=True),
    TextColumn("params", right=True),
    TextColumn("ops", right=True),
    TextColumn("paper", wraps=True),
    TextColumn("source", wraps=True),
)


def comparison_table(
    networks: Sequence[NetworkTotals], short: bool = False, source: bool = True
) -> Table:
    """Make a row per network; ``short`` counts are in millions and billions, or less."""
    columns = _COMPARED if source else _COMPARED[:-1]
    rows = (_compared(network, short)[: len(columns)] for network in networks)
    return Table(columns, tuple(map(TableRow, rows)))


def _compared(network: NetworkTotals, short: bool) -> tuple[TextCell, ...]:
    spec, size, depth, params, macs, paper, source = network
    counts = (aligned(params, "M"), aligned(macs, "G")) if short else (f"{params:,}", f"{macs:,}")
    return (
        *map(TextCell, (spec, size, str(depth))),
        TextCell(counts[0], value=params),
        TextCell(counts[1], value=macs),
        *map(TextCell, (paper, source)),
    )


def list_table(networks: Sequence[NetworkTotals]) -> Table:
    """Make two lines for each network: its figures, and below them where it is from."""
    columns = (
        TextColumn(""),
        TextColumn("", least=11),
        TextColumn("", right=True, least=14),
        TextColumn("", right=True, least=10),
    )
    rows = []
    for network in networks:
        counts = f"{aligned(network.params, 'M')} params", f"{aligned(network.macs, 'G')} ops"
        cells = plain_row(network.spec, network.input, *counts).cells
        rows.append(TableRow(cells, below=network.source))
    return Table(columns, tuple(rows))
