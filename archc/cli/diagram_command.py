"""``archc diagram``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from archc.cli.options import (
    default_output,
    file_word,
    force_option,
    load_spec,
    settings_option,
    variant_option,
)
from archc.cli.output import write_output
from archc.diagnostics import safe
from archc.texts import one_line

if TYPE_CHECKING:
    from archc import ir
    from archc.show.diagram.draw import DrawingLevel, Measure
    from archc.show.diagram.drawing import Drawing
    from archc.show.diagram.render import Format
    from archc.show.diagram.style import Theme

FORMATS = ("svg", "png", "pdf", "dot", "mmd")


@click.command("diagram")
@click.argument("spec", metavar="SPEC")
@click.argument("row", metavar="[ROW]", required=False)
@click.option(
    "-o", "output", metavar="FILE",
    help="A .svg, .png, .pdf, .dot or .mmd (Mermaid) file; - for DOT on stdout.  "
    "[default: build/<spec>.svg]",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(["rows", "modules", "ops"]),
    help="A box per row, rows opened, or a box for every operation.  "
    "[default: rows; of a ROW, modules]",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["params", "macs", "memory"]),
    help="Colour by cost, not by kind: params, multiply-adds, or elements of activations.",
)  # fmt: skip
@click.option(
    "--direction", type=click.Choice(["down", "up"]),
    help="Where the output is.  [default: down; of a ROW, up, as papers draw modules]",
)  # fmt: skip
@click.option(
    "--theme", type=click.Choice(["auto", "light", "dark"]), default="auto", show_default=True,
    help="Colours; an svg of auto follows the page that shows it, other files are light.",
)  # fmt: skip
@force_option
@settings_option
@variant_option
def command(
    spec: str,
    row: str | None,
    output: str | None,
    level: DrawingLevel | None,
    by: Measure | None,
    direction: str | None,
    theme: Theme,
    force: bool,
    settings: tuple[str, ...],
    variant: str | None,
) -> None:
    """Draw a network, or a ROW of it (or a head) as its paper's figure does.

    ROW is a row's name, or what the table prints: "inception (3a)".
    """
    if row is not None and level == "rows":
        raise click.BadParameter("of a ROW, choose modules or ops", param_hint="--level")
    output = output or _default_output(spec, variant, row, level, by)
    form = "dot" if output == "-" else Path(output).suffix.removeprefix(".").lower()
    if form not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise click.BadParameter(f"{safe(output)} must end in one of {known}", param_hint="-o")
    up = None if direction is None else direction == "up"
    drawing = _drawing(load_spec(spec, settings, variant).graph, row, level, by, up)
    write_output(_written(drawing, form, theme), output, force)


def _drawing(
    network: ir.Network,
    row: str | None,
    level: DrawingLevel | None,
    by: Measure | None,
    up: bool | None,
) -> Drawing:
    from archc.show.diagram.draw import UnknownPartError, draw, draw_part, find_part

    if row is None:
        return draw(network, level or "rows", by, bool(up))
    try:
        part = find_part(network, row)
    except UnknownPartError as error:
        raise click.BadParameter(one_line(str(error)), param_hint="ROW") from None
    return draw_part(network, part, level or "modules", by, up is not False)


def _written(drawing: Drawing, form: str, theme: Theme) -> str | bytes:
    from archc.show.diagram import to_dot

    if form == "mmd":
        return _mermaid(drawing, theme)
    if form == "dot":
        return to_dot(drawing, theme)
    from archc.show.diagram.render import render
    from archc.show.diagram.style import with_dark_colors

    if form == "svg" and theme == "auto":
        return with_dark_colors(render(to_dot(drawing), "svg"))
    if theme == "auto":
        theme = "light"
    return render(to_dot(drawing, theme), cast("Format", form))


def _mermaid(drawing: Drawing, theme: Theme) -> str:
    """Write the text; warn where it is more than Mermaid takes on the pages that it is for."""
    from archc.show.diagram.mermaid import LONGEST, MOST_ARROWS, to_mermaid

    text = to_mermaid(drawing, theme)
    if len(text) > LONGEST or len(drawing.arrows) > MOST_ARROWS:
        click.echo(
            f"{len(text):,} characters and {len(drawing.arrows)} arrows: Mermaid draws no more "
            f"than {LONGEST:,} and {MOST_ARROWS}, unless its maxTextSize and maxEdges say so; "
            "draw a ROW, or a level with fewer boxes",
            err=True,
        )
    return text


def _default_output(spec: str, variant: str | None, *asked: str | None) -> str:
    """Name the file after row, level and measure, within what a file's name can be."""
    what = "".join(f"_{file_word(each)}" for each in asked if each)
    return default_output(spec, variant, f"{what}.svg")
