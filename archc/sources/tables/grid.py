"""Read a pasted text as a table of plain cells that know their place: tabs, commas, pipes."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from yaml.reader import Reader

from archc.diagnostics import Code, Diagnostic, Source, Span, SpecError

__all__ = ["MAX_BYTES", "PastedTable", "TableCell", "clean", "decode", "read_grid", "refuse"]

_BLANK = frozenset({"", "-", "–", "—", "−", "~", "n/a", "N/A"})
_HIDDEN = ("Cc", "Cf")
_TIMES = "[×xX✕✖⨯]"

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_POWERS = (("3", "K"), ("6", "M"), ("9", "G"))
"""``1.8×10⁹`` is the figure ``1.8G``."""

_NO_POWER = "(?<![×·⋅]10)(?<![×·⋅] 10)"
"""Before a footnote's mark: behind a power of ten it would be the exponent."""


def _power(digit: str) -> str:
    """Write a pattern for that power of ten behind the number that it multiplies."""
    times = rf"[\s$]*(?:{_TIMES}|[·⋅]|\\times|\\cdot)[\s$]*"
    exponent = rf"\^(?:{digit}(?!\d)|\{{{digit}\}})|{_RAISED[int(digit)]}(?![{_RAISED}])"
    return rf"(?<=\d){times}10[\s$]*(?:{exponent})"


_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        *((_power(digit), suffix) for digit, suffix in _POWERS),
        (rf"(\d+)(?:²|\^2|\^\{{2\}})\s*(?={_TIMES}|\\times)", r"\1×\1"),
        # before LaTeX, to which its circumflex would be a superscript's
        (r"\[\^[^\[\]]*\]", ""),
        # HTML: a line break separates, a superscript is a footnote's mark
        (r"<br\s*/?>", ", "),
        (r"<sup>[^<]*</sup>", ""),
        (r"</?(?:b|i|u|em|strong|code|small|sub|span)\b[^<>]*>", ""),
        # LaTeX
        (r"\\times(?![A-Za-z])", "×"),
        (r"\\(?:text|math)(?:bf|rm|it|tt)?\{([^{}]*)\}", r"\1"),
        (rf"{_NO_POWER}\^(?:\{{[^{{}}]*\}}|\\?[A-Za-z]+|[*\d])", ""),
        (r"\\[,;: ]|\$", " "),
        # Markdown
        (r"\[([^\[\]]*)\]\([^()]*\)", r"\1"),
        (r"\*\*([^*]+)\*\*|__([^_]+)__", r"\1\2"),
        (r"^\s*\*([^*]+)\*\s*$", r"\1"),
        (r"`+", ""),
        (r"\\([#%&_*|~\\])", r"\1"),
        # footnotes, and thousands set apart by a thin space or an apostrophe
        (rf"{_NO_POWER}(?<![{_RAISED}])[†‡§¶ᵃᵇᶜᵈ{_RAISED}]+", ""),
        (r"(?<=\S)\s*(?:\*+|\[[\da-z]{1,3}\])\s*$", ""),
        ("(?<=\\d)[\u00a0\u2009\u202f'’](?=\\d{3}(?!\\d))", ""),
        # one way to write a size, a patch and a repeat
        (rf"(?<=\d)\s*{_TIMES}\s*(?=\d)", "×"),
        (rf"^\s*(\d+)\s*{_TIMES}\s*(?=[^\W\d])", r"\1×"),
        (r"(?<=\w)\s*/\s*(?=\w)", "/"),
    )
)


def clean(raw: str) -> str:
    """Strip a cell of markup, footnote marks and unseen characters; a blank one is empty."""
    if raw.isascii() and raw.isdecimal():
        return raw
    text = html.unescape(raw)
    for pattern, replacement in _STEPS:
        text = pattern.sub(replacement, text)
    visible = (char for char in text if char.isspace() or unicodedata.category(char) not in _HIDDEN)
    text = " ".join("".join(visible).split())
    return "" if text in _BLANK else text


MAX_BYTES = 2_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 100
MAX_CELL = 400

_SEPARATOR = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?")
_PIPE = re.compile(r"(?<!\\)\|")
_UNPRINTABLE = re.compile(rf"{Reader.NON_PRINTABLE.pattern}|[\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell's text, made plain, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class PastedTable:
    """The rows that have a filled cell, the header first; all are as long as the header."""

    header: list[TableCell]
    rows: list[list[TableCell]]
    above: list[TableCell]
    """Lone cells above the header: a caption."""


def refuse(code: Code, message: str, span: Span, help_: str) -> NoReturn:
    """Raise the one diagnostic for a table that cannot be read."""
    raise SpecError((Diagnostic(code, message, span, help_),))


def decode(data: bytes, name: str) -> Source:
    """Decode a file, with one kind of line end. Raises `SpecError` for what is no text."""
    if len(data) > MAX_BYTES:
        message, help_ = f"the table has more than {MAX_BYTES:,} bytes", "import one at a time"
        refuse(Code.TOO_LARGE, message, _place(Source(name, ""), 0, 1), help_)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        place = _place(Source(name, before), len(before), len(before) + 1)
        refuse(Code.CANNOT_READ, "the file is not UTF-8 text", place, "save the table as UTF-8")
    source = Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))
    if bad := _UNPRINTABLE.search(source.text):
        message = f"the character U+{ord(bad[0]):04X} is no text"
        refuse(Code.CANNOT_READ, message, _place(source, *bad.span()), "paste the table as text")
    return source


def read_grid(source: Source) -> PastedTable:
    """Read the table in a text. Raises `SpecError` with one message if there is none."""
    lines = [line for line in _lines(source) if any(cell.text for cell in line)]
    wide = next((index for index, line in enumerate(lines) if _filled(line) > 1), None)
    if wide is None or len(lines) < wide + 2:
        message = "there is no table here" if source.text.strip() else "the table is empty"
        help_ = "a table has a header and rows, with tabs, commas or pipes between the cells"
        refuse(Code.MISSING_KEY, message, _place(source, 0, 1), help_)
    header = _trimmed(lines[wide])
    if len(header) > MAX_COLUMNS:
        message = f"{len(header)} columns, more than {MAX_COLUMNS}"
        refuse(Code.TOO_LARGE, message, header[MAX_COLUMNS].span, "import one table at a time")
    rows = [_fitted(line, header) for line in lines[wide + 1 :]]
    if len(rows) > MAX_ROWS:
        message = f"{len(rows):,} rows, more than {MAX_ROWS:,}"
        refuse(Code.TOO_LARGE, message, rows[MAX_ROWS][0].span, "import one table at a time")
    above = [cell for line in lines[:wide] for cell in line if cell.text]
    return PastedTable(header, rows, above)


def _filled(line: list[TableCell]) -> int:
    return sum(bool(cell.text) for cell in line)


def _trimmed(line: list[TableCell]) -> list[TableCell]:
    """Drop the blank cells at a line's end."""
    last = max(index for index, cell in enumerate(line) if cell.text)
    return line[: last + 1]


def _fitted(line: list[TableCell], header: list[TableCell]) -> list[TableCell]:
    """Give the line as many cells as the header has."""
    line = _trimmed(line)
    if len(line) > len(header):
        count = f"{len(header)} column{'s' if len(header) > 1 else ''}"
        message = f"{len(line)} cells, but {count}"
        help_ = "give the header a cell for each column, or remove what is too many"
        refuse(Code.TOO_MANY_CELLS, message, line[len(header)].span, help_)
    end = line[-1].span
    return line + [TableCell("", end)] * (len(header) - len(line))


def _lines(source: Source) -> Iterator[list[TableCell]]:
    text_lines = source.text.split("\n")
    for index, line in enumerate(text_lines[1:], 1):
        if "|" in line and _SEPARATOR.fullmatch(line) and "|" in text_lines[index - 1]:
            return _piped(source, text_lines, index)
    counts = {delimiter: source.text.count(delimiter) for delimiter in "\t;,"}
    delimiter = "\t" if counts["\t"] else max(counts, key=lambda each: counts[each])
    return _delimited(source, delimiter)


def _piped(source: Source, text_lines: list[str], separator: int) -> Iterator[list[TableCell]]:
    """Read a Markdown table: the line above the separator, and those below that have a pipe."""
    offset = sum(len(line) + 1 for line in text_lines[: separator - 1])
    for index, line in enumerate(text_lines[separator - 1 :], separator - 1):
        if "|" not in line:
            return
        if index != separator:
            yield list(_pipe_cells(source, line, offset))
        offset += len(line) + 1


def _pipe_cells(source: Source, line: str, offset: int) -> Iterator[TableCell]:
    cuts = [match.start() for match in _PIPE.finditer(line)]
    starts = [0, *(cut + 1 for cut in cuts)]
    parts = list(zip(starts, [*cuts, len(line)], strict=True))
    if cuts and not line[: cuts[0]].strip():
        parts = parts[1:]
    if cuts and parts and not line[cuts[-1] + 1 :].strip():
        parts = parts[:-1]
    for start, stop in parts:
        yield _cell(source, line[start:stop], offset + start)


def _delimited(source: Source, delimiter: str) -> Iterator[list[TableCell]]:
    """Read lines of cells; one in quotes may hold delimiters and line ends, as spreadsheets do."""
    quoted = rf' *"((?:[^"]|""){{0,{MAX_CELL}}})" *(?=[{delimiter}\n]|\Z)'
    pattern = re.compile(rf"{quoted}|([^{delimiter}\n]*)")
    text, position, line = source.text, 0, list[TableCell]()
    while position <= len(text):
        match = pattern.match(text, position)
        assert match is not None
        inside = match[1]
        raw = match[2] if inside is None else inside.replace('""', '"').replace("\n", ", ")
        line.append(_cell(source, raw, position, match.end()))
        position = match.end() + 1
        if match.end() == len(text) or text[match.end()] == "\n":
            yield line
            line = []


def _cell(source: Source, raw: str, offset: int, end: int | None = None) -> TableCell:
    lead = len(raw) - len(raw.lstrip()) if end is None else 0
    stop = offset + len(raw.rstrip()) if end is None else end
    span = _place(source, offset + lead, max(stop, offset + lead + 1))
    if len(raw) > MAX_CELL:
        message = f"a cell of {len(raw):,} characters"
        refuse(Code.TOO_LARGE, message, span, f"a cell has at most {MAX_CELL}")
    return TableCell(clean(raw), span)


def _place(source: Source, start: int, stop: int) -> Span:
    """Return the span between two offsets of a text."""
    starts = _line_starts(source)
    line = bisect_right(starts, start)
    end = max(bisect_right(starts, stop), line)
    return Span(
        source, line, start - starts[line - 1] + 1, end, max(stop, start + 1) - starts[end - 1] + 1
    )


@lru_cache(maxsize=1)
def _line_starts(source: Source) -> list[int]:
    """Return the offset of each line of the text that is being read."""
    return [0, *(match.end() for match in re.finditer("\n", source.text))]
