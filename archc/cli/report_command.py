"""``archc report``."""

from __future__ import annotations

import json
import sys

import click

from archc.cli.options import load_spec, settings_option, variant_option
from archc.report import Report

FORMATS = ("table", "markdown", "csv", "json")


@click.command("report")
@click.argument("specs", metavar="[SPEC...]", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@settings_option
@variant_option
def command(
    specs: tuple[str, ...], form: str, settings: tuple[str, ...], variant: str | None
) -> None:
    """Print the paper's table beside the printed figures, every cell settled.

    Without a SPEC: all bundled networks side by side.
    """
    if not specs:
        if settings or variant:
            raise click.UsageError("--set and --variant need a SPEC")
        from archc.cli.list_command import compare_all

        compare_all(form)
        return
    reports = [load_spec(spec, settings, variant).report() for spec in specs]
    match form:
        case "json" if len(reports) > 1:
            documents = [report.to_dict() for report in reports]
            click.echo(json.dumps(documents, indent=2, ensure_ascii=False))
        case "json":
            click.echo(reports[0].to_json(), nl=False)
        case "markdown":
            click.echo("\n".join(report.to_markdown() for report in reports), nl=False)
        case "csv":
            click.echo("".join(report.to_csv() for report in reports), nl=False)
        case _:
            print_tables(reports)


def print_tables(reports: list[Report]) -> None:
    """All reports on the terminal."""
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    for index, report in enumerate(reports):
        if index:
            console.print()
        report.print(console)
