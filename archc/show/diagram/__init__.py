"""Drawings: the graph as boxes and arrows, those as DOT or Mermaid, and DOT as pictures."""

from __future__ import annotations

from archc.show.diagram.dot import to_dot
from archc.show.diagram.draw import draw, draw_part, find_part
from archc.show.diagram.mermaid import to_mermaid

__all__ = ["draw", "draw_part", "find_part", "to_dot", "to_mermaid"]
