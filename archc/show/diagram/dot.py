"""Write a drawing as DOT: every text quoted, the same drawing always the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil

from archc.diagnostics import safe
from archc.show.diagram.drawing import Box, Drawing, DrawnPart, Frame, Key, boxes
from archc.show.diagram.style import THEMES, Palette, Theme

__all__ = ["quote", "to_dot"]

_FONT = "Helvetica"
_KEY_LINE = 4
"""The most boxes in a line of the legend: it is then about as wide as a module."""


def to_dot(drawing: Drawing, theme: Theme = "auto") -> str:
    """Write DOT text. Boxes and frames have their names as ids, and their kinds as classes."""
    palette = THEMES[theme]
    background = "transparent" if theme == "auto" else palette.background
    lines = [
        f"digraph {quote(drawing.title)} {{",
        *_defaults(drawing, palette, background),
        *_parts(drawing.parts, palette),
        *_arrows(drawing),
        *_levels(drawing),
        *(_key(drawing, drawing.key, palette) if drawing.key else ()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _defaults(drawing: Drawing, palette: Palette, background: str) -> Iterator[str]:
    direction = "BT" if drawing.up else "TB"
    yield (
        f'  graph [rankdir={direction}, ranksep=0.28, nodesep=0.3, bgcolor="{background}", '
        f'pad=0.1, ordering=out, fontname="{_FONT}", fontsize=11, fontcolor="{palette.text}"];'
    )
    yield (
        f'  node [shape=box, style="rounded,filled", fontname="{_FONT}", fontsize=11, '
        f'color="{palette.faint}", fontcolor="{palette.text}", margin="0.16,0.06", height=0.3];'
    )
    yield (
        f'  edge [fontname="{_FONT}", fontsize=9, color="{palette.line}", '
        f'fontcolor="{palette.faint}", arrowsize=0.6];'
    )
    if drawing.caption:
        yield f"  graph [label={quote(drawing.caption)}, labelloc=b];"


def _parts(parts: Iterable[DrawnPart], palette: Palette, indent: str = "  ") -> Iterator[str]:
    for part in parts:
        if isinstance(part, Box):
            yield indent + _box(part, palette)
        else:
            yield from _frame(part, palette, indent)


def _box(box: Box, palette: Palette) -> str:
    name, label = quote(box.name), quote("\n".join(box.lines))
    if box.mark == "dot":
        return f'{name} [label="", id={name}, shape=point, width=0.05, color="{palette.line}"];'
    if box.mark == "title":
        return f'{name} [label={label}, id={name}, class="title", shape=plaintext, style=""];'
    fill, color, kind = palette.fills[box.kind], "", box.kind.css
    if box.shade is not None:
        fill, text = palette.shade(box.shade)
        color, kind = f', fontcolor="{text}"', "shaded"
    style = ', style="rounded,filled,dashed"' if box.aside else ""
    return f'{name} [label={label}, id={name}, class="{kind}", fillcolor="{fill}"{color}{style}];'


def _frame(frame: Frame, palette: Palette, indent: str) -> Iterator[str]:
    yield f"{indent}subgraph {quote(f'cluster {frame.name}')} {{"
    style = "rounded,filled,dashed" if frame.aside else "rounded,filled"
    yield (
        f'{indent}  graph [label="", id={quote(frame.name)}, '
        f'class="frame", style="{style}", color="{palette.line}", fillcolor="{palette.frame}", '
        "margin=8];"
    )
    yield from _parts(frame.parts, palette, indent + "  ")
    yield indent + "}"


def _arrows(drawing: Drawing) -> Iterator[str]:
    """Keep a box close to what it alone reads: longer arrows lead to joins, and to heads.

    Where a shortcut joins, the line goes straight on, and the shortcut round it.
    """
    drawn = {box.name: box for box in boxes(drawing.parts)}
    into = Counter(arrow.head for arrow in drawing.arrows)
    out = Counter(arrow.tail for arrow in drawing.arrows)
    joined = {arrow.head for arrow in drawing.arrows if out[arrow.tail] > 1}
    for arrow in drawing.arrows:
        tail, head = drawn[arrow.tail], drawn[arrow.head]
        attributes = ["arrowhead=none"] if head.mark else []
        attributes += [f"label={quote(f' {arrow.label} ')}"] if arrow.label else []
        attributes += ["style=dashed"] if arrow.aside else []
        if head.aside and not tail.aside:
            attributes += _into_head(drawing, head)
        elif into[head.name] == 1 or (head.name in joined and out[tail.name] == 1):
            attributes.append("weight=2")
        shown = f" [{', '.join(attributes)}]" if attributes else ""
        yield f"  {quote(arrow.tail)} -> {quote(arrow.head)}{shown};"


def _into_head(drawing: Drawing, head: Box) -> list[str]:
    """Leave a head beside its row alone: an arrow without weight would not keep it there."""
    if head.name in drawing.level_with:
        return []
    port = [f"headport={'s' if drawing.up else 'n'}"] if head.mark else []
    return ["weight=0", *port]


def _levels(drawing: Drawing) -> Iterator[str]:
    """Put boxes beside another; several of one are kept in order by invisible arrows."""
    beside: dict[str, list[str]] = {}
    for box, anchor in drawing.level_with.items():
        beside.setdefault(anchor, []).append(quote(box))
    for anchor, beside_it in beside.items():
        for box in beside_it:
            yield f"  {{ rank=same; {quote(anchor)}; {box}; }}"
        if len(beside_it) > 1:
            yield f"  {' -> '.join(beside_it)} [style=invis];"


def _key(drawing: Drawing, key: Key, palette: Palette) -> Iterator[str]:
    """Put the legend in lines before the first box, held there by invisible arrows."""
    first = next(boxes(drawing.parts)).name
    length = ceil(len(key.boxes) / ceil(len(key.boxes) / _KEY_LINE))
    lines = [key.boxes[at : at + length] for at in range(0, len(key.boxes), length)]
    yield '  subgraph "cluster key" {'
    above = "b" if drawing.up else "t"  # Graphviz turns it round with the ranks
    yield (
        f"    graph [label={quote(key.title)}, labelloc={above}, "
        'id="key", class="key", peripheries=0, margin=8];'
    )
    yield "    node [fontsize=9, height=0.22, width=0.9];"
    yield "    edge [style=invis];"
    for box in key.boxes:
        yield "    " + _box(box, palette)
    for line in lines:
        names = " -> ".join(quote(box.name) for box in line)
        yield f"    {{ rank=same; {names}; }}"
    if drawing.up:
        lines.reverse()
    for line, below in pairwise(lines):
        for at, box in enumerate(line):
            yield f"    {quote(box.name)} -> {quote(below[min(at, len(below) - 1)].name)};"
    yield "  }"
    for box in lines[-1]:
        yield f"  {quote(box.name)} -> {quote(first)} [style=invis];"


def quote(text: str) -> str:
    """Quote a DOT string; line breaks stay, and Graphviz takes nothing in it for an entity."""
    shown = "\n".join(map(safe, text.split("\n"))).replace("&", "&amp;")
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
