"""Write a drawing as Mermaid, which GitHub and many wikis render.

Mermaid reads Markdown and HTML in labels, so every character that could be either is written as
its number. Boxes are called ``n0``, ``n1``: what a spec says is in labels alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from archc.diagnostics import safe
from archc.ops.family import Family
from archc.show.diagram.drawing import Arrow, Box, Drawing, DrawnPart, boxes
from archc.show.diagram.style import THEMES, Palette, Theme

__all__ = ["LONGEST", "MOST_ARROWS", "to_mermaid"]

LONGEST = 50_000
"""Characters of a text, and..."""
MOST_ARROWS = 500
"""...arrows in it, beyond which Mermaid as it is set up at first draws an error instead."""

_PLAIN = re.compile(r"[^\w ×,()/%]")


def to_mermaid(drawing: Drawing, theme: Theme = "auto") -> str:
    """Write a flowchart, the same for the same drawing."""
    palette = THEMES[theme]
    drawn = list(boxes(drawing.parts))
    names = {box.name: f"n{number}" for number, box in enumerate(drawn)}
    classes = {box.name: _class(box) for box in drawn}
    lines = [
        f"flowchart {'BT' if drawing.up else 'TB'}",
        *_parts(drawing.parts, names, classes),
        *(_arrow(arrow, names, classes) for arrow in drawing.arrows),
        *_definitions(drawn, palette),
    ]
    return "\n".join(lines) + "\n"


def _parts(
    parts: Iterable[DrawnPart],
    names: Mapping[str, str],
    classes: Mapping[str, str],
    indent: str = "  ",
) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Box):
            yield f"{indent}{names[part.name]}{_shape(part)}:::{classes[part.name]}"
            continue
        first = next(boxes(part.parts))
        yield f'{indent}subgraph f{names[first.name]}[" "]'
        yield from _parts(part.parts, names, classes, indent + "  ")
        yield f"{indent}end"
        yield f"{indent}class f{names[first.name]} frame"


def _shape(box: Box) -> str:
    """Shape a box; a frame's title is one too, as arrows would run through Mermaid's titles."""
    if box.mark == "dot":
        return '((" "))'
    label = "<br/>".join(map(_text, box.lines))
    return f'("{label}")'


def _arrow(arrow: Arrow, names: Mapping[str, str], classes: Mapping[str, str]) -> str:
    if classes[arrow.head] in ("title", "dot"):
        line = "-.-" if arrow.aside else "---"
    else:
        line = "-.->" if arrow.aside else "-->"
    label = f'|"{_text(arrow.label)}"|' if arrow.label else ""
    return f"  {names[arrow.tail]} {line}{label} {names[arrow.head]}"


def _class(box: Box) -> str:
    if box.mark:
        return box.mark
    return box.kind.css if box.shade is None else f"shade{round(box.shade * 10)}"


def _definitions(drawn: Iterable[Box], palette: Palette) -> Iterator[str]:
    used = {_class(box) for box in drawn}
    line = f"stroke:{palette.faint}"
    for kind in Family:
        if kind.css in used:
            fill = palette.fills[kind]
            yield f"  classDef {kind.css} fill:{fill},{line},color:{palette.text}"
    for step in range(11):
        if f"shade{step}" in used:
            fill, text = palette.shade(step / 10)
            yield f"  classDef shade{step} fill:{fill},{line},color:{text}"
    if "dot" in used:
        yield f"  classDef dot fill:{palette.line},{line}"
    if "title" in used:
        yield f"  classDef title fill:none,stroke:none,color:{palette.text}"
        yield f"  classDef frame fill:{palette.frame},{line}"
    yield f"  linkStyle default stroke:{palette.line}"


def _text(text: str) -> str:
    return _PLAIN.sub(lambda char: f"#{ord(char[0])};", safe(text))
