"""``archc check``."""

from __future__ import annotations

import click

from archc.cli.options import load_spec, settings_option
from archc.diagnostics import Diagnostic, SpecError
from archc.ops import format_shape


@click.command("check")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@settings_option
def command(specs: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check specs: keys, names, shapes and claimed sizes. Exit 1 if one is wrong."""
    found: list[Diagnostic] = []
    for spec in specs:
        try:
            network = load_spec(spec, settings)
        except SpecError as error:
            found.extend(error.diagnostics)
            continue
        click.echo(
            f"{spec}: ok, {network.name}: {len(network.rows)} rows, "
            f"{format_shape(network.input)} to {format_shape(network.output)}, "
            f"{network.params:,} params, {network.macs:,} multiply-adds"
        )
    if found:
        raise SpecError(tuple(found))
