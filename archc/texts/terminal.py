"""Tables on a terminal, by rich; not imported with `archc.texts`, as few need it."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

__all__ = ["print_whole"]


def print_whole(table: Table, console: Console) -> None:
    """No cell of a column without wrap is cut: a terminal that is too narrow wraps the lines."""
    unbounded = console.options.update(max_width=10_000)
    for column in table.columns:
        if column.no_wrap:  # its cells' longest word is not the least that it needs
            texts = (column.header, *column.cells)
            column.min_width = max(
                Measurement.get(console, unbounded, each).maximum for each in texts
            )
    least = Measurement.get(console, unbounded, table).minimum
    if least > console.width:
        table.width = least
    console.print(table, crop=False)
