"""The options of ``archc report`` that choose columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from archc.analysis.counting import CONVENTIONS
from archc.analysis.memory import DTYPES
from archc.texts import one_line

if TYPE_CHECKING:
    from archc.show.report.chosen import ColumnChoice

__all__ = ["CHOICES", "choice_options", "read_choice"]

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


def read_choice(options: dict[str, Any]) -> ColumnChoice | None:
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
