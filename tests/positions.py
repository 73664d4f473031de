"""Whether a place that a diagnostic names exists."""

from __future__ import annotations

from archc.diagnostics import Span

__all__ = ["is_inside"]


def is_inside(span: Span) -> bool:
    """Whether the span's text exists; it may end, or stand, just behind a line."""
    lines = span.source.lines or [""]
    return (
        1 <= span.line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )
