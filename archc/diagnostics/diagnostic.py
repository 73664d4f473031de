"""Places in texts, one mistake there, all that were found, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from archc.diagnostics.codes import Code
from archc.diagnostics.words import in_variants, safe, width

__all__ = [
    "ArchcError",
    "Diagnostic",
    "Diagnostics",
    "Label",
    "Source",
    "Span",
    "SpecError",
    "TooManyErrorsError",
    "in_order",
]


class Source:
    """A text and the name it is shown under (a path, or ``--set``)."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines without their ends."""
        return self.text.splitlines()

    def line(self, number: int) -> str:
        """Line ``number``, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Span(NamedTuple):
    """A stretch of a source, lines and columns counted from 1, the end exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """``file:line:column``, as editors and terminals link it."""
        return f"{self.source.name}:{self.line}:{self.column}"


class Label(NamedTuple):
    """A second place that a diagnostic speaks of."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what, where, and a way out.

    ``variants`` are those of the spec that have it, where others do not.
    """

    code: Code
    message: str
    span: Span
    help: str | None = None
    labels: tuple[Label, ...] = ()
    variants: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether a spec with it is wrong; a warning lets it pass."""
        return self.code.severity == "error"

    def render(self, color: bool = False, shown: Callable[[str], str] = safe) -> str:
        """Return the diagnostic as text of several lines, without a final newline.

        ``shown`` makes any text what its reader's screen can show; carets stand below that.
        """
        return _rendered(self, color, shown)


class Diagnostics:
    """Collects what is wrong with a spec, each mistake once, in the order of the text.

    It is true, and iterates, over the errors; ``warnings`` are apart. It takes ``most`` errors.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._errors: dict[tuple[object, ...], Diagnostic] = {}
        self._warnings: dict[tuple[object, ...], Diagnostic] = {}

    def add(
        self,
        code: Code,
        message: str,
        span: Span,
        *,
        help: str | None = None,
        labels: Iterable[Label] = (),
    ) -> None:
        """Record a mistake, or a warning. The same code at the same place counts once.

        A module's mistake shows up at each of its uses; the reader wants it once. Raises
        `TooManyErrorsError` with the last error that there is room for.
        """
        key = (code, id(span.source), span.line, span.column)
        elsewhere = tuple(label for label in labels if label.span != span)
        diagnostic = Diagnostic(code, message, span, help, elsewhere)
        (self._errors if diagnostic.is_error else self._warnings).setdefault(key, diagnostic)
        if self.most is not None and len(self._errors) >= self.most:
            raise TooManyErrorsError

    def __bool__(self) -> bool:
        return bool(self._errors)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(in_order(self._errors.values()))

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is worth a look in a spec that may be right."""
        return tuple(in_order(self._warnings.values()))

    def raise_if_any(self) -> None:
        """Raise `SpecError` if there is an error."""
        if self:
            raise SpecError(tuple(self))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort diagnostics as their places follow one another in the text."""
    return sorted(diagnostics, key=lambda d: (d.span.source.name, d.span.line, d.span.column))


class TooManyErrorsError(Exception):
    """So much is wrong that checking on helps nobody."""


class ArchcError(Exception):
    """What archc raises on purpose; its text is for the user."""


class SpecError(ArchcError):
    """A spec is wrong. ``diagnostics`` has every mistake found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n\n".join(d.render() for d in diagnostics))


_WINDOW = 110  # characters of a source line that are shown
_BOLD, _RED, _YELLOW, _BLUE, _OFF = "\033[1m", "\033[31m", "\033[33m", "\033[34m", "\033[0m"


def _rendered(diagnostic: Diagnostic, color: bool, shown: Callable[[str], str]) -> str:
    """Write a diagnostic: the source lines, carets under the places, the way out."""
    bold, blue, off = (_BOLD, _BLUE, _OFF) if color else ("", "", "")
    strong = (_RED if diagnostic.is_error else _YELLOW) if color else ""
    code = diagnostic.code
    kind = f"{strong}{code.severity}[{code.code}]{off}{bold}"
    out = [f"{bold}{shown(str(diagnostic.span))}: {kind}: {shown(diagnostic.message)}{off}"]
    places = [place for place in _places(diagnostic) if place.span.source.text]
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


def _places(diagnostic: Diagnostic) -> list[Label]:
    """Return its places in the order of their lines, those in its own file first."""
    own = diagnostic.span.source

    def order(place: Label) -> tuple[bool, str, int]:
        elsewhere = place.span.source is not own
        return elsewhere, place.span.source.name if elsewhere else "", place.span.line

    return sorted([Label(diagnostic.span, ""), *diagnostic.labels], key=order)


def _excerpt(span: Span, mark: str, shown: Callable[[str], str]) -> tuple[str, str]:
    """Return the source line as it is shown, and the carets under the span."""
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
