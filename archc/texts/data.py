"""Texts in JSON."""

from __future__ import annotations

import json
import unicodedata

__all__ = ["dump_json"]

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""What a terminal would obey, or nobody would see: written as an escape, it is text again."""


def dump_json(value: object) -> str:
    """JSON with a line per member; any text comes back as it was, and none reaches a terminal."""
    written = json.dumps(value, indent=2, ensure_ascii=False)
    if written.isascii() and "\x7f" not in written:
        return written
    return "".join(_escape(char) for char in written)


def _escape(char: str) -> str:
    if char == "\n" or unicodedata.category(char) not in _HIDDEN:
        return char
    return json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"
