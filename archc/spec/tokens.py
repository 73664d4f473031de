r"""The papers' notations: patches, sizes, types with repeats and labels.

``×`` and ``x`` are the same, and so are ``$56 \times 56$`` and ``56×56``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "Patch",
    "TypeText",
    "column_key",
    "holds_remarks",
    "is_figure",
    "literal_patch",
    "parse_patch",
    "parse_size",
    "parse_type",
    "slug",
    "split_column",
]

_remembered = lru_cache(maxsize=4096)
"""The same few texts recur in every table and in every use of a module."""

_TIMES = r"\s*[×xX]\s*"
_SIZE = re.compile(rf"(\d{{1,9}})(?:{_TIMES}(\d{{1,9}}))?(?:{_TIMES}(\d{{1,9}}))?", re.ASCII)
_PATCH = re.compile(rf"([^/×]+?)(?:{_TIMES}([^/×]+?))?(?:\s*/\s*([^/×]+?)(?:{_TIMES}([^/×]+?))?)?")
_TYPE = re.compile(r"(?:(\d{1,6})\s*[×xX]\s*)?([^()]+?)\s*(?:\(([^()]*)\))?")
_TOKEN = re.compile(r"([A-Za-z]+)(\d{1,3})?-(\d{1,6})")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[xX×]\s*(?=\d)")


LONGEST = 12
"""Digits of a number in a text."""


class Patch(NamedTuple):
    """``7×7/2``: kernel and stride as written, each part a number or an expression."""

    kernel: tuple[str, str]
    stride: tuple[str, str] | None


class TypeText(NamedTuple):
    """``3×Inception (4a)``: repeat 3, type ``Inception``, in parentheses ``4a``.

    VGG's ``conv3-64`` has a kernel and filters, ``FC-4096`` filters; ``conv padded`` is padded.
    """

    type: str
    repeat: int = 1
    parenthesis: str | None = None
    kernel: int | None = None
    filters: int | None = None
    padded: bool = False


def plain(text: str) -> str:
    """Make plain text of LaTeX as pasted from papers, and of its spaces."""
    return " ".join(text.replace("\\times", "×").replace("$", "").split())


@_remembered
def column_key(name: str) -> str:
    """Return a column's name for comparison: one case, one ``×``; patch columns are ``patch``."""
    if name.isalpha() and name.islower():
        return name
    key = _BETWEEN_DIGITS.sub("×", plain(name).casefold().replace("_", " "))
    return "patch" if key.startswith("patch size") else key


def holds_remarks(column: str) -> bool:
    """Whether a patch column also holds words: ``patch size/stride or remarks``."""
    return "remarks" in column


def split_column(column: str) -> tuple[str, ...]:
    """The columns of a column that holds several: ``Pool +proj`` has ``pool`` and ``proj``."""
    return tuple(column_key(part) for part in column.split("+") if part.strip())


@_remembered
def parse_size(text: str) -> tuple[int, ...] | None:
    """``112×112×64`` as (112, 112, 64); one to three numbers."""
    match = _SIZE.fullmatch(plain(text))
    return tuple(int(part) for part in match.groups() if part is not None) if match else None


@_remembered
def parse_patch(text: str) -> Patch | None:
    """``7×7/2``, ``3×1``, ``1×n``; a lone number is both directions."""
    match = _PATCH.fullmatch(_BETWEEN_DIGITS.sub("×", plain(text)))
    if match is None:
        return None
    height, width, down, across = match.groups()
    stride = (down, across or down) if down else None
    return Patch((height, width or height), stride)


@_remembered
def literal_patch(text: str) -> tuple[tuple[int, int], tuple[int, int] | None] | None:
    """Kernel and stride as numbers, where a patch has nothing else in it."""
    patch = parse_patch(text)
    if patch is None:
        return None
    parts = (*patch.kernel, *(patch.stride or ()))
    if not all(part.isdecimal() and len(part) <= LONGEST for part in parts):
        return None
    height, width, *stride = map(int, parts)
    return (height, width), (stride[0], stride[1]) if stride else None


@_remembered
def parse_type(text: str) -> TypeText | None:
    """Parse a row's first cell."""
    match = _TYPE.fullmatch(plain(text))
    if match is None:
        return None
    repeat, name, parenthesis = match.groups()
    times = int(repeat) if repeat else 1
    if token := _TOKEN.fullmatch(name):
        word, kernel, filters = token.groups()
        return TypeText(word, times, parenthesis, int(kernel) if kernel else None, int(filters))
    bare = name.removesuffix(" padded")
    return TypeText(bare, times, parenthesis, padded=bare != name)


@_remembered
def is_figure(text: str) -> bool:
    """Whether a table names a module by its figure: ``figure 5``."""
    return re.fullmatch(r"figure[ _]?\d+\w?", text.casefold()) is not None


@_remembered
def slug(text: str) -> str:
    """A name made of letters, digits and ``_``: ``inception (3a)`` is ``inception_3a``."""
    words = re.sub(r"[^\w]+", "_", text.replace("×", "x").replace("#", ""), flags=re.ASCII)
    return words.strip("_").casefold() or "row"
