"""Texts in Markdown."""

from __future__ import annotations

import re

from archc.texts.line import one_line

__all__ = ["code", "escape_markdown", "markdown_line"]

_MARKS = re.compile(r"[\\|<>`*~\[\]]|&(?=[#A-Za-z])|(?<![^\W_])_|_(?![^\W_])")
"""What makes markup anywhere in a line; an underscore inside a word makes none."""

_NUMBER = re.compile(r"(\d{1,9})([.)](?:\s|$))", re.ASCII)
_BLOCK = re.compile(r"#{1,6}(?:\s|$)|[-+](?:\s|$)|(?:-\s*)+$|=+\s*$")
"""What makes a line a list, a heading or a rule that begins with it."""

_CLOSING = re.compile(r"#(?=#*$)")
_FREEING = re.compile(r"\\(?=\\*\|)")


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is inside a line: in a cell, or behind words."""
    return _MARKS.sub(r"\\\g<0>", one_line(text))


def markdown_line(text: str) -> str:
    """The same at the beginning of a line, a list's item or a heading, and up to its end."""
    line = _CLOSING.sub(r"\\#", escape_markdown(text))
    if _NUMBER.match(line):
        return _NUMBER.sub(r"\1\\\2", line, count=1)
    return f"\\{line}" if _BLOCK.match(line) else line


def code(text: str) -> str:
    """Text as code, in a cell of a table.

    No backtick can be in it, and a backslash before a pipe would free the pipe.
    """
    line = _FREEING.sub("\N{SET MINUS}", one_line(text)).replace("`", "'") or " "
    return "`" + line.replace("|", "\\|") + "`"
