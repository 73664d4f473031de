"""Cells of a CSV file, which people open in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archc.texts.line import one_line

__all__ = ["spreadsheet_row"]

_FORMULA = re.compile(r"[=+@\-＝＋－＠]")
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?%?", re.ASCII)


def spreadsheet_row(cells: Iterable[object]) -> list[object]:
    """A row in which no text is a formula; numbers stay numbers.

    A spreadsheet takes a text for a formula that begins with ``=``, ``+``, ``-`` or ``@``, and a
    formula may run programs. An apostrophe in front makes it a text there, as OWASP advises;
    with the ``csv`` module it is one more character.
    """
    return [_text(cell) if isinstance(cell, str) else cell for cell in cells]


def _text(cell: str) -> str:
    line = one_line(cell)
    harmless = len(line) < 2 or _NUMBER.fullmatch(line) or not _FORMULA.match(line)
    return line if harmless else f"'{line}"
