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
from archc.network import Network
from archc.targets import TARGETS
from archc.texts import one_line


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
@click.option(
    "--after", metavar="PASS",
    help="For `--emit ir`: the program as it is after this pass.  [default: the last]",
)  # fmt: skip
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    target: str,
    output: str | None,
    weights: str | None,
    after: str | None,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Write a network as source, or as a model file."""
    if weights is not None and not TARGETS[target].carries_weights:
        raise click.BadParameter(f"{target} source holds no weights", param_hint="--weights")
    if after is not None:
        _check_after(after, target)
    network = load_spec(spec, settings, variant)
    content = network.emit(target, weights) if after is None else _program(network, after)
    default = default_output(spec, variant, TARGETS[target].ending)
    write_output(content, output or default, force)


def _check_after(after: str, target: str) -> None:
    """Refuse (exit 2) where there is no such pass, or no program to show."""
    from archc.targets.ir import STEPS

    if target != "ir":
        raise click.BadParameter("only `--emit ir` shows passes", param_hint="--after")
    if after not in STEPS:
        raise click.BadParameter(
            f"there is no pass `{one_line(after)}`; in order they are {', '.join(STEPS)}",
            param_hint="--after",
        )


def _program(network: Network, after: str) -> str:
    from archc.targets.ir import emit_ir

    return emit_ir(network.graph, after)
