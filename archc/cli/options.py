"""Options and arguments that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from archc.cli.file_words import file_word
from archc.cli.limits import current_limits, limit_options
from archc.network import Network, SpecNotFoundError, open_network
from archc.spec import UnknownVariantError
from archc.texts import one_line

Command = Callable[..., Any]

__all__ = ["default_output", "force_option", "load_spec", "settings_option", "variant_option"]

_set_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Override a key of the spec: classes=10, input=256×256×3.",
)  # fmt: skip


def settings_option(command: Command) -> Command:
    """Add ``--set``, and with it what a spec may ask for."""
    return _set_option(limit_options(command))


variant_option = click.option("--variant", metavar="NAME", help="Which of the spec's variants.")


force_option = click.option(
    "--force", is_flag=True,
    help="Overwrite a file that archc did not write, or that was changed since.",
)  # fmt: skip


def load_spec(spec: str, settings: Sequence[str], variant: str | None = None) -> Network:
    """The checked network, within the command's limits; an unknown name is wrong usage (exit 2)."""
    try:
        return open_network(spec, settings, variant, current_limits())
    except SpecNotFoundError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="SPEC") from None
    except UnknownVariantError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--variant") from None


def default_output(spec: str, variant: str | None, ending: str) -> str:
    """``build/<spec><ending>``, with the variant's name if one was asked for."""
    stem = Path(spec).stem + (f"_{file_word(variant)}" if variant else "")
    return f"build/{stem}{ending}"
