"""Names that tell things apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["numbered"]


def numbered(names: Iterable[str]) -> list[str]:
    """The names, with a number behind those that several have: ``max pool (2)``."""
    names = list(names)
    times, seen = Counter(names), Counter[str]()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if times[name] == 1 else f"{name} ({seen[name]})")
    return found
