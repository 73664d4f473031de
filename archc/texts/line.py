"""A text on one line."""

from __future__ import annotations

from archc.diagnostics import safe

__all__ = ["one_line"]


def one_line(text: str) -> str:
    """``text`` on one line, with stand-ins for what controls a terminal or cannot be seen."""
    return safe(" ".join(text.split()))
