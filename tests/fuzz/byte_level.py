"""Mutations of a file's bytes: what a broken disk or a bad editor leaves."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

__all__ = ["mutate_bytes"]

_BYTES = b"\x00\x07\t\n\r \"#%&'()*,-./0159:?@[]`{|}~\x7f\x80\xbf\xc3\xe2\xf0\xff"


def flip(random: Random, data: bytes, other: bytes) -> bytes:
    """One bit is another."""
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def insert(random: Random, data: bytes, other: bytes) -> bytes:
    """A few bytes more."""
    at, count = random.randrange(len(data) + 1), random.choice((1, 1, 2, 50))
    return data[:at] + bytes([random.choice(_BYTES)]) * count + data[at:]


def replace(random: Random, data: bytes, other: bytes) -> bytes:
    """Another byte in place of one."""
    at = random.randrange(len(data))
    return data[:at] + bytes([random.choice(_BYTES)]) + data[at + 1 :]


def delete(random: Random, data: bytes, other: bytes) -> bytes:
    """A stretch is missing."""
    start, stop = _stretch(random, data)
    return data[:start] + data[stop:]


def duplicate(random: Random, data: bytes, other: bytes) -> bytes:
    """A stretch several times."""
    start, stop = _stretch(random, data)
    return data[:start] + data[start:stop] * random.choice((2, 2, 3, 40)) + data[stop:]


def truncate(random: Random, data: bytes, other: bytes) -> bytes:
    """The end, or the start, is missing."""
    at = random.randrange(len(data) + 1)
    return data[:at] if random.randrange(4) else data[at:]


def splice(random: Random, data: bytes, other: bytes) -> bytes:
    """One file's start, another's end."""
    here, there = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    return data[:here] + other[there:]


def encode(random: Random, data: bytes, other: bytes) -> bytes:
    """The same text in another encoding, or behind a mark of one."""
    if random.randrange(2):
        return random.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) + data
    text = data.decode(errors="replace")
    return text.encode(random.choice(("latin-1", "utf-16", "utf-32", "utf-7")), errors="replace")


def endings(random: Random, data: bytes, other: bytes) -> bytes:
    """Lines end otherwise."""
    ends = (b"\r\n", b"\r", b"\n\n", "\u2028".encode(), "\x85".encode(), b"\x0b", b" \n", b"")
    return data.replace(b"\n", random.choice(ends), random.choice((1, 5, -1)))


_MUTATORS: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    flip, insert, replace, delete, duplicate, truncate, splice, encode, endings,
)  # fmt: skip


def mutate_bytes(random: Random, data: bytes, other: bytes) -> bytes:
    """One mutation of ``data``; ``other`` is a file to splice with."""
    return random.choice(_MUTATORS)(random, data, other) if data else other


def _stretch(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, min(len(data), start + random.choice((1, 1, 2, 5, 20, 200, 2000)))
