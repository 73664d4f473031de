"""Texts of specs on their way out: shown as they are, and never part of a format's own syntax."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable

from archc.diagnostics import safe

__all__ = [
    "brief",
    "code",
    "dump_json",
    "escape_json",
    "escape_markdown",
    "markdown_line",
    "one_line",
    "readable",
    "spreadsheet_row",
    "told_apart",
]

_LONGEST_NAME = 60
"""Characters of a name in a ``repr``; a spec may have a longer one."""


def one_line(text: str) -> str:
    """Put text on one line, with stand-ins for what controls a terminal or cannot be seen."""
    return safe(" ".join(text.split()))


def told_apart(names: Iterable[str]) -> list[str]:
    """Put a number behind each name that several have: ``max pool (2)``."""
    names = list(names)
    times, seen = Counter(names), Counter[str]()
    apart = []
    for name in names:
        seen[name] += 1
        apart.append(name if times[name] == 1 else f"{name} ({seen[name]})")
    return apart


def brief(thing: object, name: str, *facts: str) -> str:
    """Make a ``repr`` of what holds much: ``<Row conv1: convolution, 112×112×64>``."""
    name = one_line(name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 1]}…"
    text = ", ".join(map(one_line, facts))
    head = f"{type(thing).__name__} {name}".rstrip()
    return f"<{head}: {text}>" if text else f"<{head}>"


# JSON

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""What a terminal would obey, or nobody would see: written as an escape, it is text again."""


def dump_json(value: object) -> str:
    """Write JSON with a line per member; what would control a terminal is an escape in it."""
    import json

    written = json.dumps(value, indent=2, ensure_ascii=False)
    if written.isascii() and "\x7f" not in written:
        return written
    return "".join(map(_escape_hidden, written))


def _escape_hidden(char: str) -> str:
    import unicodedata

    if char == "\n" or unicodedata.category(char) not in _HIDDEN:
        return char
    return _json_escape(char) if char != "\x7f" else "\\u007f"


def _json_escape(char: str) -> str:
    import json

    return json.dumps(char)[1:-1]


def escape_json(text: str, encoding: str) -> str:
    """Write escapes into JSON for what the encoding cannot hold: it stays the same document."""
    return text.encode(encoding, "archc.json").decode(encoding)


# Markdown

_MARKS = re.compile(r"[\\|<>`*~\[\]]|&(?=[#A-Za-z])|(?<![^\W_])_|_(?![^\W_])")
"""What makes markup anywhere in a line; an underscore inside a word makes none."""

_NUMBER = re.compile(r"(\d{1,9})([.)](?:\s|$))", re.ASCII)
_BLOCK = re.compile(r"#{1,6}(?:\s|$)|[-+](?:\s|$)|(?:-\s*)+$|=+\s*$")
"""What makes a line a list, a heading or a rule that begins with it."""

_CLOSING = re.compile(r"#(?=#*$)")
_FREEING = re.compile(r"\\(?=\\*\|)")


def escape_markdown(text: str) -> str:
    """Escape text so that Markdown shows it as it is inside a line: in a cell, or behind words."""
    return _MARKS.sub(r"\\\g<0>", one_line(text))


def markdown_line(text: str) -> str:
    """Escape text that is a whole line, a list's item or a heading."""
    line = _CLOSING.sub(r"\\#", escape_markdown(text))
    if _NUMBER.match(line):
        return _NUMBER.sub(r"\1\\\2", line, count=1)
    return f"\\{line}" if _BLOCK.match(line) else line


def code(text: str) -> str:
    """Write text as code, in a cell of a Markdown table.

    No backtick can be in it, and a backslash before a pipe would free the pipe.
    """
    line = _FREEING.sub("\N{SET MINUS}", one_line(text)).replace("`", "'") or " "
    return "`" + line.replace("|", "\\|") + "`"


# Spreadsheets

_FORMULA = re.compile(r"[=+@\-＝＋－＠]")
_FIGURE = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?%?", re.ASCII)


def spreadsheet_row(cells: Iterable[object]) -> list[object]:
    """Make a row of a CSV file in which no text is a formula; numbers stay numbers.

    A spreadsheet takes a text for a formula that begins with ``=``, ``+``, ``-`` or ``@``, and a
    formula may run programs. An apostrophe in front makes it a text there, as OWASP advises;
    with the ``csv`` module it is one more character.
    """
    return [_spreadsheet_text(cell) if isinstance(cell, str) else cell for cell in cells]


def _spreadsheet_text(cell: str) -> str:
    line = one_line(cell)
    harmless = len(line) < 2 or _FIGURE.fullmatch(line) or not _FORMULA.match(line)
    return line if harmless else f"'{line}"


# Encodings that do not hold every character

_FALLBACKS = {
    "×": "x", "≈": "~", "✗": "!", "−": "-", "–": "-", "→": "->", "←": "<-", "Δ": "d", "…": "...",
    "·": ".", "≤": "<=", "≥": ">=", "′": "'", "─": "-", "━": "-", "│": "|", "╸": "-", "╺": "-",
    "’": "'", "‘": "'", "“": '"', "”": '"', "•": "*", "\N{REPLACEMENT CHARACTER}": "?",
}  # fmt: skip
"""What stands for a character where the encoding has none; any other is written as an escape."""


def readable(text: str, encoding: str) -> str:
    """Replace what the encoding cannot hold: ``3x3 -> 5x5`` for ``3×3 → 5×5`` in ASCII."""
    if text.isascii() or encoding == "utf-8":
        return text
    return text.encode(encoding, "archc.readable").decode(encoding)


def _as_fallback(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_fallback, error.object[error.start : error.end])), error.end


def _fallback(char: str) -> str:
    return _FALLBACKS.get(char) or char.encode("ascii", "backslashreplace").decode()


def _as_json_escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_json_escape, error.object[error.start : error.end])), error.end


codecs.register_error("archc.readable", _as_fallback)
codecs.register_error("archc.json", _as_json_escape)
