"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from archc.show.table import Table, TextCell
from archc.texts import code, escape_markdown, markdown_line

__all__ = ["to_markdown"]


def to_markdown(*tables: Table, level: int = 2) -> str:
    """Write the tables as one document, with headings of this level and their notes."""
    return "\n\n".join("\n\n".join(_blocks(table, level)) for table in tables) + "\n"


def _blocks(table: Table, level: int) -> Iterator[str]:
    """Write the parts that blank lines separate."""
    if table.title:
        yield f"{'#' * level} {markdown_line(table.title)}"
    if table.source:
        yield markdown_line(table.source)
    if table.intro:
        yield _listed(table.intro)
    if table.columns:
        yield "\n".join(_table(table))
    for aside, notes in groupby(table.notes, key=lambda note: note.aside):
        texts = [note.text for note in notes]
        yield "\n".join(map(_aside, texts)) if aside else _listed(texts)


def _listed(texts: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_line(text)}" for text in texts)


def _aside(text: str) -> str:
    return escape_markdown(text)


def _table(table: Table) -> Iterator[str]:
    head, rule = [], []
    for column in table.columns:
        head.append(column.whole_header)
        rule.append("---:" if column.right else "---")
        if column.details:
            head.append(column.details)
            rule.append("---")
    yield _line(map(escape_markdown, head))
    yield _line(rule)
    for row in table.rows:
        yield _line(_cells(table, row.cells))
    if table.total:
        yield _line(f"**{cell}**" if cell else "" for cell in _cells(table, table.total))


def _cells(table: Table, cells: Sequence[TextCell]) -> Iterator[str]:
    """Write the cells' texts; details, which are code, in a column of their own."""
    for column, cell in zip(table.columns, cells, strict=True):
        text = escape_markdown(cell.text)
        yield f"{text} {cell.mark}" if text and cell.mark else text or cell.mark
        if column.details:
            yield "<br>".join(map(code, cell.details))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
