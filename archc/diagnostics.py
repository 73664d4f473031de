"""Spans, diagnostics and how they are shown. Imports nothing else of archc.

A diagnostic has a stable code, one primary span and, where two places disagree,
labelled secondary spans. Rendered it reads::

    nets/tiny.yaml:7:30: error[E401]: inception (3a) gives 28×28×256, ...
      |
    7 |   - [inception (3a), ~, 28×28×255, 2, 64, 96, 128, 16, 32, 32]
      |                         ^^^^^^^^^
      = help: ...
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

__all__ = [
    "ArchcError",
    "Code",
    "Diagnostic",
    "Diagnostics",
    "Label",
    "Source",
    "Span",
    "SpecError",
    "nearest",
    "safe",
]

_WINDOW = 110  # characters of a source line that are shown
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format (bidi, joiners), line ends


class Code(Enum):
    """The stable code of each kind of mistake: E1 text, E2 structure, E3 names, E4 shapes."""

    CANNOT_READ = ("E101", "the file cannot be read")
    NOT_YAML = ("E102", "not valid YAML")
    DUPLICATE_KEY = ("E103", "a key is given twice")
    TOO_LARGE = ("E104", "the file is larger than archc accepts")
    UNKNOWN_KEY = ("E201", "unknown key")
    MISSING_KEY = ("E202", "missing key")
    WRONG_TYPE = ("E203", "a value of the wrong type")
    BAD_VALUE = ("E204", "a value that is not allowed here")
    UNUSED_COLUMN = ("E205", "a column that no row fills")
    TOO_MANY_CELLS = ("E206", "a row with more cells than columns")
    UNKNOWN_TYPE = ("E301", "unknown operation or module")
    UNKNOWN_NAME = ("E302", "unknown name in an expression")
    UNKNOWN_TENSOR = ("E303", "unknown tensor")
    UNKNOWN_ROW = ("E304", "unknown row")
    CYCLE = ("E305", "a definition that needs itself")
    DUPLICATE_NAME = ("E306", "a name is given twice")
    BAD_EXPRESSION = ("E307", "an expression that cannot be evaluated")
    UNREAD = ("E308", "an output that nothing reads")
    WRONG_CLAIM = ("E401", "a claimed shape is not the computed one")
    CHANNEL_MISMATCH = ("E402", "tensors of different channels are added")
    SPATIAL_MISMATCH = ("E403", "tensors of different sizes are joined")
    EMPTY_OUTPUT = ("E404", "an output without elements")
    WRONG_RANK = ("E405", "a vector where a feature map is needed, or the reverse")
    IMPOSSIBLE = ("E406", "attributes that do not fit the input")

    def __init__(self, code: str, title: str) -> None:
        self.code = code
        self.title = title


@dataclass(frozen=True, eq=False)
class Source:
    """A text and the name it is shown under (a path, or ``--set``)."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines without their ends."""
        return self.text.splitlines()

    def line(self, number: int) -> str:
        """Line ``number``, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source, lines and columns counted from 1, the end exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """``file:line:column``, as editors and terminals link it."""
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that a diagnostic speaks of."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what, where, and a way out."""

    code: Code
    message: str
    span: Span
    help: str | None = None
    labels: tuple[Label, ...] = ()

    def render(self, color: bool = False) -> str:
        """The diagnostic as text of several lines, without a final newline."""
        bold, red, blue, off = _STYLES if color else ("", "", "", "")
        code = f"{red}error[{self.code.code}]{off}{bold}"
        out = [f"{bold}{safe(str(self.span))}: {code}: {safe(self.message)}{off}"]
        primary = Label(self.span, "")
        places = sorted([primary, *self.labels], key=self._order)
        gutter = " " * len(str(max(place.span.line for place in places)))
        out.append(f"{gutter} {blue}|{off}")
        above: tuple[Source, str] | None = None
        for place in places:
            span, style = place.span, red if place is primary else blue
            if span.source is not (above[0] if above else self.span.source):
                out.append(f"{gutter} {blue}::{off} {safe(str(span))}")
            source, carets = _excerpt(span, "^" if place is primary else "-")
            line = f"{blue}{span.line:>{len(gutter)}} |{off} {source}".rstrip()
            if above != (span.source, line):
                out.append(line)
            above = span.source, line
            out.append(f"{gutter} {blue}|{off} {style}{carets} {safe(place.text)}".rstrip() + off)
        if self.help:
            out.append(f"{gutter} {blue}={off} {bold}help{off}: {safe(self.help)}")
        return "\n".join(out)

    def _order(self, place: Label) -> tuple[bool, str, int]:
        """Places in the order of their lines, the primary one's file first."""
        elsewhere = place.span.source is not self.span.source
        return elsewhere, place.span.source.name if elsewhere else "", place.span.line


_STYLES = ("\033[1m", "\033[31m", "\033[34m", "\033[0m")


def _excerpt(span: Span, mark: str) -> tuple[str, str]:
    """The source line, safe to print, and the carets under the span."""
    text = span.source.line(span.line)
    start = span.column - 1
    stop = span.end_column - 1 if span.end_line == span.line else len(text)
    stop = max(stop, start + 1)
    cut = max(0, min(start - 20, len(text) - _WINDOW)) if len(text) > _WINDOW else 0
    lead = "… " if cut else ""
    before = _width(text[cut:start]) + len(lead)
    under = _width(text[start : min(stop, cut + _WINDOW)])
    tail = " …" if len(text) > cut + _WINDOW else ""
    return lead + safe(text[cut : cut + _WINDOW]) + tail, " " * before + mark * max(1, under)


def safe(text: str) -> str:
    """``text`` with stand-ins for what would move the cursor, reorder the line or be unseen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _HIDDEN else char
        for char in text.replace("\t", " ")
    )


def _width(text: str) -> int:
    """Terminal columns that ``text`` takes (wide characters take two)."""
    if text.isascii():
        return len(text)
    text = safe(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


@dataclass
class Diagnostics:
    """Collects what is wrong with a spec, each mistake once, in the order of the text."""

    _found: dict[tuple[object, ...], Diagnostic] = field(default_factory=dict)

    def add(
        self,
        code: Code,
        message: str,
        span: Span,
        *,
        help: str | None = None,
        labels: Iterable[Label] = (),
    ) -> None:
        """Record a mistake. The same code at the same place counts once.

        A module's mistake shows up at each of its uses; the reader wants it once.
        """
        key = (code, id(span.source), span.line, span.column)
        elsewhere = tuple(label for label in labels if label.span != span)
        self._found.setdefault(key, Diagnostic(code, message, span, help, elsewhere))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        found = self._found.values()
        return iter(sorted(found, key=lambda d: (d.span.source.name, d.span.line, d.span.column)))

    def raise_if_any(self) -> None:
        """Raise `SpecError` if anything was recorded."""
        if self:
            raise SpecError(tuple(self))


class ArchcError(Exception):
    """What archc raises on purpose; its text is for the user."""


class SpecError(ArchcError):
    """A spec is wrong. ``diagnostics`` has every mistake found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n\n".join(d.render() for d in diagnostics))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """``did you mean …?`` for the known word most like ``word``, or None."""
    by_key = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_key, n=1, cutoff=0.7)
    return f"did you mean `{by_key[close[0]]}`?" if close else None
