"""Options and arguments that commands share."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from archc.diagnostics import ArchcError
from archc.network import Network, SpecNotFoundError, open_network
from archc.spec import UnknownVariantError
from archc.spec.tokens import slug

__all__ = ["default_output", "load_spec", "settings_option", "variant_option", "write_output"]

settings_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Override a key of the spec: classes=10, input=256×256×3.",
)  # fmt: skip


variant_option = click.option("--variant", metavar="NAME", help="Which of the spec's variants.")


def load_spec(spec: str, settings: Sequence[str], variant: str | None = None) -> Network:
    """The checked network; an unknown name is wrong usage (exit 2)."""
    try:
        return open_network(spec, settings, variant)
    except SpecNotFoundError as error:
        raise click.BadParameter(str(error), param_hint="SPEC") from None
    except UnknownVariantError as error:
        raise click.BadParameter(str(error), param_hint="--variant") from None


def default_output(spec: str, variant: str | None, ending: str) -> str:
    """``build/<spec><ending>``, with the variant's name if one was asked for."""
    stem = Path(spec).stem + (f"_{slug(variant)}" if variant else "")
    return f"build/{stem}{ending}"


def write_output(text: str | bytes, path: str) -> None:
    """Write all of ``text`` or nothing; ``-`` is stdout.

    Raises `ArchcError` when the file cannot be written.
    """
    data = text.encode() if isinstance(text, str) else text
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)
    except OSError as error:
        raise ArchcError(f"cannot write {path}: {error.strerror}") from None
    click.echo(f"wrote {path}", err=True)


def _replace(target: Path, data: bytes) -> None:
    """Write beside the target, then move into place in one step."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
