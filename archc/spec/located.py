"""A YAML value and the place where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.diagnostics import Source, Span

__all__ = ["Located", "kind_of"]

_SHOWN = 60  # characters of a value in a message


class Located:
    """A YAML value with its place; lists and mappings hold further located values.

    ``keys`` of a mapping has the located key of each entry.
    """

    __slots__ = ("_span", "end", "keys", "source", "start", "value")

    def __init__(
        self, value: Any, source: Source, start: tuple[int, int], end: tuple[int, int]
    ) -> None:
        self.value = value
        self.source = source
        self.start = start
        self.end = end
        self.keys: dict[str, Located] | None = None
        self._span: Span | None = None

    @property
    def span(self) -> Span:
        """Where the value stands."""
        if self._span is None:
            self._span = self._located()
        return self._span

    def close(self, end: tuple[int, int]) -> None:
        """Set where a list or a mapping ends, once it has been read."""
        self.end, self._span = end, None

    def _located(self) -> Span:
        (line, column), (end_line, end_column) = self.start, self.end
        lines = self.source.lines
        if line >= len(lines) > 0:  # a value that is left out at the end, as after a last `?`
            return Span(self.source, len(lines), len(lines[-1]) + 1, len(lines), len(lines[-1]) + 2)
        return Span(self.source, line + 1, column + 1, end_line + 1, end_column + 1)

    def with_value(self, value: Any) -> Located:
        """Another value at the same place."""
        return Located(value, self.source, self.start, self.end)

    def plain(self) -> Any:
        """The value as ordinary dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    @property
    def is_collection(self) -> bool:
        """Whether it is a list or a mapping."""
        return isinstance(self.value, list | dict)

    @property
    def shown(self) -> str:
        """The value as a message names it: `` `16` ``, ``a list``, ``nothing``."""
        match self.value:
            case None:
                return "nothing"
            case "":
                return "an empty text"
            case bool():
                return f"`{str(self.value).lower()}`"
            case list() | dict():
                return kind_of(self.value)
        text = " ".join(str(self.value).split())
        return f"`{text}`" if len(text) <= _SHOWN else f"`{text[:_SHOWN]}…`"

    def at(self, path: tuple[str | int, ...]) -> Located:
        """The value at ``path``, or the deepest one on the way there.

        Steps that lead nowhere are skipped.
        """
        here = self
        for step in path:
            try:
                here = here.value[step]
            except (KeyError, IndexError, TypeError):
                continue
        return here

    def key(self, name: str) -> Located:
        """The key itself, for a message about it."""
        return (self.keys or {}).get(name, self)

    @property
    def entries(self) -> Iterator[tuple[str, Located]]:
        """A mapping's entries; none for anything else."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    @property
    def items(self) -> list[Located]:
        """A list's items; empty for anything else."""
        return self.value if isinstance(self.value, list) else []


def kind_of(value: Any) -> str:
    """What a YAML value is, in words."""
    match value:
        case None:
            return "nothing"
        case "":
            return "an empty text"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f"the text `{value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}`"
        case int() | float():
            return f"the number {value}"
        case list() | tuple():
            return "a list"
    return "a mapping"
