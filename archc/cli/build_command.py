"""``archc build``."""

from __future__ import annotations

import click

from archc.cli.options import (
    default_output,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import write_output
from archc.emit import TARGETS


@click.command("build")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--emit", "target", type=click.Choice(list(TARGETS)), default="torch", show_default=True
)
@click.option(
    "-o", "output", metavar="FILE", help="Where to write; - for stdout.  [default: build/<spec>.py]"
)
@click.option(
    "--weights", metavar="FILE", type=click.Path(exists=True, dir_okay=False),
    help="Safetensors of the emitted PyTorch module, for targets that hold weights.",
)  # fmt: skip
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    target: str,
    output: str | None,
    weights: str | None,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Write a network as source, or as a model file."""
    if weights is not None and not TARGETS[target].carries_weights:
        raise click.BadParameter(f"{target} source holds no weights", param_hint="--weights")
    network = load_spec(spec, settings, variant)
    content = network.emit(target, weights)
    default = default_output(spec, variant, TARGETS[target].ending)
    write_output(content, output or default, force)
