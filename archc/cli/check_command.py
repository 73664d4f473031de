"""``archc check``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import click

from archc.cli.findings import MOST, show, unique
from archc.cli.options import load_spec, settings_option, variant_option
from archc.diagnostics import Code, Diagnostic, SpecError, safe
from archc.diagnostics.export import to_dict, to_sarif
from archc.network import Network
from archc.ops import format_shape
from archc.texts import dump_json

_EVERYWHERE = (Code.UNUSED_MODULE, Code.UNUSED_DEFAULTS)
"""Warnings that hold for a spec if they hold for all its variants."""


@dataclass
class Checked:
    """A spec with what was found, for each of its variants (None where it has none)."""

    spec: str
    networks: list[Network] = field(default_factory=list)
    errors: tuple[Diagnostic, ...] = ()

    @property
    def found(self) -> list[Diagnostic]:
        """Errors; or warnings, where there are none."""
        warnings = [each for network in self.networks for each in network.warnings]
        times = Counter((each.code, str(each.span)) for each in warnings)
        kept = (
            each
            for each in warnings
            if each.code not in _EVERYWHERE
            or times[each.code, str(each.span)] == len(self.networks)
        )
        return list(self.errors) or unique(kept)


@click.command("check")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(("text", "json", "sarif")), default="text",
    show_default=True, help="json and sarif are for editors and CI.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@click.option(
    "--max-errors", "most", type=click.IntRange(0), default=MOST, show_default=True,
    help="How many to show as text; 0 for all.",
)  # fmt: skip
@settings_option
@variant_option
@click.pass_context
def command(
    ctx: click.Context,
    specs: tuple[str, ...],
    form: str,
    strict: bool,
    most: int,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Check specs: keys, names, shapes and claimed sizes. Exit 1 if one is wrong.

    All variants of a spec are checked unless one is named. Warnings are of what has no effect,
    and of printed figures that are not the computed ones.
    """
    checked = []
    for spec in specs:
        checked.append(check(spec, settings, variant))
        if form == "text":
            for line in summaries(checked[-1]):
                click.echo(line)
    found = unique(each for one in checked for each in one.found)
    match form:
        case "json":
            click.echo(to_json(checked, found))
        case "sarif":
            click.echo(dump_json(to_sarif(found, version("archc"))))
        case _ if found:
            sys.stdout.flush()
            show(found, most)
    if any(strict or each.is_error for each in found):
        ctx.exit(1)


def check(spec: str, settings: Sequence[str], variant: str | None) -> Checked:
    """Load the spec, with all its variants unless one is named."""
    checked = Checked(spec)
    try:
        checked.networks.append(load_spec(spec, settings, variant))
        others = checked.networks[0].graph.variants[1:] if variant is None else ()
        checked.networks.extend(load_spec(spec, settings, other) for other in others)
    except SpecError as error:
        checked.errors = error.diagnostics
    return checked


def summaries(checked: Checked) -> Iterator[str]:
    """A line for each network that is right."""
    for network in checked.networks:
        yield (
            f"{safe(checked.spec)}: ok, {safe(network.name)}: {len(network.rows)} rows, "
            f"{format_shape(network.input)} to {format_shape(network.output)}, "
            f"{network.params:,} params, {network.macs:,} multiply-adds"
        )


def to_json(checked: Sequence[Checked], found: Sequence[Diagnostic]) -> str:
    """What was checked, its figures, and all diagnostics."""
    data = {
        "specs": [
            {"spec": one.spec, "ok": not one.errors, "networks": [*map(_figures, one.networks)]}
            for one in checked
        ],
        "diagnostics": [to_dict(each) for each in found],
        "errors": sum(each.is_error for each in found),
        "warnings": sum(not each.is_error for each in found),
    }
    return dump_json(data)


def _figures(network: Network) -> dict[str, Any]:
    return {
        "name": network.name,
        "variant": network.graph.variant,
        "rows": len(network.rows),
        "input": list(network.input),
        "output": list(network.output),
        "params": network.params,
        "macs": network.macs,
    }
