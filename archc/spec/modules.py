"""Finding a module's definition: in the spec, in a file beside it, or in the library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from archc import library
from archc.diagnostics import Code, Diagnostics, Span
from archc.ir import ModuleInfo
from archc.ops import words
from archc.ops.base import to_key
from archc.spec import problems
from archc.spec.models import ModuleModel
from archc.spec.rows import DEFAULT_COLUMNS, RawRow, Table, raw_rows
from archc.spec.source import Located, read
from archc.spec.tokens import column_key, slug

__all__ = ["Definition", "Modules"]

_BODY_KEYS = ("branches", "join", "norm", "activation")


@dataclass(slots=True, eq=False)
class Definition:
    """A module as written: its columns (with defaults) and the rows between in and out."""

    info: ModuleInfo
    located: Located
    columns: dict[str, Located | None]
    printed: dict[str, str]
    body: list[RawRow]
    defaults: Located | None
    ignores: frozenset[str] = frozenset()


class Modules:
    """The modules that one spec can use."""

    def __init__(
        self, local: Located | None, folder: Path | None, diagnostics: Diagnostics
    ) -> None:
        self.diagnostics = diagnostics
        self.folder = folder
        self.local: dict[str, Located] = {}
        for name, item in local.entries if local else ():
            self.local[words(column_key(name))] = item
        self.found: dict[str, Definition | None] = {}

    def find(self, name: str) -> Definition | None:
        """The module that rows call ``name``; the spec's own first, the library's last."""
        word = words(column_key(name))
        if word not in self.found:
            self.found[word] = self._search(name, word)
        return self.found[word]

    def is_broken(self, name: str) -> bool:
        """Whether the module is there, but wrong and reported."""
        word = words(column_key(name))
        return self.find(name) is None and word in self.local

    def _search(self, name: str, word: str) -> Definition | None:
        item = self.local.get(word)
        if item is not None and isinstance(item.value, dict):
            return define(item, name, self.diagnostics)
        if item is not None and isinstance(item.value, str):
            target = words(column_key(item.value))
            other = self.local.get(target) if target != word else None
            if other is not None and isinstance(other.value, dict):
                return define(other, item.value, self.diagnostics)
            found = self._in_files(item.value)
            if found is None:
                message = f"there is no module `{item.value}`"
                help_ = "known modules: " + ", ".join(f"`{known}`" for known in self.known())
                self.diagnostics.add(Code.UNKNOWN_TYPE, message, item.span, help=help_)
            return found
        return self._in_files(name)

    def _in_files(self, name: str) -> Definition | None:
        file = slug(name) + ".yaml"
        for folder in (self.folder / "modules", self.folder) if self.folder else ():
            path = folder / file
            located = read(path, str(path), self.diagnostics) if path.is_file() else None
            if located and isinstance(located.value, dict) and "module" in located.value:
                return define(located, name, self.diagnostics)
        return _from_library(slug(name))

    def known(self) -> Iterator[str]:
        """The names of all modules there are, for suggestions."""
        yield from self.local
        yield from library.module_names()


@cache
def _from_library(stem: str) -> Definition | None:
    path = library.module_path(stem)
    if path is None:
        return None
    diagnostics = Diagnostics()
    located = read(path, f"archc/modules/{stem}.yaml", diagnostics)
    definition = define(located, stem, diagnostics) if located else None
    diagnostics.raise_if_any()
    return definition


def define(located: Located, name: str, diagnostics: Diagnostics) -> Definition | None:
    """Check a module's keys and read its rows. None after an error."""
    try:
        model = ModuleModel.model_validate(located.plain())
    except ValidationError as error:
        known = [field.alias or to_key(key) for key, field in ModuleModel.model_fields.items()]

        def place(path: tuple[Any, ...], of_key: bool) -> Span:
            parent = located.at(path[:-1])
            return parent.key(str(path[-1])).span if of_key else located.at(path).span

        problems.report(error, f"the module `{name}`", known, place, diagnostics)
        return None
    columns, printed = _columns(located.value.get("columns"))
    title = model.module or name
    defaults = {
        printed[key]: item.value
        for key, item in columns.items()
        if item is not None and type(item.value) is int
    }
    info = ModuleInfo(title, tuple(printed.values()), model.figure, model.source, defaults)
    body = _body(located, title, diagnostics)
    if body is None:
        return None
    ignores = frozenset(column_key(name) for name in model.ignores)
    defaults_ = located.value.get("defaults")
    return Definition(info, located, columns, printed, body, defaults_, ignores)


def _columns(columns: Located | None) -> tuple[dict[str, Located | None], dict[str, str]]:
    """The columns' defaults and printed names by key."""
    if columns is None:
        return {}, {}
    if isinstance(columns.value, dict):
        entries = [
            (name, item if item.value is not None else None) for name, item in columns.entries
        ]
    else:
        entries = [(str(item.value), None) for item in columns.items]
    return (
        {column_key(name): default for name, default in entries},
        {column_key(name): name for name, _ in entries},
    )


def _body(located: Located, title: str, diagnostics: Diagnostics) -> list[RawRow] | None:
    rows, branches = located.value.get("rows"), located.value.get("branches")
    if (rows is None) == (branches is None):
        message = f"the module `{title}` needs `rows` or `branches`"
        help_ = "a chain is `rows`, a split is `branches`"
        diagnostics.add(Code.MISSING_KEY, message, located.span, help=help_)
        return None
    if rows is not None:
        return raw_rows(rows, Table(DEFAULT_COLUMNS, DEFAULT_COLUMNS), diagnostics)
    cells = {key: located.value[key] for key in _BODY_KEYS if key in located.value}
    return [RawRow(located, cells, {key: located.key(key) for key in cells}, "split")]
