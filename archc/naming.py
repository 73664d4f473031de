"""Names in code: what Python takes, and what tells names apart. Imports nothing else of archc."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container

__all__ = ["Numbering", "numbered", "python_name"]

_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")


def python_name(text: object) -> str | None:
    """``text`` if it can be an attribute's name in Python, written in ASCII; else None.

    Two underscores in front are Python's own: a class would mangle the name.
    """
    if not isinstance(text, str) or not _NAME.fullmatch(text) or keyword.iskeyword(text):
        return None
    return text


def numbered(name: str, taken: Container[str]) -> str:
    """``name``, or the first of ``name_2``, ``name_3``, … that is not ``taken``."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


class Numbering:
    """Gives each name once: ``pool``, then ``pool_2``, then ``pool_3``.

    It knows how far each name has come, so that many names alike take no longer each time.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """``name``, or the next of ``name_2``, ``name_3``, … that was not given yet."""
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
