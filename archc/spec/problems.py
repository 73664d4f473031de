"""Pydantic's complaints as diagnostics at the value they speak of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from pydantic import ValidationError

from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.ops.base import to_key
from archc.spec.located import Located, kind_of

__all__ = ["Path", "all_known", "joined", "listed", "report"]

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "`true` or `false`",
    "string_type": "text",
    "dict_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_MEMBER = re.compile(r"str|int|float|bool|function-.*|constrained-.*|nullable.*|.*\[.*\]")
"""How pydantic calls a member of a union in a path."""

Path = tuple[str | int, ...]


def report(
    error: ValidationError,
    subject: str,
    known: Iterable[str],
    place: Callable[[Path, bool], Span],
    diagnostics: Diagnostics,
    root: Located | None = None,
    parts: dict[str, list[str]] | None = None,
    labels: Callable[[Path], Iterable[Label]] = lambda path: (),
    has: Collection[str] = (),
) -> None:
    """Add a diagnostic for each mistake.

    ``subject`` is what has the wrong key (``convolution``), ``known`` its keys, ``parts`` the
    keys of its sections by name; ``place(path, of_key)`` gives the span of a value or its key.
    ``root`` is what was checked, where it was a mapping of the spec. ``labels`` gives the other
    places that a value's diagnostic speaks of. What it ``has``, though wrong, is not missing.
    """
    by_path: dict[Path, list[Any]] = {}
    for complaint in error.errors(include_url=False):
        path = _path(complaint["loc"], root)
        by_path.setdefault(path, []).append(complaint)
    missing: dict[Path, list[str]] = {}
    unknown: dict[Path, list[str]] = {}
    for path, complaints in by_path.items():
        if any(deeper[: len(path)] == path for deeper in by_path if len(deeper) > len(path)):
            continue  # another member of a union came further
        kind = complaints[0]["type"]
        if kind == "extra_forbidden":
            key, inside = str(path[-1]), _section(path)
            unknown.setdefault(path[:-1], []).append(key)
            names = (parts or {}).get(inside, []) if inside else list(known)
            message = f"{_called(path[:-1]) if inside else subject} has no `{key}`"
            help_ = nearest(key, names) or f"it takes {listed(sorted(names))}"
            diagnostics.add(Code.UNKNOWN_KEY, message, place(path, True), help=help_)
        elif kind == "missing":
            missing.setdefault(path[:-1], []).append(to_key(str(path[-1])))
        else:
            _report_value(complaints, path, place(path, False), diagnostics, labels(path))
    for path, names in missing.items():
        # A misspelt key is one mistake, not one that is unknown and one that is missing.
        strange = [*unknown.get(path, []), *has]
        wanted = [name for name in names if not nearest(name, strange)]
        if path and root is not None:
            wanted = [
                name for name in wanted if not _misspelt(name, path, root, place, diagnostics)
            ]
        if wanted:
            inside = _called(path) if path else subject
            help_ = "add " + " and ".join(_EXAMPLES.get(name, f"`{name}: ...`") for name in wanted)
            message = f"{inside} needs {listed(wanted)}"
            diagnostics.add(Code.MISSING_KEY, message, place(path, False), help=help_)


def _misspelt(
    name: str,
    path: Path,
    root: Located,
    place: Callable[[Path, bool], Span],
    diagnostics: Diagnostics,
) -> bool:
    """Whether a section that takes any key has one that means the missing ``name``."""
    known = [key for key, _ in root.at(path).entries]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    if close:
        message = f"{_called(path)} has no `{close[0]}`"
        help_ = f"did you mean `{name}`?"
        diagnostics.add(Code.UNKNOWN_KEY, message, place((*path, close[0]), True), help=help_)
    return bool(close)


_SECTIONS = {
    "heads": "the head",
    "modules": "the module",
    "variants": "the variant",
    "stages": "the stage",
    "names": "the name of",
    "defaults": "the defaults of",
    "notes": "the note on",
    "errata": "the erratum of",
}


def _called(path: Path) -> str:
    """What a message calls the value at a path: `` `units` ``, ``the head `aux1` ``."""
    names = [part for part in path if isinstance(part, str)]
    if len(names) == 2 and names[0] in _SECTIONS:
        return f"{_SECTIONS[names[0]]} `{names[1]}`"
    return f"`{to_key(names[-1]) if len(names) == 1 else names[-1]}`"


_EXAMPLES = {"kernel": "the patch size (`3×3`)", "input": "`input: 224×224×3`"}


def _path(place: Path, root: Located | None) -> Path:
    """A complaint's place without the members of unions that pydantic names on the way."""
    path: list[str | int] = []
    here = root
    for index, part in enumerate(place):
        try:
            here = here.value[part] if here is not None else None
        except (KeyError, IndexError, TypeError):
            is_last = index == len(place) - 1
            if isinstance(part, int) or (is_last and not _MEMBER.fullmatch(part)):
                path.append(part)
            continue
        if root is not None or index == 0 or isinstance(part, int):
            path.append(part)
    return tuple(path)


def _section(path: Path) -> str:
    """The section that the key at the path's end is in; empty at the top."""
    return next((part for part in reversed(path[:-1]) if isinstance(part, str)), "")


def _report_value(
    complaints: list[Any],
    path: Path,
    span: Span,
    diagnostics: Diagnostics,
    labels: Iterable[Label],
) -> None:
    complaint = complaints[0]
    kind, value = complaint["type"], complaint["input"]
    names = [part for part in path if isinstance(part, str)]
    reason = str(complaint.get("ctx", {}).get("error") or complaint["msg"])
    if not names:
        diagnostics.add(Code.BAD_VALUE, reason, span)
        return
    got = kind_of(value)
    name = _called(path)
    if isinstance(path[-1], int) and kind not in _LIMITS:
        name = f"an entry of {name}"
    if kind in ("string_too_short", "too_short") or complaints[-1]["type"] == "too_short":
        help_ = "write a name" if kind == "string_too_short" else "write at least one entry"
        diagnostics.add(Code.BAD_VALUE, f"{name} is empty", span, help=help_)
        return
    if kind in _EXPECTED:
        expected = dict.fromkeys(_EXPECTED.get(each["type"], "") for each in complaints)
        help_ = f"it must be {joined([*filter(None, expected)], 'or')}"
        if names[-1] in _EXAMPLES:
            help_ = f"write {_EXAMPLES[names[-1]]}"
        elif "text" in expected and type(value) in (int, float, bool):
            help_ += f': write "{got.strip("`").removeprefix("the number ")}"'
        elif isinstance(value, list) and "a whole number" in expected:
            help_ += "; a list is for a row that is repeated, a value for each use"
        diagnostics.add(Code.WRONG_TYPE, f"{name} is {got}", span, help=help_)
        return
    if kind in _LIMITS:
        word, text = _LIMITS[kind]
        limit = complaint["ctx"][word]
        help_ = f"it must be {text} {f'{limit:,}' if isinstance(limit, int) else f'{limit:g}'}"
        if names[-1] == "rate" and word == "lt":
            help_ += ", or a percentage as `40%`"
        message = f"{name} is {str(value)[:40]}"
        diagnostics.add(Code.BAD_VALUE, message, span, help=help_, labels=labels)
        return
    if kind == "literal_error":
        reason = "write " + complaint["ctx"]["expected"].replace("'", "`")
    if isinstance(value, str):  # one of the words that may be written, misspelt
        reason = nearest(value, re.findall(r"`([^`]+)`", reason)) or reason
    diagnostics.add(Code.BAD_VALUE, f"{name} cannot be {got}", span, help=reason)


def listed(names: Iterable[str]) -> str:
    """```a`, `b` and `c```; the last ones of many."""
    quoted = [f"`{name}`" for name in names]
    more = len(quoted) - _MANY
    if more > 1:
        return f"{', '.join(quoted[-_MANY:])} and {more} others"
    return joined(quoted, "and")


def joined(texts: list[str], word: str) -> str:
    """``a, b and c``."""
    return f" {word} ".join([*([", ".join(texts[:-1])] if texts[1:] else []), *texts[-1:]])


def all_known(what: str, names: Iterable[str], and_more: str = "") -> str:
    """All that there are: ``the rows are `a` and `b```, ``the only row is `a```."""
    known = list(names)
    if len(known) == 1:
        return f"the only {what}{and_more} is `{known[0]}`"
    return (
        f"the {what}s{and_more} are {listed(known)}" if known else f"there are no {what}s{and_more}"
    )


_MANY = 20
