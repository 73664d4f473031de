"""Tables as CSV, for spreadsheets and programs."""

from __future__ import annotations

import csv
import io

from archc.show.table import Table, TextCell
from archc.texts import spreadsheet_row

__all__ = ["to_csv"]


def to_csv(*tables: Table) -> str:
    """Write one header and a line per row, counts in full; of several tables, the title first.

    The tables must have the same columns. Totals, titles and notes are left out: programs add up
    for themselves.
    """
    several = len(tables) > 1
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = [column.key or column.header for column in tables[0].columns]
    writer.writerow(spreadsheet_row([*(["network"] if several else []), *head]))
    for table in tables:
        name = [table.title] if several else []
        for row in table.rows:
            writer.writerow(spreadsheet_row([*name, *map(_value, row.cells)]))
    return out.getvalue()


def _value(cell: TextCell) -> object:
    return cell.marked if cell.value is None else cell.value
