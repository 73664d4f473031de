"""The options of ``archc report`` that choose another table, and its output."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from archc.analysis.counting import CONVENTIONS
from archc.analysis.memory import DTYPES
from archc.network import Network
from archc.texts import one_line

if TYPE_CHECKING:
    from archc.show.report.grid import Choice

__all__ = ["CHOICES", "choice_options", "read_choice", "show_chosen"]

Command = Callable[..., Any]

_KEYS = ("columns", "level", "count_like", "dtype", "batch")
CHOICES = tuple(f"--{key.replace('_', '-')}" for key in _KEYS)
"""The options' names."""

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


def choice_options(command: Command) -> Command:
    """Add the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_choice(options: dict[str, Any]) -> Choice | None:
    """What the options ask for, taken out of ``options``; None for the paper's own table.

    Raises `click.BadParameter` for an unknown column.
    """
    given = {key: value for key in _KEYS if (value := options.pop(key)) is not None}
    if not given:
        return None
    from archc.show.report.columns import DEFAULT, UnknownColumnError, choose
    from archc.show.report.grid import Choice

    memory = ("memory", "alive") if {"dtype", "batch"} & given.keys() else ()
    text = given.pop("columns", None)
    names = (*DEFAULT, *memory) if text is None else tuple(map(str.strip, text.split(",")))
    try:
        choose(names)
    except UnknownColumnError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--columns") from None
    return Choice(names, **given)


def show_chosen(form: str, networks: list[Network], choice: Choice) -> None:
    """Print one chosen table after the other."""
    from archc.show.report import grid_text
    from archc.show.report.grid import make_grid

    grids = [make_grid(network.report(), choice) for network in networks]
    match form:
        case "json":
            click.echo(grid_text.json_text(grids), nl=False)
        case "markdown":
            click.echo("\n".join(map(grid_text.markdown, grids)), nl=False)
        case "csv":
            click.echo(grid_text.csv(*grids), nl=False)
        case _:
            from rich.console import Console

            from archc.show.report.grid_terminal import print_grid

            console = Console(file=sys.stdout, highlight=False)
            for index, grid in enumerate(grids):
                if index:
                    console.print()
                print_grid(grid, console)
