"""``archc check``."""

from __future__ import annotations

import click

from archc.cli.options import load_spec, settings_option, variant_option
from archc.diagnostics import Diagnostic, SpecError, safe
from archc.network import Network
from archc.ops import format_shape


@click.command("check")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@settings_option
@variant_option
def command(specs: tuple[str, ...], settings: tuple[str, ...], variant: str | None) -> None:
    """Check specs: keys, names, shapes and claimed sizes. Exit 1 if one is wrong.

    All variants of a spec are checked unless one is named.
    """
    found: list[Diagnostic] = []
    for spec in specs:
        try:
            network = load_spec(spec, settings, variant)
            click.echo(summary(spec, network))
            for other in network.graph.variants[1:] if variant is None else ():
                click.echo(summary(spec, load_spec(spec, settings, other)))
        except SpecError as error:
            found.extend(error.diagnostics)
    if found:
        raise SpecError(tuple(found))


def summary(spec: str, network: Network) -> str:
    """The line for a network that is right."""
    return (
        f"{spec}: ok, {safe(network.name)}: {len(network.rows)} rows, "
        f"{format_shape(network.input)} to {format_shape(network.output)}, "
        f"{network.params:,} params, {network.macs:,} multiply-adds"
    )
