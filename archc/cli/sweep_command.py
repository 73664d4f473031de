"""``archc sweep``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path

import click

from archc.cli.console import print_json, progress, show
from archc.cli.options import (
    current_limits,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import write_output
from archc.diagnostics import SpecError
from archc.network import SpecNotFoundError, open_network
from archc.spec import UnknownVariantError
from archc.sweep import Axis, RangeError, Subject, Sweep, parse_axis, sweep
from archc.sweep.model import COLUMNS, DEFAULT_COLUMNS, NUMBERS
from archc.texts import one_line

FORMATS = ("table", "markdown", "csv", "json")
PICTURES = ("svg", "png")

_LONG = 50  # points; fewer are done before a progress bar could be read


@click.command("sweep")
@click.argument("spec", metavar="SPEC")
@click.option(
    "--vary",
    "ranges",
    multiple=True,
    required=True,
    metavar="KEY=RANGE",
    help="What to vary: classes=10:100:10, input=224×224×1:256, input=96:512:32; several make a "
    "grid.",
)
@click.option("--against", metavar="SPEC", help="Another spec at the same settings.")
@click.option("--against-variant", metavar="NAME", help="Which of that spec's variants.")
@settings_option
@variant_option
@click.option(
    "--columns",
    default=",".join(DEFAULT_COLUMNS),
    show_default=True,
    metavar="NAMES",
    help=f"Which figures, of {', '.join(COLUMNS)}.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Draw the lines too: FILE.svg or FILE.png.")
@force_option
def command(
    spec: str,
    ranges: tuple[str, ...],
    against: str | None,
    against_variant: str | None,
    settings: tuple[str, ...],
    variant: str | None,
    columns: str,
    form: str,
    output: str | None,
    force: bool,
) -> None:
    """Cost over a range of any setting, alone or beside another network.

    \b
    archc sweep googlenet --vary input=96:512:32
    archc sweep resnet50 --vary classes=10,100,1000 -o classes.svg
    archc sweep a.yaml --against b.yaml --vary input=224×224×1:256
    """  # noqa: D301 (click wants the character, not a backslash)
    chosen = _columns(columns)
    picture = _picture(output, chosen)
    limits = current_limits()
    subject = Subject(spec, settings, variant, limits)
    other = Subject(against, settings, against_variant, limits) if against else None
    if against_variant and not against:
        raise click.UsageError("--against-variant needs --against")
    if other is not None:
        _check_against(other)
    try:
        axes = [
            parse_axis(text, lambda: load_spec(spec, settings, variant).input[0]) for text in ranges
        ]
        with _progress(axes) as advance:
            found = sweep(subject, axes, other, advance, "alive" in chosen)
    except RangeError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--vary") from None
    except SpecNotFoundError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="SPEC") from None
    except UnknownVariantError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--variant") from None
    show_sweep(found, chosen, form)
    if output is not None and picture is not None:
        from archc.sweep.views import picture as draw

        write_output(draw(found, chosen, picture), output, force)


def _check_against(other: Subject) -> None:
    """Refuse a spec or variant that is not there; settings may be right at some points only."""
    try:
        open_network(other.spec, other.settings, other.variant, other.limits)
    except SpecNotFoundError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--against") from None
    except UnknownVariantError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="--against-variant") from None
    except SpecError:
        pass


def show_sweep(swept: Sweep, columns: Sequence[str], form: str) -> None:
    """Print the table."""
    from archc.sweep.views import exact_sweep_table, sweep_table

    match form:
        case "json":
            print_json(swept.to_dict(columns))
        case "csv":
            from archc.show.spreadsheet import to_csv

            click.echo(to_csv(exact_sweep_table(swept, columns)), nl=False)
        case "markdown":
            from archc.show.markdown import to_markdown

            click.echo(to_markdown(sweep_table(swept, columns), level=3), nl=False)
        case _:
            show(sweep_table(swept, columns, brief=True))


def _columns(names: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in chosen:
        if name not in COLUMNS:
            message = f"there is no column `{name}`: choose from {', '.join(COLUMNS)}"
            raise click.BadParameter(message, param_hint="--columns")
    return chosen


def _picture(output: str | None, columns: Sequence[str]) -> str | None:
    """Return the kind of picture that a file's name asks for; some column must be a number."""
    if output is None:
        return None
    kind = Path(output).suffix.removeprefix(".")
    if kind not in PICTURES:
        message = f"cannot draw {output}: name it .svg or .png"
        raise click.BadParameter(message, param_hint="--output")
    if not {*columns} & NUMBERS.keys():
        message = f"nothing to plot: choose from {', '.join(NUMBERS)}"
        raise click.BadParameter(message, param_hint="--columns")
    return kind


@contextmanager
def _progress(axes: Sequence[Axis]) -> Iterator[Callable[[], None]]:
    """Show a progress bar for long sweeps."""
    count = prod(len(axis.values) for axis in axes)
    if count < _LONG:
        yield lambda: None
        return
    with progress() as tell:
        done = iter(range(1, count + 1))
        yield lambda: tell("points", next(done) / count)
