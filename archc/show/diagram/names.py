"""Names of boxes, which an SVG has as ids: the same for the same row in every picture.

What a spec calls things is taken apart from what joins names here, so that no two are alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from archc.ir import Head, Row
from archc.spec.tokens import slug

__all__ = ["drawn_name", "head_name", "inner_name", "place_name", "row_name", "times", "told"]

_JOINING = "%/#"
_NUMBER = re.compile(r"_\d+$")
_TIMES = re.compile(r"\d+\s*[×xX]\s*(?=\D)")


def row_name(row: Row) -> str:
    """``row-inception_3a``."""
    return f"row-{_plain(row.name)}"


def head_name(head: Head) -> str:
    """``head-aux1``."""
    return f"head-{_plain(head.name)}"


def inner_name(outer: str, *path: str) -> str:
    """``row-inception_3a/branch/conv``: what is inside a row or a head."""
    return "/".join((outer, *map(_plain, path)))


def place_name(outer: str, place: str) -> str:
    """``row-conv2_x#title``: what is no operation, or another use of the same row."""
    return f"{outer}#{place}"


def _plain(name: str) -> str:
    return "".join(
        char if char.isprintable() and char not in _JOINING else f"%{ord(char):X};" for char in name
    )


def times(row: Row, count: int) -> str:
    """The row as printed, for ``count`` uses of it in a row: ``10×Inception-resnet-A``."""
    bare = _TIMES.sub("", row.printed, count=1) if row.repeat > 1 else row.printed
    if count == 1:
        return bare
    return row.printed if count == row.repeat and bare != row.printed else f"{count}×{bare}"


def drawn_name(row: Row) -> str:
    """The row as printed, with the name before it that the spec gives it: ``enc1: conv``."""
    printed = times(row, row.repeat)
    derived = _NUMBER.sub("", row.name)
    if slug(times(row, 1)).startswith(derived) or derived == slug(row.type):
        return printed
    return f"{row.name}: {printed}"


def told(rows: Collection[Row]) -> dict[Row, str]:
    """Each row as printed, by its name where others are printed alike."""
    printed = Counter(row.printed for row in rows)
    return {row: row.name if printed[row.printed] > 1 else times(row, 1) for row in rows}
