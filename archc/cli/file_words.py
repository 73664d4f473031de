"""What specs call things, as parts of files' names."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

__all__ = ["file_word"]

_LONGEST = 100
"""Bytes of a word: a file's name has 255 at most, and may have several words."""

_BETWEEN = re.compile(r"[^A-Za-z0-9_\x80-\U0010ffff]+")


def file_word(text: str) -> str:
    """``inception_3a`` for ``inception (3a)``; letters and signs of other scripts stay.

    A name in code, which `archc.spec.tokens.slug` makes, is ASCII alone: the same, ``row``, for
    every name in another script.
    """
    shown = "".join(char if char.isprintable() else " " for char in text.replace("×", "x"))
    word = _BETWEEN.sub("_", shown.replace("#", "")).strip("_").casefold()
    whole = unicodedata.normalize("NFC", word).encode()
    if len(whole) <= _LONGEST:
        return whole.decode() or "row"
    end = "_" + sha256(whole).hexdigest()[:8]  # what begins alike is another file
    return whole[: _LONGEST - len(end)].decode(errors="ignore") + end
