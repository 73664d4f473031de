"""``archc import``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archc.cli.options import force_option
from archc.cli.output import write_output
from archc.diagnostics import ArchcError, SpecError, safe
from archc.sources.tables import MAX_BYTES, Imported, import_table
from archc.spec.tokens import parse_size


@click.command("import")
@click.argument(
    "table", metavar="TABLE", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option(
    "-o", "output", metavar="FILE",
    help="Where to write the spec; - for stdout.  [default: build/<table>.yaml]",
)  # fmt: skip
@click.option("--name", metavar="NAME", help="The network's name.  [default: the file's]")
@click.option("--input", "size", metavar="H×W×C", help="The network's input.")
@click.option(
    "--flops", type=click.IntRange(1, 2), metavar="1|2",
    help="How many of the table's FLOPs a multiply-add is.  [default: as its figures fit, else 1]",
)  # fmt: skip
@force_option
def command(
    table: str,
    output: str | None,
    name: str | None,
    size: str | None,
    flops: int | None,
    force: bool,
) -> None:
    """Make a spec of a table as pasted from a paper or a README: TSV, CSV or Markdown.

    TABLE is a file, or - for stdin. What the table does not say is assumed, and listed on
    stderr and at the top of the spec. Exit 1 if the spec is not right yet: it is written all the
    same, to be mended, and what is wrong is listed. Nothing is written where there is no table.
    """
    if size is not None and len(parse_size(size) or ()) != 3:
        raise click.BadParameter(f"{size} is not height×width×channels", param_hint="--input")
    target = output or _default(table)
    data, file = _read(table)
    imported = import_table(data, file, target, name=name, size=_with_times(size), flops=flops)
    write_output(imported.text, target, force)
    _list_notes(imported)
    if imported.diagnostics:
        raise SpecError(tuple(imported.diagnostics))


def _default(table: str) -> str:
    return f"build/{Path(table).stem if table != '-' else 'imported'}.yaml"


def _read(table: str) -> tuple[bytes, str]:
    if table == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    try:
        with Path(table).open("rb") as file:
            return file.read(MAX_BYTES + 1), table
    except OSError as error:
        raise ArchcError(f"cannot read {table}: {error.strerror}") from None


def _with_times(size: str | None) -> str | None:
    return "×".join(map(str, parse_size(size) or ())) if size is not None else None


def _list_notes(imported: Imported) -> None:
    click.echo("what the table does not say, and what was assumed:", err=True)
    for note in imported.notes:
        click.echo(f"- {safe(note)}", err=True)
