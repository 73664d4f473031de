"""The options that set what a spec may ask for, and where its files may lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from archc.diagnostics import nearest
from archc.limits import Limits
from archc.texts import one_line

__all__ = ["current_limits", "limit_options"]

Command = Callable[..., Any]

_META = "archc.limits"


def current_limits() -> Limits:
    """The limits that the running command was given."""
    given: dict[str, Any] = click.get_current_context().meta.get(_META, {})
    try:
        return Limits(**given)
    except ValueError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--limit") from None


def limit_options(command: Command) -> Command:
    """Add ``--limit`` and ``--allow``."""
    for option in (_allow, _limit):
        command = option(command)
    return command


def _read_limits(ctx: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> None:
    for text in texts:
        name, _, number = text.partition("=")
        if name not in Limits.names():
            known = ", ".join(Limits.names())
            hint = nearest(name, Limits.names()) or f"the limits are {known}"
            raise click.BadParameter(f"there is no limit {name!r}: {hint}")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            raise click.BadParameter(f"{text!r} is not {name}=NUMBER")
        ctx.meta.setdefault(_META, {})[name] = int(number)


def _read_folders(ctx: click.Context, option: click.Parameter, folders: tuple[Path, ...]) -> None:
    if folders:
        ctx.meta.setdefault(_META, {})["folders"] = folders


def _shown_limits() -> str:
    numbers = [(each.name, each.default) for each in fields(Limits) if each.name in Limits.names()]
    return ", ".join(f"{name}={number}" for name, number in numbers)


_limit = click.option(
    "--limit", multiple=True, metavar="NAME=NUMBER", expose_value=False, callback=_read_limits,
    help=f"What a spec may ask for.  [default: {_shown_limits()}]",
)  # fmt: skip

_allow = click.option(
    "--allow", multiple=True, expose_value=False, callback=_read_folders,
    type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER",
    help="Where a spec may read others from, besides its own folder.",
)  # fmt: skip
