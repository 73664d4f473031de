"""``archc diff``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from archc.cli.console import print_json, show
from archc.cli.options import limit_options, load_spec
from archc.ir import Network

FORMATS = ("table", "markdown", "json")


@dataclass(frozen=True, slots=True)
class DiffSide:
    """A spec with its settings."""

    spec: str
    settings: tuple[str, ...]
    variant: str | None

    def load(self) -> Network:
        """Load the checked graph."""
        return load_spec(self.spec, self.settings, self.variant).graph

    @property
    def title(self) -> str:
        """What to call it: ``googlenet --set classes=10``."""
        return self.called(Path(self.spec).stem)

    def called(self, spec: str) -> str:
        """Name it with the spec's name or its path."""
        words = [spec]
        words += [f"--variant {self.variant}"] if self.variant else []
        words += [f"--set {setting}" for setting in self.settings]
        return " ".join(words)


@click.command("diff")
@click.argument("spec_a", metavar="A")
@click.argument("spec_b", metavar="[B]", required=False)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of both specs; of a single spec, what makes its other side.",
)
@click.option("--variant", metavar="NAME", help="The same for which of the spec's variants.")
@click.option("--set-a", multiple=True, metavar="KEY=VALUE", help="Override a key of A alone.")
@click.option("--set-b", multiple=True, metavar="KEY=VALUE", help="Override a key of B alone.")
@click.option("--variant-a", metavar="NAME", help="Which of A's variants.")
@click.option("--variant-b", metavar="NAME", help="Which of B's variants.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--exit-code", is_flag=True, help="Exit 1 when the two differ.")
@limit_options
@click.pass_context
def command(
    ctx: click.Context,
    spec_a: str,
    spec_b: str | None,
    settings: tuple[str, ...],
    variant: str | None,
    set_a: tuple[str, ...],
    set_b: tuple[str, ...],
    variant_a: str | None,
    variant_b: str | None,
    form: str,
    exit_code: bool,
) -> None:
    """Compare two specs, or one spec with itself at other settings, row by row.

    \b
    archc diff googlenet googlenet_bn
    archc diff googlenet --set input=256×256×3
    archc diff vgg --variant-a D --variant E
    """  # noqa: D301 (click wants the character, not a backslash)
    shared = spec_b is not None
    a = DiffSide(
        spec_a,
        (*(settings if shared else ()), *set_a),
        variant_a or (variant if shared else None),
    )
    b = DiffSide(spec_b or spec_a, (*settings, *set_b), variant_b or variant)
    if not shared and a == b:
        raise click.UsageError("name a second spec, or say what to change with --set or --variant")
    differs = compare_sides(a, b, form)
    if exit_code and differs:
        ctx.exit(1)


def titles(a: DiffSide, b: DiffSide) -> tuple[str, str]:
    """Name the two, with their paths where they would be called the same without."""
    if a != b and a.title == b.title:
        return a.called(a.spec), b.called(b.spec)
    return a.title, b.title


def compare_sides(a: DiffSide, b: DiffSide, form: str) -> bool:
    """Print the difference, and return whether there is one."""
    from archc.difference import compare

    before, after = a.load(), b.load()
    called = titles(a, b) if before.name == after.name else None
    difference = compare(before, after, called)
    match form:
        case "json":
            print_json(difference.to_dict())
        case "markdown":
            click.echo(difference.to_markdown(), nl=False)
        case _:
            from archc.difference.table import difference_tables

            show(*difference_tables(difference))
    return not difference.empty
