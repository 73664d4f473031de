"""``archc report``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from archc.analysis.cost import CONVENTIONS
from archc.analysis.memory import DTYPES
from archc.cli.console import print_json, show, table_text
from archc.cli.options import force_option, load_spec, settings_option, variant_option
from archc.cli.output import write_output
from archc.network import Network
from archc.texts import dump_json, one_line

if TYPE_CHECKING:
    from archc.ir import Head, Row
    from archc.ir import Network as Graph
    from archc.show.report.chosen import ColumnChoice
    from archc.show.report.page import Drawings
    from archc.show.table import Table

DOCUMENTS = ("html", "latex")
FORMATS = ("table", "markdown", "csv", "json", *DOCUMENTS)


_KEYS = ("columns", "level", "count_like", "dtype", "batch")
_CHOICES = tuple(f"--{key.replace('_', '-')}" for key in _KEYS)
"""The options that choose columns."""

_OPTIONS = (
    click.option("--columns", metavar="NAME,...", help="Which columns, see docs/report.md."),
    click.option(
        "--level", type=click.Choice(("row", "op")), help="A line per row or per operation."
    ),
    click.option(
        "--count-like", type=click.Choice(tuple(CONVENTIONS)), help="Count as this tool does."
    ),
    click.option("--dtype", type=click.Choice(tuple(DTYPES)), help="Of activations in memory."),
    click.option("--batch", type=click.IntRange(1), help="Samples that are in memory at once."),
)


def _choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose columns."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _read_choice(options: dict[str, Any]) -> ColumnChoice | None:
    """Take out of ``options`` what they ask for; None for the paper's own table.

    Raises `click.BadParameter` for an unknown column.
    """
    given = {key: value for key in _KEYS if (value := options.pop(key)) is not None}
    if not given:
        return None
    from archc.show.report.chosen import ColumnChoice
    from archc.show.report.columns import DEFAULT, UnknownColumnError, choose

    memory = ("memory", "alive") if {"dtype", "batch"} & given.keys() else ()
    text = given.pop("columns", None)
    names = (*DEFAULT, *memory) if text is None else tuple(map(str.strip, text.split(",")))
    try:
        choose(names)
    except UnknownColumnError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--columns") from None
    return ColumnChoice(names, **given)


@click.command("report")
@click.argument("specs", metavar="[SPEC...]", nargs=-1)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "output", metavar="FILE", help="Where to write it.  [default: stdout]")
@force_option
@_choice_options
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
    choice = _read_choice(options)
    if choice and not specs:
        raise click.UsageError("a choice of columns needs a SPEC")
    if choice and form == "html":
        raise click.UsageError(
            f"a page of --format html has columns of its own: leave out {', '.join(_CHOICES)}, "
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

    from archc.show.report.tables import network_totals

    reports = [network.report() for network in networks]
    drawings = [_module_drawings(network.graph) for network in networks]
    if len(reports) == 1:
        return report_page(reports[0], drawings[0])
    totals = [network_totals(*each) for each in zip(specs, reports, strict=True)]
    return reports_page(totals, reports, drawings)


def _module_drawings(network: Graph) -> Drawings:
    """Draw each row and head that is a module as SVG; where nothing draws, give the reason."""
    from archc.show.diagram.render import RenderError
    from archc.show.report.page import Drawings

    try:
        drawn = {part.name: _figure(network, part) for part in network.parts if _is_module(part)}
    except RenderError as error:
        reason = one_line(str(error))
        click.echo(f"the modules' figures are left out: {reason}", err=True)
        return Drawings(missing=reason)
    return Drawings(drawn)


def _is_module(part: Row | Head) -> bool:
    return any(node.kind == "module" for node in part.nodes)


def _figure(network: Graph, part: Row | Head) -> bytes:
    """Draw without legend and caption: the page has its own."""
    from archc.show.diagram import draw_part, to_dot
    from archc.show.diagram.render import render

    drawing = replace(draw_part(network, part), key=None, caption="")
    return render(to_dot(drawing), "svg")


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
