"""Networks side by side: their totals, and what their papers say of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archc.ops import format_shape
from archc.report.table import Report
from archc.report.verdicts import MARKS

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["COLUMNS", "comparison_row", "to_csv", "to_json", "to_list", "to_markdown", "to_table"]

COLUMNS = ("spec", "input", "depth", "params", "ops", "paper", "source")


def comparison_row(spec: str, report: Report) -> tuple[str, ...]:
    """One network: exact params and multiply-adds, and the paper's totals with a mark."""
    network, found = report.network, report.figures
    if network.variant is not None:
        spec = f"{spec} --variant {network.variant}"
    printed = ", ".join(
        f"{cell.printed} {key} {MARKS[cell.verdict]}" for key, cell in report.published.items()
    )
    return (
        spec,
        format_shape(network.input.shape),
        str(found.depth),
        f"{found.total.params:,}",
        f"{found.total.macs:,}",
        printed,
        network.source or "",
    )


def to_table(rows: Sequence[tuple[str, ...]]) -> Table:
    """For a terminal of 80 columns: counts in millions and billions, no source."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in COLUMNS[:-1]:
        table.add_column(name, justify="right" if name in ("depth", "params", "ops") else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in _short(row)[:-1]))
    return table


def to_list(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Two lines for each network: its figures, and where it is from."""
    width = max(len(row[0]) for row in rows)
    for row in rows:
        spec, size, _, params, ops, _, source = _short(row)
        yield f"{spec:{width}}  {size:11}  {params:>7} params  {ops:>6} ops"
        yield f"    {source}"


def _short(row: tuple[str, ...]) -> tuple[str, ...]:
    """The row with params in millions and multiply-adds in billions."""
    params, ops = (int(count.replace(",", "")) for count in row[3:5])
    return (*row[:3], f"{params / 1e6:.2f}M", f"{ops / 1e9:.2f}G", *row[5:])


def to_markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(COLUMNS) + " |"]
    lines.append("| " + " | ".join("---:" if c in COLUMNS[2:5] else "---" for c in COLUMNS) + " |")
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def to_csv(rows: Sequence[tuple[str, ...]]) -> str:
    """One line per network, counts without separators."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([*row[:3], row[3].replace(",", ""), row[4].replace(",", ""), *row[5:]])
    return out.getvalue()


def to_json(reports: Sequence[Report]) -> str:
    """A list of reports' heads: name, input, totals, and the verdicts on printed totals."""
    keys = ("name", "spec", "input", "totals", "published")
    documents = [{key: report.to_dict()[key] for key in keys} for report in reports]
    return json.dumps(documents, indent=2, ensure_ascii=False) + "\n"
