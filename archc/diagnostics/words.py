"""Text that is safe to show, and words that were meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

__all__ = ["nearest", "safe", "width"]

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format (bidi, joiners), line ends


def safe(text: str) -> str:
    """``text`` with stand-ins for what would move the cursor, reorder the line or be unseen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _HIDDEN else char
        for char in text.replace("\t", " ")
    )


def width(text: str) -> int:
    """Terminal columns that ``text`` takes (wide characters take two)."""
    if text.isascii():
        return len(text)
    text = safe(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """``did you mean …?`` for the known word most like ``word``, or None."""
    by_key = {name.casefold(): name for name in known}
    key = word.casefold()
    close = difflib.get_close_matches(key, by_key, n=3, cutoff=0.7)
    close.sort(key=lambda each: sorted(each) != sorted(key))  # swapped letters come first
    return f"did you mean `{by_key[close[0]]}`?" if close else None
