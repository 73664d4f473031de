"""How commands show what is wrong with a spec."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import click

from archc.cli.console import is_colored, shown_on_stderr
from archc.diagnostics import Diagnostic, in_order

__all__ = ["MOST", "counted", "merged", "show", "unique"]

MOST = 20
"""How many diagnostics are shown unless more are asked for: what follows is rarely read."""


def show(found: Sequence[Diagnostic], most: int = MOST) -> None:
    """Print diagnostics to stderr, the first ``most`` of them (all for 0), and their count."""
    color = is_colored(sys.stderr)
    shown = found[:most] if most else found
    for each in shown:
        click.echo(each.render(color, shown_on_stderr) + "\n", err=True, color=color)
    left_out = len(found) - len(shown)
    hidden = f" ({left_out} not shown: archc check --max-errors 0)" if left_out else ""
    codes = list(dict.fromkeys(each.code.code for each in shown))
    click.echo(f"{counted(found)}{hidden}; see: archc explain {codes[0]}", err=True)


def counted(found: Iterable[Diagnostic]) -> str:
    """Write ``2 errors, 1 warning``."""
    errors = warnings = 0
    for each in found:
        errors += each.is_error
        warnings += not each.is_error
    numbers = [(errors, "error"), (warnings, "warning")]
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for n, word in numbers if n) or "0 errors"


def unique(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Keep each mistake once: what several specs extend is wrong, or worth a look, in one place."""
    return list({_identity(each): each for each in found}.values())


def merged(found: Mapping[str, Iterable[Diagnostic]]) -> list[Diagnostic]:
    """Merge what was found in each variant: each mistake once, with the variants that have it.

    In the order of the text. What all variants have needs no names.
    """
    first: dict[tuple[object, ...], Diagnostic] = {}
    names: dict[tuple[object, ...], list[str]] = {}
    for variant, diagnostics in found.items():
        for each in diagnostics:
            first.setdefault(_identity(each), each)
            names.setdefault(_identity(each), []).append(variant)
    return in_order(
        each if len(names[key]) == len(found) else replace(each, variants=tuple(names[key]))
        for key, each in first.items()
    )


def _identity(found: Diagnostic) -> tuple[object, ...]:
    return found.code, str(found.span), found.message
