"""A spec in the making: what is known so far, and what had to be assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archc.sources.tables.grid import Cell

__all__ = ["Draft", "DraftRow", "Scalar", "scalar"]

Scalar = str | int | bool | None


@dataclass(slots=True)
class DraftRow:
    """A row: its cells under the columns, and what has no column; ``listed`` rows are printed."""

    cells: list[Scalar]
    extra: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    listed: bool = True

    @property
    def filled(self) -> list[Scalar]:
        """The cells up to the last filled one."""
        last = max((at for at, cell in enumerate(self.cells) if cell is not None), default=0)
        return self.cells[: last + 1]

    def plain(self) -> list[Any] | dict[str, Any]:
        """The row as YAML says it; an unlisted one is a mapping."""
        if not self.listed:
            return {"type": self.cells[0], **self.extra, "unlisted": True}
        return [*self.filled, self.extra] if self.extra else self.filled


@dataclass(slots=True)
class Draft:
    """A spec's sections, and the notes on what the table does not say."""

    network: str
    source: str
    input: str
    rows: list[DraftRow]
    columns: list[str] | dict[str, str | None] | None = None
    variants: list[str] = field(default_factory=list)
    classes: int | None = None
    units: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    flops: str = ""
    """The column of FLOPs, as printed, that is read as ``ops``."""

    def sections(self) -> dict[str, Any]:
        """All sections before the rows that have something to say."""
        found: dict[str, Any] = {
            "network": self.network,
            "source": self.source,
            "input": self.input,
            "classes": self.classes,
            "variants": self.variants,
            "units": self.units,
            "defaults": {key: value for key, value in self.defaults.items() if value},
            "modules": self.modules,
            "columns": self.columns,
        }
        return {key: value for key, value in found.items() if value}

    def plain(self) -> dict[str, Any]:
        """The whole spec as plain values: what the written text must read as."""
        return {**self.sections(), "rows": [row.plain() for row in self.rows]}


def scalar(cell: Cell) -> Scalar:
    """A cell's value: a whole number, a word, or nothing."""
    text = cell.text
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else text


_DIGITS = 16
