"""A table as data: what commands make of their figures, and all that a renderer knows.

Figures become a `Table` (`archc.show.report.tables` and its like elsewhere), and a table becomes
text: `archc.show.terminal`, `markdown`, `spreadsheet`, `latex` and `html`. A renderer asks for
nothing but the table, so that every format shows the same.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["EMPTY", "Note", "Table", "TableRow", "TextCell", "TextColumn", "plain_row"]


class TextCell(NamedTuple):
    """What a cell says, as text and as data.

    ``mark`` is a sign of archc's own behind the text, a verdict's or what became of a row.
    ``value`` is what a spreadsheet has instead of the text. ``details`` are lines below the text;
    a format that is wide enough has a column for them. A line break in ``text`` is one on a
    terminal, and a blank elsewhere.
    """

    text: str
    mark: str = ""
    value: object = None
    details: tuple[str, ...] = ()
    style: str = ""

    @property
    def marked(self) -> str:
        """The text with its mark."""
        return f"{self.text} {self.mark}" if self.text and self.mark else self.text or self.mark


EMPTY = TextCell("")


class TextColumn(NamedTuple):
    """A column: its header, to which side its cells stand, and whether they may be wrapped.

    ``of`` is whose figures they are, where several have the same header. ``key`` is what
    programs call it. ``details`` is the header of the details' own column. ``least`` is the
    fewest characters that it takes.
    """

    header: str
    right: bool = False
    wraps: bool = False
    of: str = ""
    key: str = ""
    details: str = ""
    least: int = 0

    @property
    def whole_header(self) -> str:
        """``params, Inception``: the header, and whose."""
        return f"{self.header}, {self.of}" if self.of else self.header


class TableRow(NamedTuple):
    """Cells, one for each column; ``below`` is a line under all of them.

    A row under which a ``section`` begins has that title above it.
    """

    cells: tuple[TextCell, ...]
    section: str = ""
    below: str = ""


class Note(NamedTuple):
    """A line below the table. On a terminal, one that stands ``apart`` has a blank line above.

    An ``aside`` says how the table is to be read; other notes belong to what it says.
    """

    text: str
    apart: bool = False
    aside: bool = False
    style: str = ""


class Table(NamedTuple):
    """A title, lines before, columns with their rows, and notes below.

    On a terminal ``ruled`` tables have a line below the header and above the total, in
    ``folding`` ones the columns that do not fit beside the others stand under each row, and in
    ``stacked`` ones a header's words stand one below the other.
    """

    columns: tuple[TextColumn, ...] = ()
    rows: tuple[TableRow, ...] = ()
    total: tuple[TextCell, ...] = ()
    title: str = ""
    source: str = ""
    intro: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    ruled: bool = False
    folding: bool = False
    stacked: bool = False


def plain_row(*texts: str) -> TableRow:
    """Make a row of cells that are text alone."""
    return TableRow(tuple(map(TextCell, texts)))
