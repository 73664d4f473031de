"""Words in boxes, as few as the papers' figures use, and names of boxes."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Collection, Sequence

from archc.diagnostics import width
from archc.ir import Head, Operation, Row
from archc.ops.family import Family
from archc.spec.tokens import slug
from archc.texts import one_line

__all__ = [
    "drawn_name",
    "head_name",
    "inner_name",
    "place_name",
    "row_name",
    "times",
    "told",
    "unit_lines",
    "wrapped",
]

WIDEST = 30
"""Columns in a line; longer ones are wrapped between words."""

_BREAKS = textwrap.TextWrapper.wordsep_re
"""Spaces, and the ends of words and of their parts before hyphens."""


def wrapped(text: str, widest: int = WIDEST) -> tuple[str, ...]:
    """Break a spec's text into lines of a label; a word that fills more than a line is cut.

    Chinese, Japanese and Korean letters are two columns wide, which `textwrap.wrap` takes for one.
    """
    lines = [""]
    for word in _BREAKS.split(one_line(text)):
        for part in [word] if width(word) <= widest else word:
            if width(lines[-1] + part) > widest:
                lines.append("")
            lines[-1] = (lines[-1] + part).lstrip()
    return tuple(line.rstrip() for line in lines)


def unit_lines(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Label an operation with its norm and activation, as a figure does: ``3×3``, ``128``.

    A norm, and a ReLU after what has weights, go without saying.
    """
    main, *followers = operations
    lines = list(main.op.figure_lines(main.input_shapes))
    for follower in followers:
        if not follower.op.is_unsaid or not (main.op.layers or follower.op.family is Family.NORM):
            lines += follower.op.figure_lines(follower.input_shapes)
    return tuple(lines)


# Names of boxes, which an SVG has as ids: the same for the same row in every picture. What a spec
# calls things is taken apart from what joins names here, so that no two are alike.

_JOINING = "%/#"
_NUMBER = re.compile(r"_\d+$")
_TIMES = re.compile(r"\d+\s*[×xX]\s*(?=\D)")


def row_name(row: Row) -> str:
    """Name a row's box: ``row-inception_3a``."""
    return f"row-{_plain(row.name)}"


def head_name(head: Head) -> str:
    """Name a head's box: ``head-aux1``."""
    return f"head-{_plain(head.name)}"


def inner_name(outer: str, *path: str) -> str:
    """Name what is inside a row or a head: ``row-inception_3a/branch/conv``."""
    return "/".join((outer, *map(_plain, path)))


def place_name(outer: str, place: str) -> str:
    """Name what is no operation, or another use of the same row: ``row-conv2_x#title``."""
    return f"{outer}#{place}"


def _plain(name: str) -> str:
    return "".join(
        char if char.isprintable() and char not in _JOINING else f"%{ord(char):X};" for char in name
    )


def times(row: Row, count: int) -> str:
    """Write the row as printed, for ``count`` uses one after another: ``10×Inception-resnet-A``."""
    bare = _TIMES.sub("", row.printed, count=1) if row.repeat > 1 else row.printed
    if count == 1:
        return bare
    return row.printed if count == row.repeat and bare != row.printed else f"{count}×{bare}"


def drawn_name(row: Row) -> str:
    """Write the row as printed, after the name that the spec gives it: ``enc1: conv``."""
    printed = times(row, row.repeat)
    derived = _NUMBER.sub("", row.name)
    if slug(times(row, 1)).startswith(derived) or derived == slug(row.type):
        return printed
    return f"{row.name}: {printed}"


def told(rows: Collection[Row]) -> dict[Row, str]:
    """Call each row as it is printed, or by its name where others are printed alike."""
    printed = Counter(row.printed for row in rows)
    return {row: row.name if printed[row.printed] > 1 else times(row, 1) for row in rows}
