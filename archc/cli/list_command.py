"""``archc list``."""

from __future__ import annotations

import click

from archc.library import spec_names
from archc.network import load
from archc.ops import format_shape


@click.command("list")
def command() -> None:
    """List the bundled networks."""
    print_list()


def print_list() -> None:
    """A table of the bundled networks with input, params and ops."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("spec", "input", "params", "multiply-adds", "source"):
        table.add_column(name, justify="right" if name in ("params", "multiply-adds") else "left")
    for name in spec_names():
        network = load(name)
        table.add_row(
            name,
            format_shape(network.input),
            f"{network.params:,}",
            f"{network.macs:,}",
            network.graph.source or "",
        )
    Console(highlight=False).print(table)
