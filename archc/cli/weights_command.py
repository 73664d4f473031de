"""``archc weights``."""

from __future__ import annotations

from pathlib import Path

import click

from archc.checkpoint import Match, map_checkpoint, read_checkpoint
from archc.cli.console import print_json, show
from archc.cli.options import (
    default_output,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import write_output
from archc.diagnostics import ArchcError
from archc.tensors.files import stored_bytes
from archc.texts import one_line

ENDING = ".safetensors"


@click.command("weights")
@click.argument("spec", metavar="SPEC")
@click.argument("checkpoint", metavar="CHECKPOINT", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "-o", "output", metavar="FILE",
    help="A .safetensors file for the emitted PyTorch module.  [default: build/<spec>.safetensors]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print the map, write nothing.")
@click.option(
    "--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True
)
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    checkpoint: str,
    output: str | None,
    dry_run: bool,
    form: str,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Map a checkpoint of the same architecture onto a spec, and print the map.

    CHECKPOINT is a safetensors file, or a state_dict that torch saved (.pth, .pt, .bin). Its
    layers are found by structure, whatever their names. Exit 1 if it does not fit; then what
    does not is listed, and nothing is written.
    """
    if output is not None and not output.endswith(ENDING):
        raise click.BadParameter(f"{output} must end in {ENDING}", param_hint="-o")
    network = load_spec(spec, settings, variant)
    found = read_checkpoint(Path(checkpoint))
    match = map_checkpoint(network.graph, found.tensors, found.ordered)
    show_match(match, form)
    if match.problems:
        nothing = "" if dry_run else "; nothing is written"
        raise ArchcError(f"{checkpoint} does not fit {network.name}{nothing}")
    if not dry_run:
        metadata = {"spec": one_line(network.graph.spec), "digest": network.graph.digest}
        content = stored_bytes(match.renamed(found.tensors), metadata)
        write_output(content, output or default_output(spec, variant, ENDING), force)


def show_match(match: Match, form: str) -> None:
    """Print the map: tables, with lines of any length in a file, or JSON."""
    from archc.checkpoint.report import match_tables, to_dict

    if form == "json":
        print_json(to_dict(match))
    else:
        show(*match_tables(match), wrapped=False)
