"""A small writer of DOT: every text quoted, the same graph always the same bytes."""

from __future__ import annotations

from archc.diagnostics import safe

__all__ = ["Dot"]

_FONT = "Helvetica"


class Dot:
    """Collects boxes and arrows of a top-to-bottom drawing."""

    def __init__(self, title: str) -> None:
        """A drawing called ``title``."""
        self.lines = [
            f"digraph {quote(title)} {{",
            "  graph [rankdir=TB, ranksep=0.28, nodesep=0.35, bgcolor=transparent, margin=0.1];",
            f'  node [shape=box, style="rounded,filled", fontname="{_FONT}", fontsize=11, '
            'color="#44546a", fontcolor="#1c2733", margin="0.16,0.06", height=0.3];',
            f'  edge [fontname="{_FONT}", fontsize=9, color="#6b7785", fontcolor="#44546a", '
            "arrowsize=0.6];",
        ]

    def node(self, name: str, label: str, fill: str, dashed: bool = False) -> None:
        """A box."""
        style = ', style="rounded,filled,dashed"' if dashed else ""
        self.lines.append(f'  {quote(name)} [label={quote(label)}, fillcolor="{fill}"{style}];')

    def edge(self, tail: str, head: str, label: str = "", side: bool = False) -> None:
        """An arrow; one to the side does not pull its ends into a column."""
        attributes = [f"label={quote(f' {label} ')}"] if label else []
        if side:
            attributes += ["style=dashed", "weight=0"]
        else:
            attributes.append("weight=10")
        self.lines.append(f"  {quote(tail)} -> {quote(head)} [{', '.join(attributes)}];")

    def text(self) -> str:
        """The whole drawing."""
        return "\n".join([*self.lines, "}"]) + "\n"


def quote(text: str) -> str:
    """A DOT string; line breaks stay, and Graphviz takes nothing in it for an entity."""
    shown = "\n".join(map(safe, text.split("\n"))).replace("&", "&amp;")
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
