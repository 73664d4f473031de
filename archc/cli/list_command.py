"""``archc list``, and ``archc report`` without a SPEC."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from archc.library import spec_names
from archc.network import load
from archc.show.report import Report, comparison


@click.command("list")
def command() -> None:
    """List the bundled networks: input, params, multiply-adds and source."""
    for text in comparison.to_list([comparison.line(*each) for each in bundled()]):
        click.echo(text)


def compare_all(form: str) -> None:
    """All bundled networks side by side."""
    found = list(bundled())
    rows = [comparison.line(name, report) for name, report in found]
    match form:
        case "json":
            click.echo(comparison.to_json([report for _, report in found]), nl=False)
        case "markdown":
            click.echo(comparison.to_markdown(rows), nl=False)
        case "csv":
            click.echo(comparison.to_csv(rows), nl=False)
        case _:
            from rich.console import Console

            Console(file=sys.stdout, highlight=False).print(comparison.to_table(rows))


def bundled() -> Iterator[tuple[str, Report]]:
    """Every bundled spec, and every variant of it."""
    for name in spec_names():
        network = load(name)
        variants = network.graph.variants
        yield name, network.report()
        for variant in variants[1:]:
            yield name, load(name, variant=variant).report()
