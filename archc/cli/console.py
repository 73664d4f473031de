"""Show tables, diagnostics and progress on stdout and stderr, whatever their width and encoding.

`prepare_streams` is called once, before anything is shown. From then on no character that an
encoding lacks ends in a traceback: it is shown as another, or as an escape. What is aligned in
columns is shown by `show`, or asks `shown_on_stderr`: there such characters are replaced before
anything is measured.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import click

from archc.diagnostics import Diagnostic, in_order, safe
from archc.texts import dump_json, escape_json, readable

if TYPE_CHECKING:
    from archc.show.table import Table

__all__ = [
    "MOST",
    "is_colored",
    "merged",
    "prepare_streams",
    "print_json",
    "print_markdown",
    "progress",
    "show",
    "show_diagnostics",
    "shown_on_stderr",
    "table_text",
    "unique",
]


_ASCII = "archc_ascii"
"""ASCII by another name: click takes a stream of ASCII for a mistake, and writes UTF-8 to it."""


def prepare_streams() -> None:
    """Let both streams take any text, whatever their encoding is."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:  # a stream of somebody else's may be of any kind, or None
            continue
        if _encoding(stream) == "ascii":
            codecs.register(_find_ascii)
            reconfigure(encoding=_ASCII)
        reconfigure(errors="archc.readable")


def _find_ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(*ascii_, ascii_.incrementalencoder, ascii_.incrementaldecoder, _ASCII)


def print_json(value: object) -> None:
    """Print data as JSON that reads back as it was, whatever the encoding is."""
    click.echo(escape_json(dump_json(value), _encoding(sys.stdout)))


def print_markdown(text: str) -> None:
    """Print a page of Markdown as a terminal shows it best, in the terminal's own colours."""
    from rich.console import Console
    from rich.markdown import Markdown

    Console(highlight=False).print(Markdown(text, code_theme="ansi_dark"))


def shown_on_stderr(text: str) -> str:
    """Make a text what stderr can show, without what would move the cursor."""
    return readable(safe(text), _encoding(sys.stderr))


def show(*tables: Table, wrapped: bool = True) -> None:
    """Print tables. With ``wrapped=False`` lines in a file may have any length."""
    from archc.show.terminal import Screen, to_text

    columns = _columns() if wrapped or sys.stdout.isatty() else sys.maxsize
    color = is_colored(sys.stdout)
    text = to_text(*tables, screen=Screen(columns, _encoding(sys.stdout), color))
    click.echo(text, nl=False, color=color)


def table_text(*tables: Table) -> str:
    """Return what `show` prints, for a file."""
    from archc.show.terminal import Screen, to_text

    return to_text(*tables, screen=Screen(_columns()))


def is_colored(stream: TextIO) -> bool:
    """Whether it shows colours: a terminal that can, unless https://no-color.org is heeded."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _encoding(stream: TextIO) -> str:
    """Return the encoding's name as Python has it; a stream without one takes any text."""
    return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name


def _columns() -> int:
    """Return ``COLUMNS``, or the width of the terminal at any standard stream, or 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and (columns := os.get_terminal_size(stream.fileno()).columns):
                return columns
        except (AttributeError, ValueError, OSError):  # no terminal, or closed
            continue
    return 80


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """Show a bar on stderr that is told what is being done, and what share of all is, 0 to 1.

    Nothing is shown where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield lambda what, share: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, description=what, completed=share)


MOST = 20
"""How many diagnostics are shown unless more are asked for: what follows is rarely read."""


def show_diagnostics(diagnostics: Sequence[Diagnostic], most: int = MOST) -> None:
    """Print diagnostics to stderr, the first ``most`` of them (all for 0), and their count."""
    color = is_colored(sys.stderr)
    shown = diagnostics[:most] if most else diagnostics
    for diagnostic in shown:
        click.echo(diagnostic.render(color, shown_on_stderr) + "\n", err=True, color=color)
    left_out = len(diagnostics) - len(shown)
    hidden = f" ({left_out} not shown: archc check --max-errors 0)" if left_out else ""
    codes = list(dict.fromkeys(diagnostic.code.code for diagnostic in shown))
    click.echo(f"{_counted(diagnostics)}{hidden}; see: archc explain {codes[0]}", err=True)


def _counted(diagnostics: Sequence[Diagnostic]) -> str:
    """Write ``2 errors, 1 warning``."""
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    numbers = [(errors, "error"), (warnings, "warning")]
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for n, word in numbers if n) or "0 errors"


def unique(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Keep each mistake once: several specs may extend the one that makes it."""
    return list({_identity(diagnostic): diagnostic for diagnostic in diagnostics}.values())


def merged(found: Mapping[str, Iterable[Diagnostic]]) -> list[Diagnostic]:
    """Merge what was found in each variant: each mistake once, with the variants that have it.

    In the order of the text. What all variants have needs no names.
    """
    first: dict[tuple[object, ...], Diagnostic] = {}
    names: dict[tuple[object, ...], list[str]] = {}
    for variant, diagnostics in found.items():
        for diagnostic in diagnostics:
            first.setdefault(_identity(diagnostic), diagnostic)
            names.setdefault(_identity(diagnostic), []).append(variant)
    return in_order(
        diagnostic
        if len(names[key]) == len(found)
        else replace(diagnostic, variants=tuple(names[key]))
        for key, diagnostic in first.items()
    )


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    return diagnostic.code, str(diagnostic.span), diagnostic.message
