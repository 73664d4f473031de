"""``archc explain``."""

from __future__ import annotations

import difflib
import heapq
import re
import sys
from collections.abc import Iterator

import click

from archc.cli.console import print_markdown
from archc.diagnostics import Code, safe
from archc.library import error_page

__all__ = ["GROUPS", "command"]

GROUPS = {
    "E1": "Text and files",
    "E2": "Structure",
    "E3": "Names",
    "E4": "Shapes",
    "W5": "Warnings",
}
"""What codes that start alike are about."""

_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")  # to another page, which has no address


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what an error or a warning means, with an example and its mending.

    CODE is what a message has in brackets: `archc explain E401`. Without it all are listed.
    """
    if code is None:
        click.echo("\n".join(_listing()))
        return
    path = error_page(_find(code).code)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    print_markdown(_LINK.sub(r"\1", text))


def _listing() -> Iterator[str]:
    """Write a line for each code, below its group."""
    for start, group in GROUPS.items():
        yield from ("", group) if start != next(iter(GROUPS)) else (group,)
        yield from (f"  {code.code}  {code.title}" for code in Code if code.code.startswith(start))


def _find(text: str) -> Code:
    """Find a code, with or without its letter; an unknown one is wrong usage (exit 2)."""
    wanted = text.strip().strip("[]").upper()
    for each in Code:
        if wanted in (each.code, each.code[1:]):
            return each
    close = heapq.nlargest(
        3,
        (each for each in Code if _likeness(wanted, each)[0] > 0.5),
        key=lambda each: _likeness(wanted, each),
    )
    known = ", ".join(f"{each.code} ({each.title})" for each in close)
    help_ = f"the nearest are {known}" if close else "`archc explain` lists them all"
    raise click.BadParameter(f"there is no code `{safe(text)}`; {help_}", param_hint="CODE")


def _likeness(wanted: str, code: Code) -> tuple[float, int]:
    """Measure how much of the text is the code's, and how much of it in one piece."""
    matcher = difflib.SequenceMatcher(None, wanted, code.code, autojunk=False)
    return matcher.ratio(), matcher.find_longest_match().size
