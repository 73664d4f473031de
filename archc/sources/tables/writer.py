"""A draft as YAML that a person would have written: aligned rows, quotes where they are needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from textwrap import wrap
from typing import Any

from archc.diagnostics import Diagnostics, Source
from archc.sources.tables.draft import Draft, DraftRow
from archc.spec.source import parse

__all__ = ["write"]

_WIDTH = 98
_PLAIN = re.compile(r"[^\W_][\w ×/.%()+-]*")
"""What may stand without quotes, if it then reads as the same text."""


def write(draft: Draft) -> str:
    """The spec's text. It reads back as exactly the draft's values."""
    lines = list(_heading(draft))
    lines += [_section(key, value) for key, value in draft.sections().items()]
    lines.append("rows:")
    lines += _rows(draft.rows)
    text = "\n".join(lines) + "\n"
    found = parse(Source(draft.source, text), Diagnostics())
    assert found is not None, "what was written is YAML"
    assert found.plain() == draft.plain(), "what was written reads as what was meant"
    return text


def _heading(draft: Draft) -> Iterable[str]:
    """The notes as comments."""
    yield f"# Imported by archc from {draft.source}."
    yield "# What the table does not say, and what was assumed:"
    for note in draft.notes:
        yield from wrap(
            note, _WIDTH, initial_indent="# - ", subsequent_indent="#   ", break_on_hyphens=False
        )


def _section(key: str, value: Any) -> str:
    """A section on one line, or one line for each entry of `defaults`."""
    if key == "defaults":
        entries = (f"  {_scalar(name)}: {_flow(each)}" for name, each in value.items())
        return "\n".join(["defaults:", *entries])
    return f"{key}: {_flow(value)}"


def _rows(rows: list[DraftRow]) -> Iterable[str]:
    """Each row on a line, the cells of listed ones aligned."""
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
            "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
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
    """A word as it is if it reads as itself, else quoted; JSON's quotes are YAML's."""
    if _PLAIN.fullmatch(text):
        found = parse(Source("", f"[{text}]"), Diagnostics())
        if found is not None and found.plain() == [text]:
            return text
    return json.dumps(text, ensure_ascii=False)
