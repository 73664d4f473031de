"""Options that commands share: settings, variants, limits, and where outputs go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from archc.diagnostics import nearest
from archc.limits import Limits
from archc.network import Network, SpecNotFoundError, open_network
from archc.spec import UnknownVariantError
from archc.texts import one_line

__all__ = [
    "current_limits",
    "default_output",
    "file_word",
    "force_option",
    "limit_options",
    "load_spec",
    "settings_option",
    "variant_option",
]

ClickCommand = Callable[..., Any]

_set_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Override a key of the spec: classes=10, input=256×256×3.",
)  # fmt: skip


def settings_option(command: ClickCommand) -> ClickCommand:
    """Add ``--set``, and with it what a spec may ask for."""
    return _set_option(limit_options(command))


variant_option = click.option("--variant", metavar="NAME", help="Which of the spec's variants.")


force_option = click.option(
    "--force", is_flag=True,
    help="Overwrite a file that archc did not write, or that was changed since.",
)  # fmt: skip


def load_spec(spec: str, settings: Sequence[str], variant: str | None = None) -> Network:
    """Load a network within the command's limits; an unknown name is wrong usage (exit 2)."""
    try:
        return open_network(spec, settings, variant, current_limits())
    except SpecNotFoundError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="SPEC") from None
    except UnknownVariantError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--variant") from None


def default_output(spec: str, variant: str | None, ending: str) -> str:
    """Name the output ``build/<spec><ending>``, with the variant if one was asked for."""
    stem = Path(spec).stem + (f"_{file_word(variant)}" if variant else "")
    return f"build/{stem}{ending}"


_LONGEST = 100
"""Bytes of a word: a file's name has 255 at most, and may have several words."""

_BETWEEN = re.compile(r"[^A-Za-z0-9_\x80-\U0010ffff]+")


def file_word(text: str) -> str:
    """Make a part of a file's name: ``inception_3a`` of ``inception (3a)``.

    Letters and signs of other scripts stay. A name in code, which `archc.spec.tokens.slug`
    makes, is ASCII alone: the same, ``row``, for every name in another script.
    """
    shown = "".join(char if char.isprintable() else " " for char in text.replace("×", "x"))
    word = _BETWEEN.sub("_", shown.replace("#", "")).strip("_").casefold()
    whole = unicodedata.normalize("NFC", word).encode()
    if len(whole) <= _LONGEST:
        return whole.decode() or "row"
    end = "_" + sha256(whole).hexdigest()[:8]  # what begins alike is another file
    return whole[: _LONGEST - len(end)].decode(errors="ignore") + end


# What a spec may ask for. The options put it into the context, where `load_spec` finds it.

_META = "archc.limits"


def current_limits() -> Limits:
    """Return the limits that the running command was given."""
    given: dict[str, Any] = click.get_current_context().meta.get(_META, {})
    try:
        return Limits(**given)
    except ValueError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--limit") from None


def limit_options(command: ClickCommand) -> ClickCommand:
    """Add ``--limit`` and ``--allow``."""
    return _limit(_allow(command))


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
    numbers = [
        (limit.name, limit.default) for limit in fields(Limits) if limit.name in Limits.names()
    ]
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
