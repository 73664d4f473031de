"""What a row or head is inside, unfolded: its figure, or its branches and operations as a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from archc.analysis.uses import all_alike
from archc.ir import Block, Head, Node, Operation, Row
from archc.show.report.html.drawing import drawing
from archc.show.report.html.markup import NOTHING, Markup, away, lines, tag
from archc.texts import one_line

__all__ = ["unfolding"]


def unfolding(of: Row | Head, printed: str, svg: bytes | None) -> Markup:
    """A part of the box that opens, where there is anything inside."""
    if svg is None and not any(_has_parts(node) for node in of.nodes):
        return NOTHING
    words = f"Inside {one_line(printed)}"
    inside = _contents(of.nodes) if svg is None else drawing(svg, words)
    summary = tag("summary", away(words))
    which = NOTHING if svg is None else _which(of)
    return tag("details", lines(summary, _said(of.nodes), which, inside), class_="inside")


def _which(of: Row | Head) -> Markup:
    """Which use the figure is of, where it is not one of each."""
    if isinstance(of, Head) or all_alike(of):
        return NOTHING
    return tag("p", f"Drawn is the first of {of.repeat}; others differ.", class_="about")


def _has_parts(node: Node) -> bool:
    return isinstance(node, Block) and (
        node.kind in ("module", "group") or any(map(_has_parts, node.children))
    )


def _said(nodes: Iterable[Node]) -> Markup:
    """The figures of the papers that the row's modules are."""
    infos = (node.module for node in nodes if isinstance(node, Block) and node.module)
    said = dict.fromkeys(one_line(each.figure or each.name) for each in infos)
    return tag("p", "; ".join(said), class_="about") if said else NOTHING


def _contents(nodes: Sequence[Node]) -> Markup:
    """Branches and operations in order; equal ones that follow each other are told once."""
    items = []
    for item, same in groupby(_items(nodes)):
        many = len(list(same))
        times = tag("span", f"×{many}", class_="times") if many > 1 else NOTHING
        items.append(tag("li", item[0], times, *item[1:]))
    return tag("ul", *items, class_="parts")


def _items(nodes: Sequence[Node]) -> Iterator[tuple[Markup, ...]]:
    """What each node is called, and what is in it."""
    for node in nodes:
        if isinstance(node, Operation):
            yield (tag("span", node.op.listing()),)
        elif not node.children:
            yield (tag("span", _name(node), class_="part"), tag("span", " (unchanged)"))
        elif not _is_plain(node):
            yield (tag("span", _name(node), class_="part"), _contents(node.children))
        else:
            yield (tag("span", " → ".join(each.op.listing() for each in node.operations())),)


def _is_plain(block: Block) -> bool:
    """Whether it is an operation with its norm and activation."""
    return block.kind == "unit" and all(isinstance(each, Operation) for each in block.children)


def _name(block: Block) -> str:
    """A module by its own name, as each use of it has another."""
    return one_line(block.module.name if block.module else block.name)
