"""What kind of thing a row is: a colour on the page, and always a word beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from archc.analysis.kind import kind_of_part
from archc.ir import Network, Operation
from archc.ops.family import Family
from archc.show.report.html.markup import Markup, tag

__all__ = ["legend", "operations"]


def operations(of: Iterable[Operation]) -> str:
    """How many operations of which kind: ``convolution ×6, relu ×6, concat``."""
    found = Counter(each.op.names[0] for each in of)
    return ", ".join(f"{name} ×{many}" if many > 1 else name for name, many in found.items())


def legend(network: Network) -> Markup:
    """The kinds that a network has, each with its colour."""
    shown = {kind_of_part(row) for row in network.rows}
    shown |= {kind_of_part(head) for head in network.heads}
    items = (tag("li", kind.value, class_=f"kind {kind.css}") for kind in Family if kind in shown)
    return tag("ul", *items, class_="kinds", aria_label="Colours")
