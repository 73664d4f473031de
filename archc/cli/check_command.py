"""``archc check``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from archc.cli.console import MOST, merged, print_json, show_diagnostics, unique
from archc.cli.options import current_limits, load_spec, settings_option, variant_option
from archc.diagnostics import Code, Diagnostic, SpecError, safe
from archc.diagnostics.export import to_dict, to_sarif
from archc.network import Network
from archc.ops import format_shape
from archc.spec import variants_of

_EVERYWHERE = (Code.UNUSED_MODULE, Code.UNUSED_DEFAULTS)
"""Warnings that hold for a spec if they hold for all its variants."""


CheckResult = Network | tuple[Diagnostic, ...]
"""A network, or why there is none."""


@dataclass(frozen=True)
class CheckedSpec:
    """A spec with the result for each of its variants (for ``""`` where it has none)."""

    spec: str
    results: Mapping[str, CheckResult]

    @property
    def networks(self) -> dict[str, Network]:
        """The variants that are right."""
        return {key: result for key, result in self.results.items() if isinstance(result, Network)}

    @property
    def errors(self) -> dict[str, tuple[Diagnostic, ...]]:
        """The diagnostics of the other variants."""
        return {
            key: result for key, result in self.results.items() if not isinstance(result, Network)
        }

    @property
    def found(self) -> list[Diagnostic]:
        """Errors; or warnings, where there are none."""
        if errors := self.errors:
            return merged({variant: errors.get(variant, ()) for variant in self.results})
        warnings = merged({key: network.warnings for key, network in self.networks.items()})
        return [
            warning
            for warning in warnings
            if warning.code not in _EVERYWHERE or not warning.variants
        ]


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
    found = unique(diagnostic for one in checked for diagnostic in one.found)
    match form:
        case "json":
            print_json(to_document(checked, found))
        case "sarif":
            print_json(to_sarif(found, version("archc")))
        case _ if found:
            sys.stdout.flush()
            show_diagnostics(found, most)
    if any(strict or diagnostic.is_error for diagnostic in found):
        ctx.exit(1)


def check(spec: str, settings: Sequence[str], variant: str | None) -> CheckedSpec:
    """Load the spec, with all its variants unless one is named."""
    first = _load(spec, settings, variant)
    if variant is not None:
        names: tuple[str, ...] = (variant,)
    elif isinstance(first, Network):
        names = first.graph.variants
    else:
        names = variants_of(spec, settings, current_limits())
    results = {name: _load(spec, settings, name) for name in names[1:]}
    return CheckedSpec(spec, {names[0] if names else "": first, **results})


def _load(spec: str, settings: Sequence[str], variant: str | None) -> CheckResult:
    try:
        return load_spec(spec, settings, variant)
    except SpecError as error:
        return error.diagnostics


def summaries(checked: CheckedSpec) -> Iterator[str]:
    """Write a line for each network that is right."""
    for network in checked.networks.values():
        yield (
            f"{safe(checked.spec)}: ok, {safe(network.name)}: {len(network.rows)} rows, "
            f"{format_shape(network.input)} to {format_shape(network.output)}, "
            f"{network.params:,} params, {network.macs:,} multiply-adds"
        )


def to_document(checked: Sequence[CheckedSpec], found: Sequence[Diagnostic]) -> dict[str, Any]:
    """Write what was checked, its figures, and all diagnostics."""
    return {
        "specs": [
            {
                "spec": spec.spec,
                "ok": not spec.errors,
                "networks": [_figures(each) for each in spec.networks.values()],
            }
            for spec in checked
        ],
        "diagnostics": [to_dict(each) for each in found],
        "errors": sum(each.is_error for each in found),
        "warnings": sum(not each.is_error for each in found),
    }


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
