"""A spec in the making: what is known so far, written as YAML, and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any

from archc.diagnostics import Diagnostics, Source
from archc.ir import Network
from archc.sources.tables.grid import TableCell
from archc.spec.document import Document
from archc.spec.files import Files
from archc.spec.network import build_network
from archc.spec.source import parse
from archc.spec.variants import choose, variant_names

__all__ = ["CellValue", "CheckedText", "Draft", "DraftRow", "check_text", "scalar", "write"]

CellValue = str | int | bool | None


@dataclass(slots=True)
class DraftRow:
    """A row: its cells under the columns, and what has no column; ``listed`` rows are printed."""

    cells: list[CellValue]
    extra: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    listed: bool = True

    @property
    def filled(self) -> list[CellValue]:
        """Its cells up to the last filled one."""
        last = max((at for at, cell in enumerate(self.cells) if cell is not None), default=0)
        return self.cells[: last + 1]

    def plain(self) -> list[Any] | dict[str, Any]:
        """Say the row as YAML does; an unlisted one is a mapping."""
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
        """List the sections before the rows that have something to say."""
        sections: dict[str, Any] = {
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
        return {key: value for key, value in sections.items() if value}

    def plain(self) -> dict[str, Any]:
        """Say the whole spec in plain values: the written text must read as them."""
        return {**self.sections(), "rows": [row.plain() for row in self.rows]}


def scalar(cell: TableCell) -> CellValue:
    """Read a cell's value: a whole number, a word, or nothing."""
    text = cell.text
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else text


_DIGITS = 16


_WIDTH = 98
_PLAIN = re.compile(r"[^\W_][\w ×/.%()+-]*")
"""What may stand without quotes, if it then reads as the same text."""


def write(draft: Draft) -> str:
    """Write the spec as a person would, rows aligned. It reads back as the draft's values."""
    lines = list(_heading(draft))
    lines += [_section(key, value) for key, value in draft.sections().items()]
    lines.append("rows:")
    lines += _rows(draft.rows)
    text = "\n".join(lines) + "\n"
    read_back = parse(Source(draft.source, text), Diagnostics())
    assert read_back is not None, "what was written is YAML"
    assert read_back.plain() == draft.plain(), "what was written reads as what was meant"
    return text


def _heading(draft: Draft) -> Iterable[str]:
    """Write the notes as comments."""
    yield f"# Imported by archc from {draft.source}."
    yield "# What the table does not say, and what was assumed:"
    for note in draft.notes:
        yield from wrap(
            note, _WIDTH, initial_indent="# - ", subsequent_indent="#   ", break_on_hyphens=False
        )


def _section(key: str, value: Any) -> str:
    """Write a section on one line, or on a line for each entry of `defaults`."""
    if key == "defaults":
        entries = (f"  {_scalar(name)}: {_flow(values)}" for name, values in value.items())
        return "\n".join(["defaults:", *entries])
    return f"{key}: {_flow(value)}"


def _rows(rows: list[DraftRow]) -> Iterable[str]:
    """Write each row on a line, the cells of listed ones aligned."""
    texts = [[_scalar(cell) for cell in row.filled] for row in rows]
    aligned = [text for text, row in zip(texts, rows, strict=True) if row.listed]
    widths = [
        max(len(text[index]) for text in aligned if len(text) > index)
        for index in range(max(map(len, aligned), default=0))
    ]
    for row, text in zip(rows, texts, strict=True):
        comment = f"  # {row.comment}" if row.comment else ""
        if not row.listed:
            yield f"  - {_flow(row.plain())}{comment}"
            continue
        padded = [f"{cell},".ljust(width + 1) for cell, width in zip(text, widths, strict=False)]
        padded[-1] = f"{text[-1]}, {_flow(row.extra)}" if row.extra else text[-1]
        yield "  - [" + " ".join(padded) + f"]{comment}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "~"
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
    return str(value)


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    """Write a word as it is if it reads as itself, else quoted; JSON's quotes are YAML's."""
    if _PLAIN.fullmatch(text):
        read_back = parse(Source("", f"[{text}]"), Diagnostics())
        if read_back is not None and read_back.plain() == [text]:
            return text
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The networks of a text, one for each variant; none where there are diagnostics."""

    networks: tuple[Network, ...]
    diagnostics: Diagnostics


def check_text(text: str, name: str, folder: Path | None) -> CheckedText:
    """Check a spec's text as the file ``name`` in ``folder``, every variant of it."""
    source, diagnostics = Source(name, text), Diagnostics()
    root = parse(source, diagnostics)
    assert root is not None, "the text has been read before"
    networks = []
    for variant in variant_names(root) or (None,):
        document = Document(
            root=root,
            edits=[],
            file=source,
            name=name,
            files=Files(folder),
            digest="",
            overridden=False,
            printed_classes=root.value["classes"].value if "classes" in root.value else None,
            variants=variant_names(root),
            variant=choose(root, variant),
        )
        network = build_network(document, diagnostics)
        if network is not None:
            networks.append(network)
    return CheckedText(() if diagnostics else tuple(networks), diagnostics)
