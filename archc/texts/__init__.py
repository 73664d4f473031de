"""Texts of specs on their way out: shown as they are, and never part of a format's own syntax."""

from __future__ import annotations

from archc.texts.brief import brief
from archc.texts.data import dump_json
from archc.texts.line import one_line
from archc.texts.markdown import code, escape_markdown, markdown_line
from archc.texts.numbered import numbered
from archc.texts.spreadsheet import spreadsheet_row

__all__ = [
    "brief",
    "code",
    "dump_json",
    "escape_markdown",
    "markdown_line",
    "numbered",
    "one_line",
    "spreadsheet_row",
]
