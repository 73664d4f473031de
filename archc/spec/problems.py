"""Pydantic's complaints as diagnostics at the value they speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from archc.diagnostics import Code, Diagnostics, Span, nearest
from archc.ops.base import to_key
from archc.spec.rows import kind_of

__all__ = ["report"]

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


def report(
    error: ValidationError,
    subject: str,
    known: Iterable[str],
    place: Callable[[tuple[Any, ...], bool], Span],
    diagnostics: Diagnostics,
) -> None:
    """Add a diagnostic for each complaint.

    ``subject`` is what has the wrong key (``convolution``), ``known`` its keys;
    ``place(path, of_key)`` gives the span of a value, or of its key.
    """
    for complaint in error.errors(include_url=False):
        path = complaint["loc"]
        key = to_key(str(path[-1])) if path else subject
        kind = complaint["type"]
        if kind == "extra_forbidden":
            message = f"{subject} has no `{key}`"
            help_ = nearest(key, known) or _list(known)
            diagnostics.add(Code.UNKNOWN_KEY, message, place(path, True), help=help_)
        elif kind == "missing":
            message = f"{subject} needs `{key}`"
            help_ = f"add `{key}: ...`"
            diagnostics.add(Code.MISSING_KEY, message, place(path[:-1], False), help=help_)
        else:
            _report_value(complaint, path, place(path, False), diagnostics)


def _report_value(
    complaint: Any, path: tuple[Any, ...], span: Span, diagnostics: Diagnostics
) -> None:
    kind, got = complaint["type"], kind_of(complaint["input"])
    named = [part for part in path if isinstance(part, str) and not part.startswith("function-")]
    name = to_key(named[0]) if named else "this"
    if kind in _EXPECTED:
        diagnostics.add(
            Code.WRONG_TYPE, f"`{name}` is {got}", span, help=f"it must be {_EXPECTED[kind]}"
        )
        return
    if kind in _LIMITS:
        word, text = _LIMITS[kind]
        limit = complaint["ctx"][word]
        help_ = f"it must be {text} {limit:g}"
        diagnostics.add(Code.BAD_VALUE, f"`{name}` is {complaint['input']}", span, help=help_)
        return
    reason = str(complaint.get("ctx", {}).get("error") or complaint["msg"])
    if kind == "literal_error":
        reason = f"write {complaint['ctx']['expected']}"
    diagnostics.add(Code.BAD_VALUE, f"`{name}` cannot be {got}", span, help=reason)


def _list(known: Iterable[str]) -> str:
    return "known here: " + ", ".join(f"`{name}`" for name in sorted(known))
