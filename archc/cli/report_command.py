"""``archc report``."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import force_option, load_spec, settings_option, variant_option
from archc.cli.output import write_output
from archc.cli.report_choice import CHOICES, choice_options, read_choice, show_chosen
from archc.network import Network
from archc.show.report import Report
from archc.texts import dump_json

if TYPE_CHECKING:
    from archc.show.report.grid import Choice

DOCUMENTS = ("html", "latex")
FORMATS = ("table", "markdown", "csv", "json", *DOCUMENTS)


@click.command("report")
@click.argument("specs", metavar="[SPEC...]", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "output", metavar="FILE", help="Where to write it.  [default: stdout]")
@force_option
@choice_options
@settings_option
@variant_option
def command(
    specs: tuple[str, ...],
    form: str,
    output: str | None,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
    **options: Any,
) -> None:
    """Print the paper's table beside the printed figures, every cell settled.

    Without a SPEC: all bundled networks side by side.
    """
    if not specs and (settings or variant):
        raise click.UsageError("--set and --variant need a SPEC")
    choice = read_choice(options)
    if choice and not specs:
        raise click.UsageError("a choice of columns needs a SPEC")
    if choice and form == "html":
        raise click.UsageError(
            f"a page of --format html has columns of its own: leave out {', '.join(CHOICES)}, "
            "or choose another format"
        )
    networks = [load_spec(spec, settings, variant) for spec in specs]
    if form in DOCUMENTS:
        write_output(_document(form, specs, networks, choice), output or "-", force)
    elif output is None:
        _show(form, networks, choice)
    else:
        with redirect_stdout(io.StringIO()) as text:
            _show(form, networks, choice)
        write_output(text.getvalue(), output, force)


def _document(
    form: str, specs: tuple[str, ...], networks: list[Network], choice: Choice | None
) -> str:
    from archc.cli.report_documents import chosen_document, comparison_document, reports_document

    if choice is not None:
        return chosen_document(networks, choice)
    return reports_document(form, specs, networks) if specs else comparison_document(form)


def _show(form: str, networks: list[Network], choice: Choice | None) -> None:
    """Print one report after the other, or without any the comparison of all bundled ones."""
    if not networks:
        from archc.cli.list_command import compare_all

        compare_all(form)
        return
    if choice is not None:
        show_chosen(form, networks, choice)
        return
    reports = [network.report() for network in networks]
    match form:
        case "json" if len(reports) > 1:
            documents = [report.to_dict() for report in reports]
            click.echo(dump_json(documents))
        case "json":
            click.echo(reports[0].to_json(), nl=False)
        case "markdown":
            click.echo("\n".join(report.to_markdown() for report in reports), nl=False)
        case "csv":
            from archc.show.report.text import csv as to_csv

            click.echo(to_csv(*reports), nl=False)
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
