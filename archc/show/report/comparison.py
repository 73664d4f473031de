"""Networks side by side: their totals, and what their papers say of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archc.ops import format_shape
from archc.quantities import aligned
from archc.show.report.table import Report
from archc.show.report.text import table_line
from archc.show.report.verdicts import MARKS
from archc.texts import dump_json, one_line, spreadsheet_row

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["COLUMNS", "Line", "line", "to_csv", "to_json", "to_list", "to_markdown", "to_table"]

COLUMNS = ("spec", "input", "depth", "params", "ops", "paper", "source")


@dataclass(frozen=True, slots=True)
class Line:
    """One network: its totals, and the paper's own with a mark."""

    spec: str
    input: str
    depth: int
    params: int
    macs: int
    paper: str
    source: str

    def exact(self, count: str) -> list[str]:
        """The cells with counts in full; ``count`` formats them."""
        params, macs = format(self.params, count), format(self.macs, count)
        return [self.spec, self.input, str(self.depth), params, macs, self.paper, self.source]

    def short(self) -> list[str]:
        """The cells with params in millions and multiply-adds in billions, or less."""
        params, macs = aligned(self.params, "M"), aligned(self.macs, "G")
        return [self.spec, self.input, str(self.depth), params, macs, self.paper, self.source]


def line(spec: str, report: Report) -> Line:
    """A report's line in the comparison; ``spec`` is what the command line calls it."""
    network, found = report.network, report.figures
    if network.variant is not None:
        spec = f"{spec} --variant {network.variant}"
    printed = ", ".join(
        f"{cell.printed} {key} {MARKS[cell.verdict]}" for key, cell in report.published.items()
    )
    return Line(
        one_line(spec),
        format_shape(network.input.shape),
        found.depth,
        found.total.params,
        found.total.macs,
        printed,
        one_line(network.source or ""),
    )


def to_table(lines: Sequence[Line]) -> Table:
    """For a terminal of 80 columns: short counts, no source."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in COLUMNS[:-1]:
        table.add_column(name, justify="right" if name in ("depth", "params", "ops") else "left")
    for each in lines:
        table.add_row(*(Text(cell) for cell in each.short()[:-1]))
    return table


def to_list(lines: Sequence[Line]) -> Iterator[str]:
    """Two lines for each network: its figures, and where it is from."""
    width = max(len(each.spec) for each in lines)
    for each in lines:
        spec, size, _, params, macs, _, source = each.short()
        yield f"{spec:{width}}  {size:11}  {params:>7} params  {macs:>6} ops"
        yield f"    {source}"


def to_markdown(lines: Sequence[Line]) -> str:
    """A Markdown table."""
    rule = ["---:" if name in ("depth", "params", "ops") else "---" for name in COLUMNS]
    rows = [list(COLUMNS), rule, *(each.exact(",") for each in lines)]
    return "\n".join(table_line(row) for row in rows) + "\n"


def to_csv(lines: Sequence[Line]) -> str:
    """One line per network, counts without separators."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([COLUMNS, *(spreadsheet_row(each.exact("d")) for each in lines)])
    return out.getvalue()


def to_json(reports: Sequence[Report]) -> str:
    """A list of reports' heads: name, input, totals, and the verdicts on printed totals."""
    keys = ("name", "spec", "input", "totals", "published")
    documents = [{key: report.to_dict()[key] for key in keys} for report in reports]
    return dump_json(documents) + "\n"
