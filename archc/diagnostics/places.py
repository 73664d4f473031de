"""Texts and stretches of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["Label", "Source", "Span"]


@dataclass(frozen=True, eq=False)
class Source:
    """A text and the name it is shown under (a path, or ``--set``)."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines without their ends."""
        return self.text.splitlines()

    def line(self, number: int) -> str:
        """Line ``number``, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source, lines and columns counted from 1, the end exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """``file:line:column``, as editors and terminals link it."""
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that a diagnostic speaks of."""

    span: Span
    text: str
