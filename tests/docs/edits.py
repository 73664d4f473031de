"""Edits of files, as a page shows them: the lines of a diff, found in the file by what they are.

A hunk has no line numbers. Its lines that stay and go must stand in the file once; ``@@`` begins
the next hunk.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["edited"]


def edited(text: str, diff: str) -> str:
    """``text`` after all hunks. Raises `AssertionError` where one does not fit."""
    for old, new in _hunks(diff):
        found = f"\n{text}".count(f"\n{old}")
        assert found == 1, f"these lines are in the file {found} times:\n{old}"
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]
    return text


def _hunks(diff: str) -> Iterator[tuple[str, str]]:
    old, new = "", ""
    for line in [*diff.splitlines(keepends=True), "@@"]:
        mark, rest = (line[0], line[1:]) if line.strip() else (" ", "\n")
        assert mark in " +-@", f"not a line of a diff: {line!r}"
        if mark == "@":
            if old or new:
                yield old, new
            old, new = "", ""
        old += rest if mark in " -" else ""
        new += rest if mark in " +" else ""
