"""Find a module's definition: in the spec, in a file beside it, or in the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeGuard

from archc import library
from archc.diagnostics import Code, Diagnostics, Label, Source, Span, nearest
from archc.fields import Mistakes
from archc.ir import ModuleInfo
from archc.ops import OPS, words
from archc.spec import problems
from archc.spec.files import Files
from archc.spec.located import Located
from archc.spec.models import CLAIMS, ROW_KEYS, ModuleModel
from archc.spec.problems import all_known
from archc.spec.rows import DEFAULT_COLUMNS, RawRow, RowTable, raw_rows
from archc.spec.scope import Poisoned
from archc.spec.source import read
from archc.spec.tokens import column_key, slug

__all__ = ["Definition", "Modules"]

_ATTRIBUTES = frozenset(key for op in OPS for key in op.all_keys()) | {"patch"}
_BODY_KEYS = ("branches", "join", "norm", "activation")


class Definition:
    """A module as written: its columns (with defaults) and the rows between in and out.

    Lowering notes the columns that were ``used``, and whether a use was ``met``.
    """

    def __init__(
        self,
        info: ModuleInfo,
        located: Located,
        columns: dict[str, Located | None],
        printed: dict[str, str],
        body: list[RawRow],
        defaults: Located | None,
        ignores: frozenset[str],
    ) -> None:
        self.info = info
        self.located = located
        self.columns = columns
        self.printed = printed
        self.body = body
        self.defaults = defaults
        self.ignores = ignores
        self.used: set[str] = set()
        self.met = False

    def unused(self) -> Iterator[tuple[str, Span]]:
        """Return the columns that no use needed; none for a module that was not used."""
        declared = self.located.value.get("columns")
        for key, printed in self.printed.items() if self.used else ():
            if key not in self.used and declared is not None:
                item = next((each for each in declared.items if each.value == printed), declared)
                yield printed, (declared.key(printed) if declared.keys else item).span


class Modules:
    """The modules that one spec can use."""

    def __init__(self, local: Located | None, files: Files, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.files = files
        self.local: dict[str, Located] = {}
        self.names: dict[str, str] = {}
        self.found: dict[str, Definition | None] = {}
        self.broken: set[str] = set()
        self.following: set[str] = set()
        for name, item in local.entries if local else ():
            word = words(column_key(name))
            if word in self.local and local is not None:
                message, help_ = f"the module `{name}` is defined twice", "rename one of the two"
                first = [Label(local.key(self.names[word]).span, "first defined here")]
                span = local.key(name).span
                diagnostics.add(Code.DUPLICATE_NAME, message, span, help=help_, labels=first)
                continue
            self.local[word] = item
            self.names[word] = name

    def check(self) -> None:
        """Read every module of the spec, used or not."""
        for name in self.names.values():
            with suppress(Poisoned):
                self.find(name)

    def check_used(self) -> None:
        """Report columns that a module in use does nothing with."""
        for definition in filter(None, self.found.values()):
            for key, place in definition.unused():
                message = f"nothing in the module `{definition.info.name}` uses the column `{key}`"
                help_ = "remove it, or use it"
                self.diagnostics.add(Code.UNUSED_COLUMN, message, place, help=help_)

    def places_of(self, row: RawRow) -> Callable[[str], tuple[Span, list[Label]]]:
        """Where an unknown key of a row is shown: the key, the cell, or the misspelt column."""

        def place(key: str) -> tuple[Span, list[Label]]:
            cell, header = row.keys.get(key, row.cells[key]), row.headers.get(key)
            if header is None or cell is not row.cells[key]:
                return cell.span, []
            known = any(each is not None and key in each.columns for each in self.found.values())
            if known or key in _ATTRIBUTES:
                return cell.span, [Label(header.span, "in this column")]
            return header.span, []

        return place

    def find(self, name: str) -> Definition | None:
        """The module that rows call ``name``; the spec's own first, the library's last.

        Raises `Poisoned` for one that is wrong and has been reported.
        """
        word = words(column_key(name))
        if word not in self.found and word not in self.broken:
            try:
                self.found[word] = self._search(name, word)
            except Poisoned:
                self.broken.add(word)
        if word in self.broken:
            raise Poisoned
        return self.found[word]

    def _search(self, name: str, word: str) -> Definition | None:
        item = self.local.get(word)
        if item is None:
            return self._in_files(name)
        if isinstance(item.value, dict):
            return define(item, self.names[word], self.diagnostics)
        target = words(column_key(item.value))
        if target in self.following:
            message, help_ = f"the module {item.shown} is another name of itself", "name a module"
            self.diagnostics.add(Code.CYCLE, message, item.span, help=help_)
            raise Poisoned
        if len(self.following) == self.files.limits.depth:
            message = f"more than {self.files.limits.depth} modules are names of one another"
            help_ = "name the module itself"
            self.diagnostics.add(Code.TOO_DEEP, message, item.span, help=help_)
            raise Poisoned
        if target != word and target in self.local:
            self.following.add(word)
            try:
                found = self.find(item.value)
            finally:
                self.following.discard(word)
        else:
            found = self._in_files(item.value)
        if found is None:
            known = [each for each in self.known() if words(each) != words(name)]
            message = f"there is no module {item.shown}"
            help_ = nearest(item.value, known) or all_known("module", known)
            self.diagnostics.add(Code.UNKNOWN_TYPE, message, item.span, help=help_)
            raise Poisoned
        return found

    def _in_files(self, name: str) -> Definition | None:
        file = slug(name) + ".yaml"
        home = self.files.home
        for folder in (f"{home}/modules", f"{home}") if home else ():
            if not library.is_file(f"{folder}/{file}"):
                continue
            path = Path(folder, file)
            beginning = Span(Source(str(path), ""), 1, 1, 1, 1)
            if not self.files.permitted(path, beginning, self.diagnostics):
                raise Poisoned
            located = self.files.read(path, self.diagnostics)
            if located is None:
                raise Poisoned
            if isinstance(located.value, dict) and "module" in located.value:
                return define(located, name, self.diagnostics)
            if library.module_path(slug(name)) is None and _is_body(located):
                message = "a module's file needs `module`"
                help_ = f"add `module: {name}`"
                span = located.span
                self.diagnostics.add(Code.MISSING_KEY, message, span, help=help_)
                raise Poisoned
        return _from_library(slug(name))

    @cached_property
    def _beside(self) -> list[str]:
        return self.files.module_names()

    def known(self) -> Iterator[str]:
        """Return the names of all modules, for suggestions."""
        yield from self.names.values()
        yield from self._beside
        yield from library.module_names()


def _is_body(located: Located) -> bool:
    """Whether a file looks like a module's, and not like a network's."""
    given = located.value if isinstance(located.value, dict) else {}
    return bool({"rows", "branches"} & given.keys()) and not {"network", "extends"} & given.keys()


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


def define(located: Located, name: str, diagnostics: Diagnostics) -> Definition:
    """Check a module's keys and read its rows. Raises `Poisoned` after reporting."""
    try:
        model = ModuleModel.make(located.plain())
    except Mistakes as error:
        known = ModuleModel.all_keys()

        def place(path: tuple[Any, ...], of_key: bool) -> Span:
            parent = located.at(path[:-1])
            return parent.key(str(path[-1])).span if of_key else located.at(path).span

        problems.report(error, f"the module `{name}`", known, place, diagnostics, located)
        raise Poisoned from None
    columns, printed = _columns(located.value.get("columns"), diagnostics)
    title = model.module or name
    defaults = {
        printed[key]: item.value
        for key, item in columns.items()
        if item is not None and type(item.value) is int
    }
    texts = {key: column_key(item.value) for key, item in columns.items() if _is_text(item)}
    aliases = {printed[key]: printed[text] for key, text in texts.items() if text in printed}
    names = tuple(printed.values())
    info = ModuleInfo(title, names, model.figure, model.source, defaults, aliases)
    body = _body(located, title, diagnostics)
    ignores = frozenset(column_key(name) for name in model.ignores)
    defaults_ = located.value.get("defaults")
    return Definition(info, located, columns, printed, body, defaults_, ignores)


def _is_text(item: Located | None) -> TypeGuard[Located]:
    return item is not None and isinstance(item.value, str)


def _columns(
    columns: Located | None, diagnostics: Diagnostics
) -> tuple[dict[str, Located | None], dict[str, str]]:
    """Read the columns' defaults and printed names by key."""
    found: dict[str, Located | None] = {}
    printed: dict[str, str] = {}
    places: dict[str, Located] = {}
    if columns is None:
        return found, printed
    for name, place, default in (
        [(name, columns.key(name), item) for name, item in columns.entries]
        if isinstance(columns.value, dict)
        else [(str(item.value), item, None) for item in columns.items]
    ):
        key = column_key(name)
        if key in found:
            message, help_ = f"the column `{name}` is declared twice", "remove one of the two"
            first = [Label(places[key].span, "first declared here")]
            diagnostics.add(Code.DUPLICATE_NAME, message, place.span, help=help_, labels=first)
            raise Poisoned
        if key in _RESERVED:
            message, help_ = f"`{name}` cannot be a column of a module", "every row may have it"
            diagnostics.add(Code.BAD_VALUE, message, place.span, help=help_)
            raise Poisoned
        found[key] = default if default is not None and default.value is not None else None
        printed[key], places[key] = name, place
    return found, printed


_RESERVED = (ROW_KEYS | frozenset(CLAIMS)) - {"patch"}


def _body(located: Located, title: str, diagnostics: Diagnostics) -> list[RawRow]:
    given = {key: item for key, item in located.entries if item.value is not None}
    rows, branches = given.get("rows"), given.get("branches")
    help_ = "a chain is `rows`, a split is `branches`"
    if rows is None and branches is None:
        message = f"the module `{title}` needs `rows` or `branches`"
        diagnostics.add(Code.MISSING_KEY, message, located.span, help=help_)
        raise Poisoned
    if rows is not None and branches is not None:
        message = f"the module `{title}` has `rows` and `branches`"
        labels = [Label(located.key("rows").span, "and here")]
        span = located.key("branches").span
        diagnostics.add(Code.EXCLUSIVE, message, span, help=help_, labels=labels)
        raise Poisoned
    if rows is not None:
        _refuse_joins(located, given, title, diagnostics)
        return raw_rows(rows, RowTable(DEFAULT_COLUMNS, DEFAULT_COLUMNS), diagnostics)
    cells = {key: given[key] for key in _BODY_KEYS if key in given}
    return [RawRow(located, cells, {key: located.key(key) for key in cells}, "split")]


def _refuse_joins(
    located: Located, given: dict[str, Located], title: str, diagnostics: Diagnostics
) -> None:
    """Refuse what belongs after a split in a module that is a chain. Raises `Poisoned`."""
    extra = [key for key in _BODY_KEYS if key in given]
    for key in extra:
        message = f"the module `{title}` has no `{key}`: it is a chain of rows"
        help_ = f"put it on a row {'with `branches`' if key == 'join' else 'inside the module'}"
        diagnostics.add(Code.UNKNOWN_KEY, message, located.key(key).span, help=help_)
    if extra:
        raise Poisoned
