"""What archc knows already: the library's modules and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from archc import library
from archc.diagnostics import Diagnostics
from archc.ops import words
from archc.spec.source import read
from archc.spec.tokens import column_key, slug, split_column

__all__ = ["ModuleCard", "find_module", "module_columns", "modules"]


@dataclass(frozen=True, slots=True)
class ModuleCard:
    """A library module as a table sees it: columns that it takes, and those it must have."""

    name: str
    figure: str
    columns: frozenset[str]
    required: frozenset[str]


@cache
def modules() -> tuple[ModuleCard, ...]:
    """All modules of the library."""
    return tuple(_card(name) for name in library.module_names())


def _card(name: str) -> ModuleCard:
    path = library.module_path(slug(name))
    assert path is not None
    located = read(path, library.shown(path), Diagnostics())
    assert located is not None, "the library's modules are YAML"
    plain = located.plain()
    columns = plain.get("columns") or []
    defaults = columns if isinstance(columns, dict) else dict.fromkeys(columns)
    required = (column_key(key) for key, default in defaults.items() if default is None)
    taken = frozenset(map(column_key, [*defaults, *(plain.get("ignores") or [])]))
    return ModuleCard(name, plain.get("figure") or "", taken, frozenset(required))


def find_module(name: str) -> ModuleCard | None:
    """The library's module of that name."""
    return next((card for card in modules() if words(card.name) == words(name)), None)


@cache
def module_columns() -> frozenset[str]:
    """The columns that any module takes."""
    found = frozenset[str]().union(*(card.columns for card in modules()))
    return found | {column_key(part) for column in found for part in split_column(column)}
