"""``archc build``."""

from __future__ import annotations

import click

from archc.cli.options import (
    default_output,
    load_spec,
    settings_option,
    variant_option,
    write_output,
)
from archc.emit import TARGETS


@click.command("build")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--emit", "target", type=click.Choice(list(TARGETS)), default="torch", show_default=True
)
@click.option(
    "-o", "output", metavar="FILE", help="Where to write; - for stdout.  [default: build/<spec>.py]"
)
@settings_option
@variant_option
def command(
    spec: str, target: str, output: str | None, settings: tuple[str, ...], variant: str | None
) -> None:
    """Write a network as source."""
    network = load_spec(spec, settings, variant)
    write_output(network.emit(target), output or default_output(spec, variant, "py"))
