"""What kind of thing a row is: a colour on the page, and always a word beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from archc.ir import Network, Operation
from archc.report.html.markup import Markup, tag

__all__ = ["KINDS", "kind", "legend", "operations"]

KINDS = {
    "module": "module",
    "convolution": "convolution",
    "pooling": "pooling",
    "linear": "linear",
    "normalization": "norm",
    "activation": "activation",
    "arrangement": "join, reshape, dropout",
}
"""The kinds in words: a module, or the family of an operation, which is its file."""


def kind(operations: Iterable[Operation]) -> str:
    """The kind of a box that stands for these operations: that of the only one with a kernel."""
    found = list(operations)
    heavy = [each for each in found if each.op.layers]
    if len(heavy) > 1:
        return "module"
    main = heavy or found
    return type(main[0].op).__module__.rpartition(".")[2] if main else "arrangement"


def operations(of: Iterable[Operation]) -> str:
    """How many operations of which kind: ``convolution ×6, relu ×6, concat``."""
    found = Counter(each.op.names[0] for each in of)
    return ", ".join(f"{name} ×{many}" if many > 1 else name for name, many in found.items())


def legend(network: Network) -> Markup:
    """The kinds that a network has, each with its colour."""
    shown = {kind(row.operations()) for row in network.rows}
    shown |= {kind(head.operations()) for head in network.heads}
    items = (
        tag("li", words, class_=f"kind {name}") for name, words in KINDS.items() if name in shown
    )
    return tag("ul", *items, class_="kinds", aria_label="Colours")
