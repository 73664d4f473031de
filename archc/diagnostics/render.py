"""A diagnostic as text for a terminal: the source line, carets under the place, the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archc.diagnostics.places import Label, Source, Span
from archc.diagnostics.words import in_variants, width

if TYPE_CHECKING:
    from archc.diagnostics.diagnostic import Diagnostic

__all__ = ["render"]

_WINDOW = 110  # characters of a source line that are shown
_BOLD, _RED, _YELLOW, _BLUE, _OFF = "\033[1m", "\033[31m", "\033[33m", "\033[34m", "\033[0m"


def render(diagnostic: Diagnostic, color: bool, shown: Callable[[str], str]) -> str:
    """The diagnostic as text of several lines, without a final newline."""
    bold, blue, off = (_BOLD, _BLUE, _OFF) if color else ("", "", "")
    strong = (_RED if diagnostic.is_error else _YELLOW) if color else ""
    code = diagnostic.code
    kind = f"{strong}{code.severity}[{code.code}]{off}{bold}"
    out = [f"{bold}{shown(str(diagnostic.span))}: {kind}: {shown(diagnostic.message)}{off}"]
    places = [place for place in _in_order(diagnostic) if place.span.source.text]
    gutter = " " * len(str(max((place.span.line for place in places), default=1)))
    out += [f"{gutter} {blue}|{off}"] * bool(places)
    above: tuple[Source, str] | None = None
    for place in places:
        span = place.span
        if span.source is not (above[0] if above else diagnostic.span.source):
            out.append(f"{gutter} {blue}::{off} {shown(str(span))}")
        is_primary = span is diagnostic.span
        style = strong if is_primary else blue
        source, carets = _excerpt(span, "^" if is_primary else "-", shown)
        line = f"{blue}{span.line:>{len(gutter)}} |{off} {source}".rstrip()
        if above != (span.source, line):
            out.append(line)
        above = span.source, line
        out.append(f"{gutter} {blue}|{off} {style}{carets} {shown(place.text)}".rstrip() + off)
    if diagnostic.variants:
        where = shown(in_variants(diagnostic.variants))
        out.append(f"{gutter} {blue}={off} {bold}note{off}: {where}")
    if diagnostic.help:
        out.append(f"{gutter} {blue}={off} {bold}help{off}: {shown(diagnostic.help)}")
    return "\n".join(out)


def _in_order(diagnostic: Diagnostic) -> list[Label]:
    """Its places in the order of their lines, those in its own file first."""
    own = diagnostic.span.source

    def order(place: Label) -> tuple[bool, str, int]:
        elsewhere = place.span.source is not own
        return elsewhere, place.span.source.name if elsewhere else "", place.span.line

    return sorted([Label(diagnostic.span, ""), *diagnostic.labels], key=order)


def _excerpt(span: Span, mark: str, shown: Callable[[str], str]) -> tuple[str, str]:
    """The source line as it is shown, and the carets under the span."""
    text = span.source.line(span.line)
    start = span.column - 1
    stop = span.end_column - 1 if span.end_line == span.line else len(text)
    stop = max(stop, start + 1)
    cut = max(0, min(start - 20, len(text) - _WINDOW)) if len(text) > _WINDOW else 0
    lead = shown("… ") if cut else ""
    before = width(shown(text[cut:start])) + len(lead)
    under = width(shown(text[start : min(stop, cut + _WINDOW)]))
    tail = shown(" …") if len(text) > cut + _WINDOW else ""
    return lead + shown(text[cut : cut + _WINDOW]) + tail, " " * before + mark * max(1, under)
