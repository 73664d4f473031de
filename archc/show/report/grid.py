"""A chosen table as a value that any renderer can take: texts, data and the words below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archc.analysis.counting import CONVENTIONS
from archc.show.report import cells
from archc.show.report.columns import DEFAULT, Cell, Column, choose
from archc.show.report.lines import Level, Line, Measured
from archc.show.report.table import Report

__all__ = ["Choice", "Grid", "make_grid"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a table is asked to show; the columns by name."""

    columns: tuple[str, ...] = DEFAULT
    level: Level = "row"
    count_like: str = "paper"
    dtype: str = "float32"
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: ``data`` and ``totals`` have a cell per column.

    ``notes`` stand below it, and ``convention`` says what the columns count, in which units.
    """

    report: Report
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    data: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...]
    notes: tuple[str, ...]
    convention: tuple[str, ...]

    @property
    def header(self) -> list[str]:
        """The columns' headers."""
        return [column.header for column in self.columns]

    def texts(self) -> Iterator[list[str]]:
        """The lines' cells as people read them."""
        for row in self.data:
            yield self.text(row)

    def text(self, row: Sequence[Cell]) -> list[str]:
        """One line's cells, or the totals, as people read them."""
        return [column.text(cell) for column, cell in zip(self.columns, row, strict=True)]

    def named(self, row: Sequence[Cell]) -> dict[str, Cell]:
        """One line's cells as data, by the columns' names."""
        return {column.name: cell for column, cell in zip(self.columns, row, strict=True)}

    def to_dict(self) -> dict[str, Any]:
        """The report's own JSON with the chosen columns beside each row's figures.

        Operations, where they are the lines, are listed below their row.
        """
        found = self.report.to_dict()
        rows = {row["name"]: row for row in found["rows"]}
        for line, row in zip(self.lines, self.data, strict=True):
            if line.is_row:
                rows[line.row]["columns"] = self.named(row)
                continue
            operation = {"name": line.name, "type": line.type, "columns": self.named(row)}
            rows[line.row].setdefault("operations", []).append(operation)
        found["totals"]["columns"] = self.named(self.totals)
        return found | {"columns": list(self.convention), "summary": list(self.notes)}


def make_grid(report: Report, choice: Choice) -> Grid:
    """The table of ``choice``.

    Raises `archc.show.report.columns.UnknownColumnError`, and KeyError for an unknown convention
    or dtype.
    """
    columns = choose(choice.columns)
    found = Measured(report, CONVENTIONS[choice.count_like], choice.dtype, choice.batch)
    lines = tuple(found.lines(choice.level))
    data = tuple(tuple(column.value(line, found) for column in columns) for line in lines)
    totals = tuple(column.total(found) for column in columns)
    return Grid(
        report, columns, lines, data, totals, _notes(columns, found), _words(columns, found)
    )


def _notes(columns: Sequence[Column], found: Measured) -> tuple[str, ...]:
    """Exact totals as the convention's tool says them, peak memory, and the report's own."""
    told, convention = found.told, found.convention
    heads = ", heads included" if convention.heads and found.network.heads else ""
    lines = [
        f"{told.params:,} params{heads}, {told.macs * convention.factor:,} {convention.printed}, "
        f"depth {found.depth}"
    ]
    if {"activations", "memory", "alive"} & {column.name for column in columns}:
        lines.append(
            f"peak activation memory in inference: {found.peak / 2**20:,.2f} MiB "
            f"({found.dtype}, batch {found.batch}), in {found.at_peak}"
        )
    if any(column.name.startswith("paper-") for column in columns):
        lines += cells.footnotes(found.report)
    return tuple(lines)


_MEMORY = (
    "memory is what torch allocates: the input, tensors, a max pool's indices; without params "
    "and without what oneDNN or cuDNN needs for themselves"
)


def _words(columns: Sequence[Column], found: Measured) -> tuple[str, ...]:
    """What each column counts, then the convention."""
    macs = (
        "multiply-adds of convolutions and linear layers for one sample, one operation each, "
        "without bias, norm and pooling"
    )
    if found.convention.name != "paper":
        macs = f"for one sample, {found.convention.words}"
    told = {
        "macs": macs,
        "dtype": found.dtype,
        "batch": found.batch,
        "counted": found.report.network.units.params,
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
