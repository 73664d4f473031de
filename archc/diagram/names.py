"""Names of boxes, which an SVG has as ids: the same for the same row in every picture."""

from __future__ import annotations

import re

from archc.diagnostics import safe
from archc.ir import Head, Row

__all__ = ["head_name", "inner_name", "row_name", "times"]

_TIMES = re.compile(r"\d+\s*[×xX]\s*(?=\D)")


def row_name(row: Row) -> str:
    """``row-inception_3a``."""
    return f"row-{safe(row.name)}"


def head_name(head: Head) -> str:
    """``head-aux1``."""
    return f"head-{safe(head.name)}"


def inner_name(outer: str, *path: str) -> str:
    """``row-inception_3a/branch/conv``: what is inside a row or a head."""
    return "/".join((outer, *map(safe, path)))


def times(row: Row, count: int) -> str:
    """The row as printed, for ``count`` uses of it in a row: ``10×Inception-resnet-A``."""
    bare = _TIMES.sub("", row.printed, count=1) if row.repeat > 1 else row.printed
    if count == 1:
        return bare
    return row.printed if count == row.repeat and bare != row.printed else f"{count}×{bare}"
