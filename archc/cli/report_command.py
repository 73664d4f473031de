"""``archc report``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from archc.cli.console import print_json, show, table_text
from archc.cli.options import force_option, load_spec, settings_option, variant_option
from archc.cli.output import write_output
from archc.cli.report_choice import CHOICES, choice_options, read_choice
from archc.network import Network
from archc.texts import dump_json

if TYPE_CHECKING:
    from archc.show.report.chosen import ColumnChoice
    from archc.show.table import Table

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
    if form == "table":
        tables = _tables(form, networks, choice)
        if output is None:
            show(*tables)
        else:
            write_output(table_text(*tables), output, force)
        return
    if form == "json":
        document = _document(networks, choice)
        if output is None:
            print_json(document)
        else:
            write_output(dump_json(document) + "\n", output, force)
        return
    text = _text(form, specs, networks, choice)
    if form in DOCUMENTS or output is not None:
        write_output(text, output or "-", force)
    else:
        click.echo(text, nl=False)


def _tables(form: str, networks: Sequence[Network], choice: ColumnChoice | None) -> list[Table]:
    """Make a format's tables: of chosen columns, of each network, or of all bundled ones."""
    if choice is not None:
        from archc.show.report.chosen import choose_columns, chosen_table

        return [chosen_table(choose_columns(network.report(), choice)) for network in networks]

    from archc.show.report.tables import comparison_table, exact_table, paper_table

    if networks:
        table = exact_table if form == "csv" else paper_table
        return [table(network.report()) for network in networks]

    from archc.cli.list_command import all_totals

    short, source = form == "table", form not in ("table", "latex")
    return [comparison_table(all_totals(), short, source)]


def _text(
    form: str, specs: Sequence[str], networks: Sequence[Network], choice: ColumnChoice | None
) -> str:
    """Write the tables in one of the formats that are not made for a terminal."""
    if form == "html":
        return _page(specs, networks)
    tables = _tables(form, networks, choice)
    match form:
        case "csv":
            from archc.show.spreadsheet import to_csv

            return to_csv(*tables)
        case "markdown":
            from archc.show.markdown import to_markdown

            return "\n".join(map(to_markdown, tables))
        case _:
            from archc.show.latex import to_latex

            return to_latex(*tables)


def _page(specs: Sequence[str], networks: Sequence[Network]) -> str:
    """Make one page to explore the networks in, or all bundled ones side by side."""
    from archc.show.report.page import comparison_page, report_page, reports_page

    if not networks:
        from archc.cli.list_command import all_totals

        return comparison_page(all_totals())

    from archc.cli.drawings import module_drawings
    from archc.show.report.tables import network_totals

    reports = [network.report() for network in networks]
    drawings = [module_drawings(network.graph) for network in networks]
    if len(reports) == 1:
        return report_page(reports[0], drawings[0])
    totals = [network_totals(*each) for each in zip(specs, reports, strict=True)]
    return reports_page(totals, reports, drawings)


def _document(networks: Sequence[Network], choice: ColumnChoice | None) -> object:
    """Return one report as data, or a list of several; without any, all bundled ones' heads."""
    if not networks:
        from archc.cli.list_command import bundled

        heads = ("name", "spec", "input", "totals", "published")
        documents = (report.to_dict() for _, report in bundled())
        return [{key: document[key] for key in heads} for document in documents]
    reports = [network.report() for network in networks]
    if choice is None:
        data = [report.to_dict() for report in reports]
    else:
        from archc.show.report.chosen import choose_columns

        data = [choose_columns(report, choice).to_dict() for report in reports]
    return data if len(data) > 1 else data[0]
