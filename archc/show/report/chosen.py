"""A report of chosen columns: its figures as data, and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archc.analysis.cost import CONVENTIONS
from archc.ops import format_shape
from archc.show.report.columns import (
    DEFAULT,
    ColumnValue,
    ReportColumn,
    ReportLevel,
    ReportLine,
    ReportMeasures,
    choose,
)
from archc.show.report.figures import ReportFigures
from archc.show.report.tables import footnotes, mark_counts
from archc.show.report.verdicts import MARKS
from archc.show.table import Note, Table, TableRow, TextCell, TextColumn
from archc.texts import one_line

__all__ = ["ChosenReport", "ColumnChoice", "choose_columns", "chosen_table"]


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What a table is asked to show; the columns by name."""

    columns: tuple[str, ...] = DEFAULT
    level: ReportLevel = "row"
    count_like: str = "paper"
    dtype: str = "float32"
    batch: int = 1


@dataclass(frozen=True, slots=True)
class ChosenReport:
    """Chosen figures: ``data`` and ``totals`` have a value per column.

    ``notes`` stand below the table, and ``convention`` says what the columns count, in which
    units.
    """

    report: ReportFigures
    columns: tuple[ReportColumn, ...]
    lines: tuple[ReportLine, ...]
    data: tuple[tuple[ColumnValue, ...], ...]
    totals: tuple[ColumnValue, ...]
    notes: tuple[str, ...]
    convention: tuple[str, ...]

    def named(self, values: Sequence[ColumnValue]) -> dict[str, ColumnValue]:
        """Map the columns' names to one line's values."""
        return {column.name: value for column, value in zip(self.columns, values, strict=True)}

    def to_dict(self) -> dict[str, Any]:
        """Return the report's own data with the chosen columns beside each row's figures.

        Operations, where they are the lines, are listed below their row.
        """
        document = self.report.to_dict()
        rows = {row["name"]: row for row in document["rows"]}
        for line, values in zip(self.lines, self.data, strict=True):
            if line.is_row:
                rows[line.row]["columns"] = self.named(values)
                continue
            operation = {"name": line.name, "type": line.type, "columns": self.named(values)}
            rows[line.row].setdefault("operations", []).append(operation)
        document["totals"]["columns"] = self.named(self.totals)
        return document | {"columns": list(self.convention), "summary": list(self.notes)}


def choose_columns(report: ReportFigures, choice: ColumnChoice) -> ChosenReport:
    """Compute the figures of ``choice``.

    Raises `archc.show.report.columns.UnknownColumnError`, and KeyError for an unknown convention
    or dtype.
    """
    columns = choose(choice.columns)
    measures = ReportMeasures(report, CONVENTIONS[choice.count_like], choice.dtype, choice.batch)
    lines = tuple(measures.lines(choice.level))
    data = tuple(tuple(column.value(line, measures) for column in columns) for line in lines)
    totals = tuple(column.total(measures) for column in columns)
    notes = tuple(_notes(columns, measures))
    return ChosenReport(report, columns, lines, data, totals, notes, _words(columns, measures))


def _notes(columns: Sequence[ReportColumn], measures: ReportMeasures) -> list[str]:
    """Say exact totals as the convention's tool does, peak memory, and the report's own notes."""
    told, convention = measures.told, measures.convention
    heads = ", heads included" if convention.heads and measures.network.heads else ""
    lines = [
        f"{told.params:,} params{heads}, {told.macs * convention.factor:,} {convention.printed}, "
        f"depth {measures.depth}"
    ]
    if {"activations", "memory", "alive"} & {column.name for column in columns}:
        lines.append(
            f"peak activation memory in inference: {measures.peak / 2**20:,.2f} MiB "
            f"({measures.dtype}, batch {measures.batch}), in {measures.at_peak}"
        )
    if any(column.name.startswith("paper-") for column in columns):
        lines += filter(None, [mark_counts(measures.report), *footnotes(measures.report)])
    return lines


_MEMORY = (
    "memory is what torch allocates: the input, tensors, a max pool's indices; without params "
    "and without what oneDNN or cuDNN needs for themselves"
)


def _words(columns: Sequence[ReportColumn], measures: ReportMeasures) -> tuple[str, ...]:
    """Say what each column counts, then the convention."""
    macs = (
        "multiply-adds of convolutions and linear layers for one sample, one operation each, "
        "without bias, norm and pooling"
    )
    if measures.convention.name != "paper":
        macs = f"for one sample, {measures.convention.words}"
    told = {
        "macs": macs,
        "dtype": measures.dtype,
        "batch": measures.batch,
        "counted": measures.report.network.units.params,
    }
    lines = [
        column.about.format_map(told)
        for column in columns
        if column.name not in ("row", "name", "type", "patch")
    ]
    names = {column.name for column in columns}
    if "macs" not in names and {"flops", "macs-share"} & names:
        lines.append(f"mult-adds: {macs}")
    if "alive" in names:
        lines.append(_MEMORY)
    return tuple(dict.fromkeys(lines))


# The table


def chosen_table(chosen: ChosenReport) -> Table:
    """Make a table of the chosen columns; below it, the notes and what the columns count."""
    network = chosen.report.network
    notes = [Note(line, apart=not at) for at, line in enumerate(chosen.notes)]
    if chosen.convention:
        counting = f"Counting: {'; '.join(chosen.convention)}."
        notes.append(Note(counting, apart=True, aside=True, style="dim"))
    return Table(
        tuple(
            TextColumn(column.header, right=not column.left, key=column.name)
            for column in chosen.columns
        ),
        tuple(TableRow(_cells(chosen.columns, values)) for values in chosen.data),
        _cells(chosen.columns, chosen.totals),
        one_line(network.name),
        one_line(network.source or ""),
        notes=tuple(notes),
        folding=True,
    )


def _cells(columns: Sequence[ReportColumn], values: Sequence[ColumnValue]) -> tuple[TextCell, ...]:
    return tuple(_cell(*each) for each in zip(columns, values, strict=True))


def _cell(column: ReportColumn, value: ColumnValue) -> TextCell:
    """Make a value's cell, a verdict's mark apart from its text; CSV has lists as text."""
    text, mark = column.text(value), ""
    if column.name.startswith("paper-") and text[-1:] in MARKS.values():
        text, _, mark = text.rpartition(" ")
    return TextCell(text, mark, _plain(value))


def _plain(value: ColumnValue) -> object:
    """Write lists as text: a shape as ``28×28×256``, others as ``height×width``."""
    if not isinstance(value, list):
        return value
    return format_shape(tuple(map(int, value))) if len(value) == 3 else "×".join(map(str, value))
