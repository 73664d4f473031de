"""``archc diagram``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from archc.cli.options import (
    default_output,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import write_output

if TYPE_CHECKING:
    from archc.diagram.render import Format

FORMATS = ("svg", "png", "pdf", "dot")


@click.command("diagram")
@click.argument("spec", metavar="SPEC")
@click.option(
    "-o", "output", metavar="FILE",
    help="A .svg, .png, .pdf or .dot file; - for DOT on stdout.  [default: build/<spec>.svg]",
)  # fmt: skip
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    output: str | None,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Draw a network, one box per row of its table."""
    output = output or default_output(spec, variant, ".svg")
    form = "dot" if output == "-" else Path(output).suffix.removeprefix(".").lower()
    if form not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise click.BadParameter(f"{output} must end in one of {known}", param_hint="-o")
    from archc.diagram import rows_diagram

    dot = rows_diagram(load_spec(spec, settings, variant).graph)
    if form == "dot":
        write_output(dot, output, force)
        return
    from archc.diagram.render import render

    write_output(render(dot, cast("Format", form)), output, force)
