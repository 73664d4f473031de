"""YAML text to plain values that know their place.

Scalars follow YAML 1.2's core schema (``no`` is a word, ``1e6`` a number). Tags, anchors'
cycles and duplicate keys are refused, and aliases count at their expanded size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from archc.diagnostics import Code, Diagnostics, Label, Source, Span

__all__ = ["Located", "parse", "read"]

MAX_BYTES = 16_000_000
MAX_VALUES = 2_000_000  # after aliases are expanded
MAX_DEPTH = 60

Scalar = str | int | float | bool | None


@dataclass(slots=True, eq=False)
class Located:
    """A YAML value with its place; lists and mappings hold further located values.

    ``keys`` of a mapping has the located key of each entry.
    """

    value: Any
    source: Source
    start: tuple[int, int]
    end: tuple[int, int]
    keys: dict[str, Located] | None = None

    @property
    def span(self) -> Span:
        """Where the value stands."""
        (line, column), (end_line, end_column) = self.start, self.end
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

    def at(self, path: tuple[str | int, ...]) -> Located:
        """The value at ``path``, or the deepest one on the way there."""
        here = self
        for step in path:
            try:
                here = here.value[step]
            except (KeyError, IndexError, TypeError):
                break
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


class _PythonComposer(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)


if hasattr(yaml, "CLoader"):
    from yaml.cyaml import CParser  # type: ignore[attr-defined, unused-ignore]

    class _Composer(CParser, BaseResolver):  # type: ignore[misc, unused-ignore]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            BaseResolver.__init__(self)
else:  # pragma: no cover - PyYAML built without libyaml
    _Composer = _PythonComposer  # type: ignore[misc, assignment, unused-ignore]

_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)
_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def read(path: Path, name: str, diagnostics: Diagnostics) -> Located | None:
    """Parse the file at ``path``; ``name`` is how messages call it. None after an error."""
    try:
        if path.stat().st_size > MAX_BYTES:
            where = Span(Source(name, ""), 1, 1, 1, 1)
            diagnostics.add(
                Code.TOO_LARGE,
                f"the file has more than {MAX_BYTES:,} bytes",
                where,
                help="split it, or use repeats and modules",
            )
            return None
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        where = Span(Source(name, ""), 1, 1, 1, 1)
        diagnostics.add(Code.CANNOT_READ, f"cannot read the file: {error.strerror}", where)
        return None
    except UnicodeDecodeError as error:
        where = Span(Source(name, ""), 1, 1, 1, 1)
        diagnostics.add(
            Code.CANNOT_READ, f"not UTF-8 text (byte {error.start})", where, help="save it as UTF-8"
        )
        return None
    return parse(Source(name, text), diagnostics)


def parse(source: Source, diagnostics: Diagnostics) -> Located | None:
    """The one document in ``source``, or None after an error."""
    try:
        composer = _Composer(source.text)
        node = composer.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = _mark_span(source, mark)
        problem = " ".join(filter(None, (error.context, error.problem)))
        diagnostics.add(Code.NOT_YAML, problem, where, help=_yaml_help(problem))
        return None
    except yaml.reader.ReaderError as error:
        where = _offset_span(source, error.position)
        diagnostics.add(Code.NOT_YAML, f"{error.reason}", where)
        return None
    except RecursionError:
        where = Span(source, 1, 1, 1, 1)
        diagnostics.add(Code.TOO_LARGE, f"nested deeper than {MAX_DEPTH} levels", where)
        return None
    if node is None:
        where = Span(source, 1, 1, 1, 1)
        diagnostics.add(Code.NOT_YAML, "the file is empty", where, help="start with `network:`")
        return None
    return _Builder(source, diagnostics).build(node)


def _yaml_help(problem: str) -> str | None:
    if "cannot start any token" in problem:
        return "quote the value"
    if "mapping values are not allowed" in problem:
        return "quote a value that has `: ` in it"
    return None


def _mark_span(source: Source, mark: Any) -> Span:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Span(source, line, column, line, column + 1)


def _offset_span(source: Source, offset: int) -> Span:
    before = source.text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    return Span(source, line, column, line, column + 1)


class _TooLarge(Exception):
    pass


class _Builder:
    """Turns composed YAML nodes into `Located` values."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.count = 0

    def build(self, root: yaml.Node) -> Located | None:
        try:
            return self.value(root, 0)
        except _TooLarge as error:
            where = _mark_span(self.source, root.start_mark)
            help_ = "aliases count as often as they are used"
            self.diagnostics.add(Code.TOO_LARGE, str(error), where, help=help_)
            return None

    def value(self, node: yaml.Node, depth: int) -> Located:
        self.count += 1
        if self.count > MAX_VALUES:
            raise _TooLarge(f"more than {MAX_VALUES:,} values")
        if depth > MAX_DEPTH:
            raise _TooLarge(f"nested deeper than {MAX_DEPTH} levels (or an alias inside itself)")
        start, end = node.start_mark, node.end_mark
        here = Located(None, self.source, (start.line, start.column), (end.line, end.column))
        if isinstance(node, yaml.ScalarNode):
            here.value = self.scalar(node, here)
        elif isinstance(node, yaml.SequenceNode):
            here.value = [self.value(item, depth + 1) for item in node.value]
        else:
            self.mapping(node, here, depth)
        return here

    def mapping(self, node: yaml.Node, here: Located, depth: int) -> None:
        here.value, here.keys = {}, {}
        for key_node, value_node in node.value:
            key = self.value(key_node, depth + 1)
            value = self.value(value_node, depth + 1)
            if isinstance(key.value, list | dict) or key.value is None:
                help_ = "quote it if it is meant as a name"
                self.add(Code.WRONG_TYPE, "a key must be a word", key, help_)
                continue
            name = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key.value)
            if name in here.value:
                label = Label(here.keys[name].span, "first given here")
                self.diagnostics.add(
                    Code.DUPLICATE_KEY,
                    f"`{name}` is given twice",
                    key.span,
                    help="remove one of the two",
                    labels=[label],
                )
                continue
            here.value[name] = value
            here.keys[name] = key

    def scalar(self, node: yaml.ScalarNode, here: Located) -> Scalar:
        if node.tag != "tag:yaml.org,2002:str" and node.tag != "!":
            self.add(Code.NOT_YAML, f"the tag {node.tag} is not accepted", here, "remove the tag")
            return None
        text: str = node.value
        if node.style:  # quoted or a block; plain is None here, or empty from libyaml
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        if number["int"] is None:
            return float(text)
        if len(text) > 18:
            self.add(Code.BAD_VALUE, "a number of more than 18 digits", here, "quote it if text")
            return 0
        return int(text)

    def add(self, code: Code, message: str, at: Located, help_: str | None = None) -> None:
        self.diagnostics.add(code, message, at.span, help=help_)
