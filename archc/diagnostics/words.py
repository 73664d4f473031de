"""Text that is safe to show, and words that were meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["in_variants", "nearest", "safe", "width"]

_COMPARED = 200  # names that a misspelt one is compared with
_NAMED = 6  # variants that are named one by one


def safe(text: str) -> str:
    """Put stand-ins for what would move the cursor, reorder the line or be unseen."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    is_space = char == "\t" or unicodedata.category(char) == "Zs"
    return " " if is_space else "\N{REPLACEMENT CHARACTER}"


def width(text: str) -> int:
    """Count the terminal columns that ``text`` takes (wide characters take two)."""
    if text.isascii():
        return len(text)
    text = safe(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Ask ``did you mean …?`` of the known word most like ``word``; None where none is."""
    key = word.casefold()
    alike = [name for name in known if abs(len(name) - len(word)) <= 1 + len(word) // 3]
    if len(alike) > _COMPARED:  # thousands of rows, each misspelt, must not take minutes
        alike = [name for name in alike if name[:1].casefold() == key[:1]][:_COMPARED]
    by_key = {name.casefold(): name for name in alike}
    close = difflib.get_close_matches(key, by_key, n=3, cutoff=0.7)
    close.sort(key=lambda each: sorted(each) != sorted(key))  # swapped letters come first
    return f"did you mean `{by_key[close[0]]}`?" if close else None


def in_variants(names: Sequence[str]) -> str:
    """Say ``in the variants B and C``; of many, the first and how many more."""
    if len(names) == 1:
        return f"in the variant {names[0]}"
    if len(names) > _NAMED:
        return f"in the variants {', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
    return f"in the variants {', '.join(names[:-1])} and {names[-1]}"
