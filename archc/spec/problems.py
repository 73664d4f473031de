"""Turn mistakes in records into diagnostics at the values that they are about."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable

from archc.diagnostics import Code, Diagnostics, Label, Span, nearest
from archc.fields import Mistake, Mistakes, Path, to_key
from archc.spec.located import Located, kind_of

__all__ = ["Path", "all_known", "joined", "listed", "report"]


def report(
    error: Mistakes,
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
    by_path: dict[Path, list[Mistake]] = {}
    for mistake in error.mistakes:
        by_path.setdefault(mistake.path, []).append(mistake)
    missing: dict[Path, list[str]] = {}
    unknown: dict[Path, list[str]] = {}
    for path, mistakes in by_path.items():
        kind = mistakes[0].kind
        if kind == "unknown":
            key, inside = str(path[-1]), _section(path)
            unknown.setdefault(path[:-1], []).append(key)
            names = (parts or {}).get(inside, []) if inside else list(known)
            message = f"{_called(path[:-1]) if inside else subject} has no `{key}`"
            help_ = nearest(key, names) or f"it takes {listed(sorted(names))}"
            diagnostics.add(Code.UNKNOWN_KEY, message, place(path, True), help=help_)
        elif kind == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
        else:
            _report_value(mistakes, path, place(path, False), diagnostics, labels(path))
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
    """Return what a message calls the value at a path: `` `units` ``, ``the head `aux1` ``."""
    names = [part for part in path if isinstance(part, str)]
    if len(names) == 2 and names[0] in _SECTIONS:
        return f"{_SECTIONS[names[0]]} `{names[1]}`"
    return f"`{to_key(names[-1]) if len(names) == 1 else names[-1]}`"


_EXAMPLES = {"kernel": "the patch size (`3×3`)", "input": "`input: 224×224×3`"}


def _section(path: Path) -> str:
    """The section that the key at the path's end is in; empty at the top."""
    return next((part for part in reversed(path[:-1]) if isinstance(part, str)), "")


def _report_value(
    mistakes: list[Mistake],
    path: Path,
    span: Span,
    diagnostics: Diagnostics,
    labels: Iterable[Label],
) -> None:
    """Report a wrong value; of several mistakes, each is what one of its types says."""
    first, value = mistakes[0], mistakes[0].value
    names = [part for part in path if isinstance(part, str)]
    got = kind_of(value)
    name = _called(path)
    if isinstance(path[-1], int) and first.kind != "limit":
        name = f"an entry of {name}"
    if "empty" in (first.kind, mistakes[-1].kind):
        is_name = mistakes[-1].says == "name"
        help_ = "write a name" if is_name else "write at least one entry"
        diagnostics.add(Code.BAD_VALUE, f"{name} is empty", span, help=help_)
        return
    if first.kind == "type":
        expected = dict.fromkeys(each.says for each in mistakes if each.kind == "type")
        help_ = f"it must be {joined([*expected], 'or')}"
        if names[-1] in _EXAMPLES:
            help_ = f"write {_EXAMPLES[names[-1]]}"
        elif "text" in expected and type(value) in (int, float, bool):
            help_ += f': write "{got.strip("`").removeprefix("the number ")}"'
        elif isinstance(value, list) and "a whole number" in expected:
            help_ += "; a list is for a row that is repeated, a value for each use"
        diagnostics.add(Code.WRONG_TYPE, f"{name} is {got}", span, help=help_)
        return
    if first.kind == "limit":
        message, help_ = f"{name} is {str(value)[:40]}", f"it must be {first.says}"
        diagnostics.add(Code.BAD_VALUE, message, span, help=help_, labels=labels)
        return
    reason = first.says
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
    """List all that there are: ``the rows are `a` and `b```, ``the only row is `a```."""
    known = list(names)
    if len(known) == 1:
        return f"the only {what}{and_more} is `{known[0]}`"
    return (
        f"the {what}s{and_more} are {listed(known)}" if known else f"there are no {what}s{and_more}"
    )


_MANY = 20
