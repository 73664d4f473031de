"""``archc verify``: load a spec, trace a module, print where they differ."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import click

from archc.cli.console import print_json
from archc.cli.options import load_spec, settings_option, variant_option
from archc.diagnostics import ArchcError, safe
from archc.network import Network
from archc.texts import one_line
from archc.verify import Deviation, compare

FORMATS = ("table", "json")


@click.command("verify")
@click.argument("spec", metavar="SPEC")
@click.argument("target", metavar="MODULE")
@click.option(
    "--arg", "arguments", multiple=True, metavar="KEY=VALUE",
    help="An argument of MODULE: aux_logits=True, drop_rate=0.2.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--strict", is_flag=True, help="What differs in training only counts, too.")
@settings_option
@variant_option
@click.pass_context
def command(
    context: click.Context,
    spec: str,
    target: str,
    arguments: tuple[str, ...],
    form: str,
    strict: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Say where a torch.nn.Module differs from a spec. Exit 1 if it does.

    What differs in training only (auxiliary heads, the rate of a dropout) is told, and counts
    with --strict.

    MODULE is package.module:callable, file.py:Class, or a file of which the first name in
    __all__ is meant. It is imported, called without arguments but those of --arg, and run on
    tensors without numbers: this runs MODULE's own code.
    """
    network = load_spec(spec, settings, variant)
    found = differences(network, target, dict(map(parse_argument, arguments)))
    agrees = not found if strict else all(deviation.training for deviation in found)
    if form == "json":
        print_json(to_dict(network, target, found, agrees))
    else:
        for line in lines(network, target, found, agrees):
            click.echo(safe(line))
    context.exit(0 if agrees else 1)


def differences(network: Network, target: str, arguments: dict[str, Any]) -> list[Deviation]:
    """Import, construct and trace the module, and compare; what is no module is wrong usage."""
    try:
        from archc.runtime.trace import trace
        from archc.runtime.trace_import import TargetError, construct
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None
    try:
        module = construct(target, arguments)
        traced = trace(module, network.input)
    except TargetError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="MODULE") from None
    except SystemExit:  # with a code of 0 it would say that the module implements the spec
        raise ArchcError(f"{target} ended the program instead of giving a result") from None
    return compare(network.graph, traced)


def parse_argument(text: str) -> tuple[str, Any]:
    """Parse ``key=value``; a value that is no Python literal is a text."""
    key, found, value = text.partition("=")
    if not found or not key.isidentifier():
        raise click.BadParameter(f"`{text}` is not KEY=VALUE", param_hint="--arg")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return key, value  # all that `literal_eval` raises, by how odd the text is


def lines(network: Network, target: str, found: Sequence[Deviation], agrees: bool) -> list[str]:
    """Return a heading with the verdict, and a line for each difference."""
    real = [deviation for deviation in found if not deviation.training]
    counted = len(real) or len(found)
    places = "1 difference" if counted == 1 else f"{counted} differences"
    if not real:
        places += " in training"
    heading = f"{target} implements {network.name}"
    if not agrees:
        heading = f"{target} does not implement {network.name}: {places}"
    training = [
        f"  in training only: {deviation.text}" for deviation in found if deviation.training
    ]
    return [heading, *(f"  {deviation.text}" for deviation in real), *training]


def to_dict(
    network: Network, target: str, found: Sequence[Deviation], agrees: bool
) -> dict[str, Any]:
    """Return the comparison as plain data."""
    return {
        "name": network.name,
        "spec": network.graph.spec,
        "module": target,
        "agrees": agrees,
        "differences": [deviation.to_dict() for deviation in found if not deviation.training],
        "training": [deviation.to_dict() for deviation in found if deviation.training],
    }
