"""The network as a column of boxes: one per row, sizes between them, heads at the side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree

from archc.analysis.figures import HeadFigures
from archc.analysis.parts import all_alike, family_of_part
from archc.ir import Block, Head, Network, Node, Row, Value
from archc.ir.walk import read_from_outside
from archc.ops import format_shape
from archc.ops.family import Family
from archc.show.report.figures import ReportRow
from archc.show.report.page.view import BarShare, NetworkView, module_infos
from archc.texts import one_line

__all__ = ["lane_count", "legend", "steps"]


class BoxLink(NamedTuple):
    """What a row reads that does not stand above it: who makes it, and its arrow's lane."""

    words: str
    size: str
    target: str
    picks: bool
    start: str
    lane: int | None


class DiagramBox(NamedTuple):
    """A row or a head as a box that leads to what is known of it."""

    family: str
    id: str
    target: str
    name: str
    times: str
    patch: str
    loss: str
    bar: Sequence[BarShare]
    inside: Inside | None


class DiagramStep(NamedTuple):
    """A row of the column: what flows in, from above or from elsewhere, its box, its heads."""

    sizes: list[str]
    links: list[BoxLink]
    box: DiagramBox
    heads: list[DiagramBox]
    unlisted: bool


def steps(view: NetworkView, shares: Sequence[Sequence[BarShare]]) -> list[DiagramStep]:
    """Make a step for each row, in order."""
    inputs = _row_inputs(view.report.network)
    rows = zip(view.report.rows, inputs, shares, strict=True)
    return [_step(row, view, reads, bar) for row, reads, bar in rows]


def lane_count(column: Iterable[DiagramStep]) -> int:
    """Count the lanes that the arrows at the side need."""
    lanes = [link.lane for step in column for link in step.links if link.lane is not None]
    return max(lanes, default=-1) + 1


def legend(network: Network) -> list[Family]:
    """List the families that a network has, each with its colour."""
    shown = {family_of_part(row) for row in network.rows}
    shown |= {family_of_part(head) for head in network.heads}
    return [family for family in Family if family in shown]


def _step(
    row: ReportRow, view: NetworkView, inputs: list[RowInput], bar: Sequence[BarShare]
) -> DiagramStep:
    heads = view.report.figures.heads
    return DiagramStep(
        [format_shape(read.value.shape) for read in inputs if read.straight],
        [_link(read, view) for read in inputs if not read.straight],
        _row_box(row, view, bar),
        [_head_box(head, view) for head in heads if head.head.after == row.figures.name],
        row.unlisted,
    )


def _row_box(shown: ReportRow, view: NetworkView, bar: Sequence[BarShare]) -> DiagramBox:
    row = shown.figures.row
    return DiagramBox(
        family_of_part(row).css,
        view.box_id(row),
        view.row_id(row),
        shown.printed,
        view.times(row),
        row.cells.get("patch", ""),
        "",
        bar,
        _inside(row, shown.printed, view.drawings.modules.get(row.name)),
    )


def _head_box(figures: HeadFigures, view: NetworkView) -> DiagramBox:
    head = figures.head
    loss = "" if head.loss_weight is None else f"loss ×{head.loss_weight:g}"
    inside = _inside(head, head.name, view.drawings.modules.get(head.name))
    target = view.head_id(head.name)
    return DiagramBox(family_of_part(head).css, "", target, head.name, "", "", loss, (), inside)


def _link(read: RowInput, view: NetworkView) -> BoxLink:
    maker, size = read.maker, format_shape(read.value.shape)
    if maker is None:
        start = f"start-{view.number}"
        return BoxLink("input", size, start, False, start, read.lane)
    return BoxLink(view.told(maker), size, view.row_id(maker), True, view.box_id(maker), read.lane)


# What each row reads: the row before it, or others, whose arrows run in lanes at the side

_LANES = 6
"""Side by side at most: an arrow that finds none free is told in words alone."""


@dataclass(frozen=True, slots=True)
class RowInput:
    """A tensor that a row reads; ``maker`` is None for the input, ``lane`` beside the boxes."""

    value: Value
    maker: Row | None
    straight: bool
    lane: int | None = None


def _row_inputs(network: Network) -> list[list[RowInput]]:
    """Find what each row reads, in order."""
    made_by: dict[Value, int] = {network.input: -1}
    free_from: list[int] = []
    inputs = []
    for place, row in enumerate(network.rows):
        sources = read_from_outside(row.operations()) or [row.input]
        inputs.append(
            [_row_input(value, made_by[value], place, network, free_from) for value in sources]
        )
        made_by.setdefault(row.output, place)
    return inputs


def _row_input(
    value: Value, made: int, place: int, network: Network, free_from: list[int]
) -> RowInput:
    maker = network.rows[made] if made >= 0 else None
    before = network.rows[place - 1].output if place else network.input
    if value is before:
        return RowInput(value, maker, straight=True)
    return RowInput(value, maker, straight=False, lane=_lane(made, place, free_from))


def _lane(start: int, end: int, free_from: list[int]) -> int | None:
    """Take the first lane in which nothing runs past ``start``, and note it in ``free_from``."""
    for lane, free in enumerate(free_from):
        if free <= start:
            free_from[lane] = end
            return lane
    if len(free_from) == _LANES:
        return None
    free_from.append(end)
    return len(free_from) - 1


# What a row or head is inside, unfolded: its figure, or its branches and operations as a list


class InnerPart(NamedTuple):
    """A branch or an operation inside; equal ones that follow each other are told once."""

    words: str
    named: bool
    unchanged: bool
    parts: tuple[InnerPart, ...]
    times: str = ""


class DrawnElement(NamedTuple):
    """An element of a drawing that somebody else made, with what is known to draw alone."""

    name: str
    text: str
    attributes: Mapping[str, str]
    children: list[DrawnElement]


class Inside(NamedTuple):
    """What opens below a box."""

    words: str
    said: str
    which: str
    drawing: DrawnElement | None
    parts: tuple[InnerPart, ...]


def _inside(part: Row | Head, printed: str, svg: bytes | None) -> Inside | None:
    """Show what opens below a box, where there is anything inside."""
    if svg is None and not any(_has_parts(node) for node in part.nodes):
        return None
    words = f"Inside {one_line(printed)}"
    if svg is None:
        return Inside(words, _said(part.nodes), "", None, _contents(part.nodes))
    drawing = _drawn(ElementTree.fromstring(svg), {"role": "img", "aria-label": words})
    return Inside(words, _said(part.nodes), _which(part), drawing, ())


def _which(part: Row | Head) -> str:
    """Say which use the figure is of, where it is not one of each."""
    if isinstance(part, Head) or all_alike(part):
        return ""
    return f"Drawn is the first of {part.repeat}; others differ."


def _has_parts(node: Node) -> bool:
    return node.kind in ("module", "group") or any(map(_has_parts, node.children))


def _said(nodes: Iterable[Node]) -> str:
    """Say which figures of the papers the row's modules are."""
    names = (one_line(info.figure or info.name) for info in module_infos(nodes))
    return "; ".join(dict.fromkeys(names))


def _contents(nodes: Sequence[Node]) -> tuple[InnerPart, ...]:
    """List branches and operations in order."""
    contents = []
    for part, alike in groupby(map(_inner, nodes)):
        count = len(list(alike))
        contents.append(part._replace(times=f"×{count}") if count > 1 else part)
    return tuple(contents)


def _inner(node: Node) -> InnerPart:
    """Say what a node is called, and what is in it."""
    if node.kind == "operation":
        return InnerPart(node.op.listing(), False, False, ())
    if not node.children:
        return InnerPart(_name(node), True, True, ())
    if _is_plain(node):
        words = " → ".join(operation.op.listing() for operation in node.operations())
        return InnerPart(words, False, False, ())
    return InnerPart(_name(node), True, False, _contents(node.children))


def _is_plain(block: Block) -> bool:
    """Whether it is an operation with its norm and activation."""
    return block.kind == "unit" and all(node.kind == "operation" for node in block.children)


def _name(block: Block) -> str:
    """Name a module by its own name, as each use of it has another."""
    return one_line(block.module.name if block.module else block.name)


_ELEMENTS = ("svg", "g", "path", "polygon", "polyline", "ellipse", "rect", "text")
_ATTRIBUTES = (
    "class", "cx", "cy", "d", "fill", "font-family", "font-size", "font-style", "font-weight",
    "height", "points", "rx", "ry", "stroke", "stroke-dasharray", "stroke-width", "text-anchor",
    "transform", "viewBox", "width", "x", "y",
)  # fmt: skip


def _drawn(element: ElementTree.Element, more: Mapping[str, str]) -> DrawnElement:
    """Copy of an element what is known to draw, and nothing else.

    Left out are ids, which would clash between two drawings on a page and which nothing in
    these drawings refers to, titles, which repeat the names in code, and all that could load.
    """
    name = _local_name(element)
    kept = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    text = (element.text or "") if name == "text" else ""
    return DrawnElement(name, text, {**kept, **more}, list(_children(element)))


def _children(element: ElementTree.Element) -> Iterator[DrawnElement]:
    return (_drawn(child, {}) for child in element if _local_name(child) in _ELEMENTS)


def _local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
