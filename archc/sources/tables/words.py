"""What the types of a table mean, where they are no names here."""

from __future__ import annotations

import re

from archc import ops
from archc.sources.tables.catalogue import ModuleCard, find_module, modules
from archc.spec.tokens import is_figure

__all__ = ["is_input", "is_known", "is_pool", "meaning", "module_for"]

_POOLS = frozenset({"pool", "pooling", "subsampling", "downsampling"})
_OTHERS = {
    "inner product": "linear",
    "fully connected layer": "linear",
    "full connection": "linear",
    "convolutional": "convolution",
    "response norm": "local response norm",
    "normalization": "local response norm",
}
_INPUTS = frozenset({"input", "image", "data", "input image", "input layer"})
_TAIL = re.compile(r"\s*(?:\d?[dD])?\s*(?:layer)?\s*[_-]?\d*(?:[._]\w{1,3})?")


def is_known(word: str) -> bool:
    """Whether the language knows the word by itself."""
    return ops.find(word) is not None or find_module(word) is not None or is_figure(word)


def is_input(text: str) -> bool:
    """Whether a cell says that its row is the network's input: ``Input (RGB)``."""
    return text.casefold().split(" (")[0] in _INPUTS


def is_pool(word: str) -> bool:
    """Whether a word says pooling, but not which."""
    return _bare(word) in _POOLS


def meaning(word: str) -> str | None:
    """The name of the operation that a word like ``conv1`` or ``Conv2d`` stands for, or None."""
    bare = _bare(word)
    candidates = (bare, _OTHERS.get(bare, ""), bare.removesuffix("ing"), bare.removesuffix("al"))
    found = next(filter(None, map(ops.find, filter(None, candidates))), None)
    return found.names[0] if found is not None else None


def _bare(word: str) -> str:
    """The word without a number, ``2d`` or ``layer`` at its end."""
    match = re.fullmatch(rf"(.*?[^\W\d_]){_TAIL.pattern}", word.casefold())
    return match[1].strip() if match else word.casefold()


def module_for(word: str, filled: frozenset[str]) -> list[ModuleCard]:
    """The library's modules that a row of these columns can be.

    The module of that name comes alone if it takes the columns; else all that have just these.
    """
    own = find_module(word)
    if own is not None and filled <= own.columns:
        return [own]
    return [card for card in modules() if card.required and card.required <= filled <= card.columns]
