"""YAML text to plain values that know their place.

Scalars follow YAML 1.2's core schema (``no`` is a word, ``1e6`` a number). Tags, merge keys,
anchors' cycles and duplicate keys are refused, and aliases count at their expanded size. The
parser's events are read one by one: nothing recurses further than the limit of depth.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from archc.diagnostics import Code, Diagnostics, Label, Source, Span
from archc.limits import DEFAULT, Limits
from archc.spec.located import Located

__all__ = ["parse", "read"]

Scalar = str | int | float | bool | None


class _PythonEvents(Reader, Scanner, Parser):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


if hasattr(yaml, "CLoader"):
    from yaml.cyaml import CParser as _Events  # type: ignore[attr-defined, unused-ignore]
else:  # pragma: no cover - PyYAML built without libyaml
    _Events = _PythonEvents  # type: ignore[misc, assignment, unused-ignore]

_COUNTS_BYTES = hasattr(yaml, "CLoader")
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)
_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def read(
    path: Path, name: str, diagnostics: Diagnostics, limits: Limits = DEFAULT
) -> Located | None:
    """Parse the file at ``path``; ``name`` is how messages call it. None after an error."""
    where = Span(Source(name, ""), 1, 1, 1, 1)
    try:
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)
    except OSError as error:
        diagnostics.add(Code.CANNOT_READ, f"cannot read the file: {error.strerror}", where)
        return None
    if len(data) > limits.bytes:
        message = f"the file has more than {limits.bytes:,} bytes"
        help_ = _raise("use repeats and modules", "bytes")
        diagnostics.add(Code.TOO_LARGE, message, where, help=help_)
        return None
    marked = len(codecs.BOM_UTF8) * data.startswith(codecs.BOM_UTF8)
    data = data[marked:]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        source = Source(name, data[: error.start].decode() + "\N{REPLACEMENT CHARACTER}")
        where = _offset_span(source, len(source.text) - 1)
        message = f"not UTF-8 text (byte {error.start + marked})"
        diagnostics.add(Code.CANNOT_READ, message, where, help="save it as UTF-8")
        return None
    remembered = _remembered(name, text, limits) if len(text) <= _SMALL else None
    return remembered or parse(Source(name, text), diagnostics, limits=limits)


def _raise(way_out: str, limit: str) -> str:
    """A help line for a limit that is reached."""
    return f"{way_out}, or raise the limit: `--limit {limit}=NUMBER`"


_SMALL = 64_000


@lru_cache(maxsize=64)
def _remembered(name: str, text: str, limits: Limits) -> Located | None:
    """A text that was parsed before without mistakes; nobody changes the values of a document."""
    diagnostics = Diagnostics()
    located = parse(Source(name, text), diagnostics, limits=limits)
    return None if diagnostics else located


def parse(
    source: Source,
    diagnostics: Diagnostics,
    text: str | None = None,
    limits: Limits = DEFAULT,
) -> Located | None:
    """The one document in ``source``, or None after an error.

    ``text`` is parsed in place of the source's, with the same places.
    """
    text = source.text if text is None else text
    try:
        return _LocatedBuilder(source, diagnostics, limits).build(text)
    except yaml.MarkedYAMLError as error:
        _report_syntax(error, source, diagnostics)
    except yaml.reader.ReaderError as error:
        where = _offset_span(source, _characters(text, error.position))
        diagnostics.add(Code.NOT_YAML, f"{error.reason}", where, help="remove the character")
    except UnicodeEncodeError as error:
        where = _offset_span(source, error.start)
        diagnostics.add(Code.NOT_YAML, "not UTF-8 text", where, help="write it as UTF-8")
    except _Refused as error:
        diagnostics.add(error.code, error.message, error.span, help=error.help)
    return None


def _characters(text: str, offset: int) -> int:
    """The number of characters in the first ``offset`` bytes, which libyaml counts."""
    return len(text.encode()[:offset].decode(errors="ignore")) if _COUNTS_BYTES else offset


def _report_syntax(error: yaml.MarkedYAMLError, source: Source, diagnostics: Diagnostics) -> None:
    """A syntax error in the user's words, with what is open there as a second place."""
    problem, context = error.problem or "", error.context or ""
    at, opened = error.problem_mark or error.context_mark, error.context_mark
    where = _mark_span(source, at)
    char = source.line(where.line)[where.column - 1 : where.column]
    message, help_, label = f"{context} {problem}".strip(), None, ""
    if "cannot start any token" in problem:
        message, help_ = f"`{char}` cannot start a value", "quote the value"
        if char == "\t":
            message, help_ = "a tab cannot indent", "indent with spaces"
    elif "mapping values are not allowed" in problem:
        message = "`:` is not allowed here"
        help_ = "quote a value that has `: ` in it, or check the indentation"
    elif "could not find expected ':'" in problem:
        where = _mark_span(source, opened)
        message, help_ = "a key without a value", "write `key: value`"
    elif "did not find expected ',' or" in problem:
        what = "list" if "]" in problem else "mapping"
        message = f"expected `,` or `{']' if what == 'list' else '}'}`"
        help_, label = f"close the {what}", f"in this {what}"
    elif "expected node content" in problem:
        message = "expected a value" if char else "expected a value before the end"
        help_ = "is a bracket or a quote open above?"
    elif "did not find expected key" in problem:
        message = "expected a key"
        help_ = "check the indentation, and brackets before it"
    elif "did not find expected '-'" in problem:
        message, help_ = "expected `-`", "check the indentation"
    elif "end of stream" in problem:
        where = _mark_span(source, opened)
        message, help_ = "the quote is not closed", "close it on the same line"
    elif "alphabetic or numeric" in problem:
        where = _mark_span(source, opened)
        char = source.line(where.line)[where.column - 1 : where.column]
        message, help_ = f"`{char}` alone is no value", "quote the value"
    labels = [Label(_mark_span(source, opened), label)] if label and opened else []
    first = opened.line + 1 if opened else where.line
    for line in range(max(1, min(first, where.line) - 2), where.line + 1):
        text = source.line(line)
        if comment := re.search(_COMMENT, text):
            here = Span(source, line, comment.end(), line, comment.end() + 1)
            labels = [Label(here, "a comment starts here")]
            help_ = 'quote a name that has `#`, as "#3×3"'
            break
        if re.match(_GLUED, text):
            help_ = "put a space after the `:` of a key"
            break
    diagnostics.add(Code.NOT_YAML, message, where, help=help_, labels=labels)


_COMMENT = r"[\[{,:]\s*#"
_GLUED = r"\s*(?:- )?[\w ]+:[^\s:/]\S*\s*$"


def _mark_span(source: Source, mark: Any) -> Span:
    """The character at ``mark``; at the end of the text, the last one that there is."""
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = source.lines
    if line > len(lines):
        line = max((number for number, text in enumerate(lines, 1) if text.strip()), default=1)
        column = len(source.line(line)) + 1
    return Span(source, line, column, line, column + 1)


def _offset_span(source: Source, offset: int) -> Span:
    before = f"{source.text[:offset]}|".splitlines()
    line, column = len(before), len(before[-1])
    return Span(source, line, column, line, column + 1)


class _Refused(Exception):
    """A text that is YAML, but more than archc accepts."""

    def __init__(self, code: Code, message: str, span: Span, help: str) -> None:
        self.code, self.message, self.span, self.help = code, message, span, help
        super().__init__(message)


class _Anchor:
    """An anchored value; its size and height once it is complete."""

    value: Located | None = None
    size: int = 0
    height: int = 0


class _LocatedBuilder:
    """Turns YAML's events into `Located` values."""

    def __init__(self, source: Source, diagnostics: Diagnostics, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.diagnostics = diagnostics
        self.size = 0
        self.deepest = 0
        self.anchors: dict[str, _Anchor] = {}

    def build(self, text: str) -> Located | None:
        """The only document; None, after an error, if there is none."""
        events = _Events(text)
        self.next: Callable[[], Any] = events.get_event
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            self.report_nothing()
            return None
        value = self.value(self.next(), 0)
        if value.start[0] >= len(self.source.lines):  # after a lone `---`
            self.report_nothing()
            return None
        self.next()
        after: Any = self.next()
        if not isinstance(after, yaml.StreamEndEvent):
            where = _mark_span(self.source, after.start_mark)
            message, help_ = "a second document starts here", "write one network per file"
            self.diagnostics.add(Code.REFUSED_YAML, message, where, help=help_)
            return None
        return value

    def report_nothing(self) -> None:
        """Report a text without a value."""
        where = Span(self.source, 1, 1, 1, 1)
        message, help_ = "there is nothing in the file", "start with `network:`"
        self.diagnostics.add(Code.NOT_YAML, message, where, help=help_)

    def value(self, event: Any, depth: int) -> Located:
        """The value that ``event`` starts."""
        start, end = event.start_mark, event.end_mark
        here = Located(None, self.source, (start.line, start.column), (end.line, end.column))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor or "", here, depth)
        before, deepest = self.size, self.deepest
        self.deepest = depth
        self.count(1, depth, here)
        if event.anchor is not None:
            self.anchors[event.anchor] = anchor = _Anchor()
        if isinstance(event, yaml.ScalarEvent):
            here.value = self.scalar(event, here)
        else:
            if event.tag is not None:
                self.add(
                    Code.REFUSED_YAML, f"the tag `{_tag(event.tag)}` is not accepted", here, _NO_TAG
                )
            if isinstance(event, yaml.SequenceStartEvent):
                end = self.sequence(here, depth)
            else:
                end = self.mapping(here, depth)
            here.close((end.line, end.column))
        if event.anchor is not None:
            anchor.value = here
            anchor.size, anchor.height = self.size - before, self.deepest - depth
        self.deepest = max(deepest, self.deepest)
        return here

    def count(self, size: int, depth: int, here: Located) -> None:
        """Refuse what is too large or too deep."""
        self.size += size
        if self.size > self.limits.values:
            message = f"more than {self.limits.values:,} values"
            help_ = _raise("an alias counts as what it stands for: use fewer", "values")
            raise _Refused(Code.TOO_MANY_VALUES, message, here.span, help_)
        if depth > self.limits.depth:
            message = f"nested deeper than {self.limits.depth} levels"
            help_ = _raise("look for a bracket, or an indent, too many", "depth")
            raise _Refused(Code.TOO_DEEP, message, here.span, help_)
        self.deepest = max(self.deepest, depth)

    def alias(self, name: str, here: Located, depth: int) -> Located:
        """The value that an alias stands for."""
        anchor = self.anchors.get(name)
        if anchor is None:
            message, help_ = f"there is no anchor `&{name}`", "quote the value if it is a text"
            raise _Refused(Code.NOT_YAML, message, here.span, help_)
        if anchor.value is None:
            message, help_ = f"`*{name}` is inside what it stands for", "write it out"
            raise _Refused(Code.REFUSED_YAML, message, here.span, help_)
        self.count(anchor.size, depth + anchor.height, here)
        return anchor.value

    def sequence(self, here: Located, depth: int) -> Any:
        """A list's items; the mark of its end."""
        here.value = items = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return event.end_mark

    def mapping(self, here: Located, depth: int) -> Any:
        """A mapping's entries; the mark of its end."""
        here.value, here.keys = {}, {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            name = event.value if isinstance(event, yaml.ScalarEvent) else None
            key = self.value(event, depth + 1)
            value = self.value(self.next(), depth + 1)
            if isinstance(key.value, list | dict) or key.value is None:
                help_ = "quote it if it is meant as a name"
                self.add(Code.WRONG_TYPE, "a key must be a word", key, help_)
                continue
            name = str(key.value) if name is None else name
            if name == "<<":
                help_ = "write the keys out, or use `defaults`"
                self.add(Code.REFUSED_YAML, "merge keys are not accepted", key, help_)
                continue
            if name in here.value:
                self.diagnostics.add(
                    Code.DUPLICATE_KEY,
                    f"`{name}` is given twice",
                    key.span,
                    help="remove one of the two",
                    labels=[Label(here.keys[name].span, "first given here")],
                )
                continue
            here.value[name] = value
            here.keys[name] = key
        return event.end_mark

    def scalar(self, event: Any, here: Located) -> Scalar:
        """A text, number, flag or nothing."""
        if event.tag is not None:
            self.add(
                Code.REFUSED_YAML, f"the tag `{_tag(event.tag)}` is not accepted", here, _NO_TAG
            )
            return None
        text: str = event.value
        self.size += len(text) // 64
        if not event.implicit[0]:  # quoted or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        if number["int"] is None and math.isfinite(value := float(text)):
            return value
        if number["int"] is None or len(text) > 18:
            message = f"{here.with_value(text).shown} is too large a number"
            self.add(
                Code.NUMBER_TOO_LARGE,
                message,
                here,
                "write 18 digits at most, or quote it if it is a text",
            )
            return 0
        return int(text)

    def add(self, code: Code, message: str, at: Located, help_: str | None = None) -> None:
        self.diagnostics.add(code, message, at.span, help=help_)


_NO_TAG = "remove the tag; quote a text"


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
