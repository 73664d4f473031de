"""``archc list``, and what it lists, for other commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from archc.cli.console import show
from archc.library import spec_names
from archc.network import load

if TYPE_CHECKING:
    from archc.show.report import Report
    from archc.show.report.tables import NetworkTotals


@click.command("list")
def command() -> None:
    """List the bundled networks: input, params, multiply-adds and source."""
    from archc.show.report.tables import list_table

    show(list_table(all_totals()), wrapped=False)


def all_totals() -> list[NetworkTotals]:
    """Take the totals of every bundled network."""
    from archc.show.report.tables import network_totals

    return [network_totals(*each) for each in bundled()]


def bundled() -> Iterator[tuple[str, Report]]:
    """Load every bundled spec, and every variant of it."""
    for name in spec_names():
        network = load(name)
        variants = network.graph.variants
        yield name, network.report()
        for variant in variants[1:]:
            yield name, load(name, variant=variant).report()
