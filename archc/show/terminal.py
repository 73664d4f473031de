"""Tables on a terminal, or in a file of plain text: columns of characters, colours where wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archc.diagnostics import safe, width
from archc.show.table import Table, TextCell, TextColumn
from archc.texts import readable

__all__ = ["Screen", "to_text"]

_GAP = 2
"""Between columns."""
_STEP = 2
"""By which details, and rows below a section's title, stand further right."""
_INDENT = 4
"""Of what stands below a row."""
_BETWEEN = " · "

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "bold red": "1;31"}
_MARK_STYLES = {"=": "green", "≈": "yellow", "✗": "red"}

_WORD = re.compile(r"\s*\S+\s*")

Spans = list[tuple[str, str]]
"""A line, or a cell's part of one: texts, each with its style."""


class Screen(NamedTuple):
    """What shows the text: so many columns wide, in an encoding, with colours or without."""

    columns: int = 80
    encoding: str = "utf-8"
    color: bool = False


_PLAIN = Screen()


def to_text(*tables: Table, screen: Screen = _PLAIN) -> str:
    """Lay out tables with what stands above and below them, a blank line between two.

    What the encoding does not hold is replaced before anything is measured, so that columns stay
    columns.
    """
    writer = _TextWriter(screen)
    return "".join(writer.line(spans) for spans in writer.lines(tables))


class _TextWriter:
    """Makes lines for a screen, of spans that are measured as they will be shown."""

    def __init__(self, screen: Screen) -> None:
        self.columns, self.encoding, self.color = screen

    def line(self, spans: Spans) -> str:
        """Write a line with its colours."""
        return "".join(self._styled(*span) for span in spans) + "\n"

    def lines(self, tables: Sequence[Table]) -> Iterator[Spans]:
        """Make all tables' lines."""
        parted = False
        for table in tables:
            yield from [[]] if parted else []
            yield from self._whole(table)
            parted = bool(table.columns or table.notes)

    def _whole(self, table: Table) -> Iterator[Spans]:
        if table.title:
            yield from self._paragraph(table.title, "bold")
            if table.source:
                yield from self._paragraph(table.source)
            yield []
        for text in table.intro:
            yield from self._paragraph(text)
        if table.intro:
            yield []
        if table.columns:
            yield from self._folding(table) if table.folding else self._side_by_side(table)
        for note in table.notes:
            yield from [[]] if note.apart else []
            yield from self._paragraph(note.text, note.style)

    def _paragraph(self, text: str, style: str = "") -> Iterator[Spans]:
        for line in _wrapped(self._shown(text), self.columns):
            yield [(line, style)]

    def _styled(self, text: str, style: str) -> str:
        if not (self.color and style and text.strip()):
            return text
        return f"\033[{_STYLES[style]}m{text}\033[0m"

    def _shown(self, text: str) -> str:
        return readable(safe(text), self.encoding)

    # Every column in its place

    def _side_by_side(self, table: Table) -> Iterator[Spans]:
        """Give every column its place. No figure is cut: lines may be longer than the terminal."""
        columns = table.columns
        headed = any(column.header for column in columns)
        indent = _STEP if any(row.section for row in table.rows) else 0
        head = [self._head(table)] if headed else []
        body = [[self._cell(cell) for cell in row.cells] for row in table.rows]
        last = [[self._cell(cell, "bold") for cell in table.total]] if table.total else []
        widths = _widths([*head, *body, *last], columns, self.columns - indent)
        rule: Spans = [(self._shown("─") * (sum(widths) + _GAP * (len(widths) - 1)), "")]
        for cells in head:
            yield from _joined(cells, columns, widths, at_bottom=True)
            yield from [rule] if table.ruled else []
        for row, cells in zip(table.rows, body, strict=True):
            if row.section:
                yield from [] if row is table.rows[0] else [[]]
                yield [(self._shown(row.section), "")]
            for spans in _joined(cells, columns, widths):
                yield spans if headed else _stripped([(" " * indent, ""), *spans])
            if row.below:
                yield [(" " * _INDENT + self._shown(row.below), "")]
        for cells in last:
            yield from [rule] if table.ruled else []
            yield from _joined(cells, columns, widths)

    def _head(self, table: Table) -> list[list[Spans]]:
        """Make the header's cells, in stacked ones a word on each line."""
        words = [
            [*column.header.split(), *column.of.split()] if table.stacked else [column.header]
            for column in table.columns
        ]
        return [[[(self._shown(word), "bold")] for word in each or [""]] for each in words]

    def _cell(self, cell: TextCell, style: str = "") -> list[Spans]:
        """Make a cell's lines."""
        style = cell.style or style
        lines: list[Spans] = [[(self._shown(text), style)] for text in cell.text.split("\n")]
        if cell.mark:
            blank = " " if cell.text else ""
            mark = self._shown(cell.mark), _MARK_STYLES.get(cell.mark, style)
            lines[-1] += [(blank, ""), mark]
        indent = " " * _STEP, ""
        return lines + [[indent, (self._shown(detail), "")] for detail in cell.details]

    # What does not fit stands below

    def _folding(self, table: Table) -> Iterator[Spans]:
        """Show the columns that fit; those that do not stand under each row, with their headers."""
        names = [self._shown(column.header) for column in table.columns]
        head = self._head(table)
        body = [[self._cell(cell) for cell in row.cells] for row in table.rows]
        last = [self._cell(cell, "bold") for cell in table.total]
        rows = [head, *body, last]
        widths = [max(_length(line) for (line,) in column) for column in zip(*rows, strict=True)]
        fitting = _fitting(widths, self.columns)
        columns, widths = table.columns[:fitting], widths[:fitting]
        rule: Spans = [(self._shown("─") * (sum(widths) + _GAP * (fitting - 1)), "")]

        def entry(cells: list[list[Spans]], under: list[str], style: str = "") -> Iterator[Spans]:
            yield from map(_stripped, _joined(cells[:fitting], columns, widths))
            for line in self._packed(under):
                yield [(line, style)]

        yield from entry(head, names[fitting:])
        yield rule
        for cells in body:
            yield from entry(cells, _named(names[fitting:], cells[fitting:]))
        yield rule
        yield from entry(last, _named(names[fitting:], last[fitting:]), "bold")

    def _packed(self, parts: Sequence[str]) -> Iterator[str]:
        """Put the parts on as many indented lines as they need."""
        between = self._shown(_BETWEEN)
        text = ""
        for part in parts:
            longer = f"{text}{between}{part}" if text else " " * _INDENT + part
            if text and width(longer) > self.columns:
                yield text
                longer = " " * _INDENT + part
            text = longer
        if text:
            yield text


def _named(names: Sequence[str], cells: Sequence[list[Spans]]) -> list[str]:
    """Write ``header cell`` for each that is not blank."""
    texts = ("".join(text for text, _ in line) for (line,) in cells)
    return [f"{name} {text}" for name, text in zip(names, texts, strict=True) if text]


def _fitting(widths: Sequence[int], room: int) -> int:
    """Count the columns that fit beside each other, at least one."""
    taken = -_GAP
    for index, needed in enumerate(widths):
        taken += _GAP + needed
        if taken > room:
            return max(index, 1)
    return len(widths)


def _joined(
    cells: Sequence[list[Spans]],
    columns: Sequence[TextColumn],
    widths: Sequence[int],
    at_bottom: bool = False,
) -> Iterator[Spans]:
    """Make a row's lines, as many as its tallest cell has, each cell as wide as its column."""
    tall = [
        [part for line in lines for part in _wrapped_spans(line, room)] if column.wraps else lines
        for lines, column, room in zip(cells, columns, widths, strict=True)
    ]
    height = max(map(len, tall))
    for at in range(height):
        spans: Spans = []
        for index, (lines, column) in enumerate(zip(tall, columns, strict=True)):
            place = at - (height - len(lines) if at_bottom else 0)
            line: Spans = lines[place] if 0 <= place < len(lines) else []
            blank = " " * (widths[index] - _length(line)), ""
            spans += [(" " * _GAP, "")] if index else []
            spans += [blank, *line] if column.right else [*line, blank]
        yield spans


def _widths(
    rows: Sequence[Sequence[list[Spans]]], columns: Sequence[TextColumn], room: int
) -> list[int]:
    """Make each column as wide as its cells, or less where it may be wrapped and must be.

    The widest gives way first, and none becomes narrower than its longest word.
    """
    widths, least = [], []
    for column, *lines in zip(columns, *rows, strict=True):
        every = [line for cell in lines for line in cell]
        widths.append(max([column.least, *map(_length, every)]))
        least.append(max(map(_longest_word, every), default=0) if column.wraps else widths[-1])
    excess = sum(widths) + _GAP * (len(widths) - 1) - room
    while excess > 0:
        loose = [at for at, needed in enumerate(least) if widths[at] > needed]
        if not loose:
            break
        widths[max(loose, key=lambda at: (widths[at], at))] -= 1
        excess -= 1
    return widths


def _length(spans: Spans) -> int:
    return sum(width(text) for text, _ in spans)


def _longest_word(spans: Spans) -> int:
    """Measure the longest word of a line, with the line's indentation."""
    indent = _length(spans[:-1]) if spans and not spans[0][0].strip() else 0
    return indent + max((width(word) for text, _ in spans for word in text.split()), default=0)


def _stripped(spans: Spans) -> Spans:
    """Take the blanks from a line's end."""
    while spans and not spans[-1][0].strip():
        spans = spans[:-1]
    return [*spans[:-1], (spans[-1][0].rstrip(), spans[-1][1])] if spans else spans


def _wrapped_spans(spans: Spans, room: int) -> Iterator[Spans]:
    """Break a cell's line into lines that are short enough, all indented as the first is."""
    if _length(spans) <= room:
        yield spans
        return
    *indent, (text, style) = spans
    for line in _wrapped(text, room - _length(indent)):
        yield [*indent, (line, style)]


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Break the text between words, or inside a word that is too long for any line.

    A blank at which a line is broken stays at its end where there is room for it.
    """
    line = ""
    for word in _WORD.findall(text) or [text]:
        bare = word.rstrip()
        if width(line) + width(bare) <= room:
            line += word
            continue
        if line:
            yield _cut(line, room)
        line = word
        while width(line.rstrip()) > room:
            part = _fit(line, room)
            yield part
            line = line[len(part) :]
    yield _cut(line, room)


def _cut(line: str, room: int) -> str:
    """Take from the line's end the blanks for which there is no room."""
    while line and line[-1].isspace() and width(line) > room:
        line = line[:-1]
    return line


def _fit(text: str, room: int) -> str:
    """Return as much of the text's beginning as there is room for, one character at least."""
    taken = end = 0
    for char in text:
        taken += width(char)
        if end and taken > room:
            break
        end += 1
    return text[:end]
