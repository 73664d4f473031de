"""Drawings: the graph as DOT, and DOT as pictures."""

from __future__ import annotations

from archc.diagram.rows import rows_diagram

__all__ = ["rows_diagram"]
