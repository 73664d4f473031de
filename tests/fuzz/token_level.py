"""Mutations of words, numbers, punctuation and indentation: what a hand slips over."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import values

__all__ = ["mutate_tokens"]

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[^\W\d]+|[^\w\s]")
_SIGNS = (
    "×", "x", "/", "//", ":", ": ", ",", "-", "- ", "[", "]", "{", "}", "(", ")", "#", " #", "*",
    "&a ", "*a", "!!int ", "!x ", "|", ">", '"', "'", "%", "@", "`", "~", "?", "? ", "=", "+", "<<",
    "---\n", "...\n", "\n", "\t", "%YAML 1.1\n", "&a [*a]", "[" * 70, "{a: " * 70, "\\",
)  # fmt: skip


def replace(random: Random, text: str, other: str) -> str:
    """Another word, number or sign in place of one."""
    start, stop = _token(random, text)
    return text[:start] + _fresh(random, text[start:stop]) + text[stop:]


def insert(random: Random, text: str, other: str) -> str:
    """A word, number or sign more."""
    start, _ = _token(random, text)
    return text[:start] + _fresh(random, random.choice(("a", "1", ":"))) + text[start:]


def repeat(random: Random, text: str, other: str) -> str:
    """A word or sign twice, or often."""
    start, stop = _token(random, text)
    return text[:start] + text[start:stop] * random.choice((2, 2, 3, 30)) + text[stop:]


def remove(random: Random, text: str, other: str) -> str:
    """A word or sign less."""
    start, stop = _token(random, text)
    return text[:start] + text[stop:]


def swap(random: Random, text: str, other: str) -> str:
    """Two words or signs change places."""
    one, two = sorted((_token(random, text), _token(random, text)))
    if one[1] > two[0]:
        return text
    middle = text[one[1] : two[0]]
    return text[: one[0]] + text[slice(*two)] + middle + text[slice(*one)] + text[two[1] :]


def borrow(random: Random, text: str, other: str) -> str:
    """A word or sign of another file."""
    start, stop = _token(random, text)
    return text[:start] + other[slice(*_token(random, other))] + text[stop:]


def everywhere(random: Random, text: str, other: str) -> str:
    """One word is another in the whole file."""
    start, stop = _token(random, text)
    word = text[start:stop]
    return text.replace(word, _fresh(random, word), 50) if word else text


def indent(random: Random, text: str, other: str) -> str:
    """A line stands further in, or out."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    space = random.choice((" ", "  ", "    ", "\t", "\xa0", "- ", None))
    lines[at] = lines[at].lstrip() if space is None else space + lines[at]
    return "\n".join(lines)


def move_line(random: Random, text: str, other: str) -> str:
    """A line is somewhere else, twice, missing, or another file's."""
    lines, others = text.split("\n"), other.split("\n")
    line = lines[random.randrange(len(lines))]
    kind = random.randrange(4)
    if kind == 0:
        lines.remove(line)
    elif kind == 1:
        line = random.choice(others)
    lines.insert(random.randrange(len(lines) + 1), line)
    if kind == 3:
        lines.remove(line)
    return "\n".join(lines)


_MUTATORS: tuple[Callable[[Random, str, str], str], ...] = (
    replace, replace, replace, insert, repeat, remove, swap, borrow, borrow, everywhere, indent,
    move_line, move_line,
)  # fmt: skip


def mutate_tokens(random: Random, text: str, other: str) -> str:
    """One mutation of ``text``; ``other`` is a file to borrow from."""
    return random.choice(_MUTATORS)(random, text, other)


def _token(random: Random, text: str) -> tuple[int, int]:
    """Some token's place: the first one behind a random character."""
    at = random.randrange(len(text) + 1)
    match = _TOKEN.search(text, at) or _TOKEN.search(text)
    return match.span() if match else (at, at)


def _fresh(random: Random, token: str) -> str:
    """Something of the same kind, or of any."""
    kind = random.randrange(6)
    if kind == 0:
        return random.choice(_SIGNS)
    if kind == 1:
        return values.text(random)
    if token[:1].isdigit():
        return str(values.number(random))
    return random.choice(values.NAMES) if token[:1].isalpha() else random.choice(_SIGNS)
