"""Names in code: what Python takes, and numbers that tell names apart."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

__all__ = ["Numbering", "numbered", "python_name", "split_number"]

_NUMBERED = re.compile(r"(.+)_([1-9]\d*)")
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")


def python_name(text: object) -> str | None:
    """Return ``text`` if it can be an attribute's name in Python, written in ASCII; else None.

    Two underscores in front are Python's own: a class would mangle the name.
    """
    if not isinstance(text, str) or not _NAME.fullmatch(text) or keyword.iskeyword(text):
        return None
    return text


def numbered(name: str, taken: Container[str], first: int = 2) -> str:
    """Return ``name``, or the first of ``name_2``, ``name_3``, … that is not ``taken``.

    Numbers below ``first`` are known to be taken.
    """
    number, candidate = first, name
    while candidate in taken:
        candidate = f"{name}_{number}"
        number += 1
    return candidate


def split_number(name: str) -> tuple[str, int]:
    """Take ``block_3`` apart into ``block`` and 3; the text is empty where there is no number."""
    match = _NUMBERED.fullmatch(name)
    return (match[1], int(match[2])) if match else ("", 0)


class Numbering:
    """Gives each name once: ``pool``, then ``pool_2``, then ``pool_3``.

    It remembers the last number of each name, so that the thousandth is found as fast as the first.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """Return ``name``, or the next of ``name_2``, ``name_3``, … that was not given yet."""
        last = self._last
        number, candidate = last.get(name, 0) + 1, name
        if number > 1:
            candidate = f"{name}_{number}"
            while candidate in last:
                number += 1
                candidate = f"{name}_{number}"
            last[candidate] = 1
        last[name] = number
        return candidate
