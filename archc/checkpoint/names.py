"""Read the names in a checkpoint: their parts, their numbers and the words in them.

Names that differ in a number alone tell an order; words tell what a layer is for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

__all__ = ["bare", "comes_before", "natural", "split", "words"]

_DOTS, _ALL = re.compile(r"(?=\.)"), re.compile(r"(?=[._])")
_INDEX = re.compile(r"([._]?[a-z]*)(\d+)([a-z]?)", re.IGNORECASE)
_WORD = re.compile(r"\d+x\d+|[a-z]{2,}")
DEEPEST = 40
"""Names nest at most so deep; what is deeper is one part."""

_SYNONYMS = {"dbl": "double", "downsample": "shortcut", "skip": "shortcut"}


def split(name: str, at_underscores: bool) -> tuple[str, ...]:
    """Split a name into parts, each with the separator before it: ``layer1``, ``.0``, ``.conv1``.

    With ``at_underscores`` too: ``inception``, ``_3a``, ``_3x3``, ``_reduce``.
    """
    separators = _ALL if at_underscores else _DOTS
    return tuple(separators.split(name, maxsplit=DEEPEST))


def bare(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Strip the prefix that all names share, such as ``module.``, until they are as known."""
    while set(names) != set(known):
        tops = {name.partition(".")[0] for name in names}
        if len(tops) != 1 or not all("." in name for name in names):
            break
        names = [name.partition(".")[2] for name in names]
    return list(names)


@lru_cache(maxsize=1 << 16)
def comes_before(one: str, other: str) -> bool | None:
    """Whether ``one`` comes first of two parts that are numbered alike; None if they are not.

    ``conv1`` and ``conv2``, ``5b`` and ``5c``, ``Conv2d_2a_3x3`` and ``Conv2d_4a_3x3`` are.
    ``branch1x1`` and ``branch3x3`` are not: those are sizes of kernels.
    """
    for left, right in zip(
        split(one, at_underscores=True), split(other, at_underscores=True), strict=False
    ):
        if left == right:
            continue
        first, second = _INDEX.fullmatch(left), _INDEX.fullmatch(right)
        if not first or not second or first[1] != second[1]:
            return None
        return (int(first[2]), first[3]) < (int(second[2]), second[3])
    return None


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key to sort numbers in names as numbers: ``features.9`` before ``features.10``."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
    ]


def words(text: str) -> frozenset[str]:
    """Return the words and kernel sizes in a name, not its numbers: ``branch3x3dbl_1`` has 3."""
    plain = text.casefold().replace("×", "x").replace("_", " ")
    return frozenset(_SYNONYMS.get(word, word) for word in _WORD.findall(plain))
