"""Types of values: each checks what was written, converts it, and says what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

__all__ = [
    "ANYTHING",
    "FINITE",
    "FLAG",
    "TEXT",
    "Choice",
    "Either",
    "ListOf",
    "MappingOf",
    "Maybe",
    "Mistake",
    "Mistakes",
    "Path",
    "Real",
    "Schema",
    "Text",
    "ValueType",
    "Whole",
    "Written",
]

Path = tuple[str | int, ...]
"""Keys and positions from a record to a value in it."""

Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""


class Mistake(NamedTuple):
    """What is wrong with the value at ``path``.

    ``says`` depends on the kind. ``type``: what is expected, such as `a whole number`.
    ``limit``: what it must be, such as `at least 1`. ``empty``: what is missing, an `entry` or a
    `name`. ``value``: what to write instead. For an ``unknown`` or a ``missing`` key the path ends
    with that key.
    """

    path: Path
    kind: Literal["unknown", "missing", "type", "limit", "empty", "value"]
    value: Any = None
    says: str = ""


class Mistakes(ValueError):
    """Values that do not fit a record's fields: all mistakes, in the fields' order."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        texts = (
            f"{'.'.join(map(str, each.path))}: {each.kind} {each.says}".rstrip()
            for each in mistakes
        )
        super().__init__("; ".join(texts))


class ValueType:
    """A type of value. Its ``expected`` completes the sentence `it must be …`."""

    expected = ""
    is_arithmetic = False
    """Whether a spec may give it as arithmetic over columns."""

    def check(self, value: Any, path: Path) -> Any:
        """The value, converted. Raises `Mistakes` where it is of another type."""
        raise NotImplementedError

    def schema(self) -> Schema:
        """The JSON Schema of what may be written."""
        raise NotImplementedError

    def wrong_type(self, value: Any, path: Path) -> Mistakes:
        """The mistake of a value of another type."""
        return Mistakes(Mistake(path, "type", value, self.expected))


class _Anything(ValueType):
    def check(self, value: Any, path: Path) -> Any:
        return value

    def schema(self) -> Schema:
        return {}


class _Flag(ValueType):
    expected = "`true` or `false`"

    def check(self, value: Any, path: Path) -> Any:
        if type(value) is not bool:
            raise self.wrong_type(value, path)
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Text(ValueType):
    """A text of at least so many characters."""

    expected = "text"

    def __init__(self, least: int = 0) -> None:
        self.least = least

    def check(self, value: Any, path: Path) -> Any:
        """The text."""
        if not isinstance(value, str):
            raise self.wrong_type(value, path)
        if len(value) < self.least:
            raise Mistakes(Mistake(path, "empty", value, "name"))
        return value

    def schema(self) -> Schema:
        """A string."""
        return {"type": "string"} | ({"minLength": self.least} if self.least else {})


class _NumberType(ValueType):
    """A number within limits, each of which may be missing."""

    json_type = "number"

    def __init__(
        self,
        *,
        least: float | None = None,
        most: float | None = None,
        above: float | None = None,
        below: float | None = None,
    ) -> None:
        self.least, self.most, self.above, self.below = least, most, above, below

    def within(self, value: Any, path: Path) -> Any:
        """The number. Raises `Mistakes` where it is beyond a limit."""
        if self.above is not None and not value > self.above:
            raise self.beyond(value, path, "more than", self.above)
        if self.least is not None and not value >= self.least:
            raise self.beyond(value, path, "at least", self.least)
        if self.below is not None and not value < self.below:
            raise self.beyond(value, path, "less than", self.below)
        if self.most is not None and not value <= self.most:
            raise self.beyond(value, path, "at most", self.most)
        return value

    def beyond(self, value: Any, path: Path, words: str, limit: float) -> Mistakes:
        """The mistake of a number beyond a limit."""
        shown = f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"
        return Mistakes(Mistake(path, "limit", value, f"{words} {shown}"))

    def schema(self) -> Schema:
        """A number with its limits."""
        limits = {
            "minimum": self.least,
            "maximum": self.most,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        named = {name: limit for name, limit in limits.items() if limit is not None}
        return {"type": self.json_type, **named}


class Whole(_NumberType):
    """A whole number within limits; never a truth value."""

    expected = "a whole number"
    json_type = "integer"

    def check(self, value: Any, path: Path) -> Any:
        """The number. A subclass of int stays what it is."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong_type(value, path)
        return self.within(value, path)


class Real(_NumberType):
    """A number within limits, as a float."""

    expected = "a number"

    def __init__(self, *, finite: bool = False, **limits: float) -> None:
        super().__init__(**limits)
        self.finite = finite

    def check(self, value: Any, path: Path) -> Any:
        """The number."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong_type(value, path)
        try:
            number = float(value)
        except OverflowError:
            raise Mistakes(Mistake(path, "type", value, "a finite number")) from None
        if self.finite and not math.isfinite(number):
            raise Mistakes(Mistake(path, "type", value, "a finite number"))
        self.within(value, path)  # what was written, so that messages show that
        return number


class Choice(ValueType):
    """One of several words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, value: Any, path: Path) -> Any:
        """The word."""
        if not isinstance(value, str) or value not in self.words:
            *others, last = (f"`{word}`" for word in self.words)
            listed = f"{', '.join(others)} or {last}" if others else last
            raise Mistakes(Mistake(path, "value", value, f"write {listed}"))
        return value

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self.words)}


class ListOf(ValueType):
    """A list of at least so many values of one type."""

    expected = "a list"

    def __init__(self, item: ValueType, least: int = 0) -> None:
        self.item = item
        self.least = least

    def check(self, value: Any, path: Path) -> Any:
        """The list, each entry checked."""
        if not isinstance(value, list):
            raise self.wrong_type(value, path)
        if len(value) < self.least:
            raise Mistakes(Mistake(path, "empty", value, "entry"))
        return _each(self.item, enumerate(value), path, list)

    def schema(self) -> Schema:
        """An array."""
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.item.schema(), **least}


class MappingOf(ValueType):
    """A mapping of at least so many names to values of one type."""

    expected = "a mapping"

    def __init__(self, item: ValueType, least: int = 0) -> None:
        self.item = item
        self.least = least

    def check(self, value: Any, path: Path) -> Any:
        """The mapping, each entry checked."""
        if not isinstance(value, dict):
            raise self.wrong_type(value, path)
        if len(value) < self.least:
            raise Mistakes(Mistake(path, "empty", value, "entry"))
        return dict(zip(value, _each(self.item, value.items(), path, list), strict=True))

    def schema(self) -> Schema:
        """An object."""
        least = {"minProperties": self.least} if self.least else {}
        return {"type": "object", "additionalProperties": self.item.schema(), **least}


def _each(item: ValueType, entries: Any, path: Path, collect: Callable[[Any], Any]) -> Any:
    """All entries, checked. Raises `Mistakes` with those of every entry."""
    if item is ANYTHING:
        return collect(value for _, value in entries)
    checked: list[Any] = []
    mistakes: list[Mistake] = []
    for key, value in entries:
        try:
            checked.append(item.check(value, (*path, key)))
        except Mistakes as error:
            mistakes += error.mistakes
    if mistakes:
        raise Mistakes(*mistakes)
    return collect(checked)


class Maybe(ValueType):
    """A value that may be ``null``."""

    def __init__(self, item: ValueType) -> None:
        self.item = item
        self.expected = item.expected
        self.is_arithmetic = item.is_arithmetic

    def check(self, value: Any, path: Path) -> Any:
        """The value, or None."""
        return None if value is None else self.item.check(value, path)

    def schema(self) -> Schema:
        """The value's, or null."""
        return {"anyOf": [self.item.schema(), {"type": "null"}]}


class Either(ValueType):
    """A value of one of several types, the first that fits."""

    def __init__(self, *members: ValueType) -> None:
        self.members = members

    def check(self, value: Any, path: Path) -> Any:
        """The value as the first member that takes it has it.

        Where none does, and the value is a mapping or a list that some member looked into, what
        is wrong inside is all that is said.
        """
        mistakes: list[Mistake] = []
        for member in self.members:
            try:
                return member.check(value, path)
            except Mistakes as error:
                mistakes += error.mistakes
        inside = [mistake for mistake in mistakes if len(mistake.path) > len(path)]
        raise Mistakes(*(inside or mistakes))

    def schema(self) -> Schema:
        """Any of the members'."""
        return {"anyOf": [member.schema() for member in self.members]}


class Written(ValueType):
    """A value with a written form of its own.

    ``read`` converts what was written, and raises ValueError, whose text says what to write
    instead. ``then`` checks what it gives; ``described`` is the JSON Schema.
    """

    def __init__(
        self,
        read: Callable[[Any], Any],
        described: Schema,
        then: ValueType | None = None,
        arithmetic: bool = False,
    ) -> None:
        self.read = read
        self.described = described
        self.then = then
        self.is_arithmetic = arithmetic

    def check(self, value: Any, path: Path) -> Any:
        """The value that was meant."""
        try:
            meant = self.read(value)
        except ValueError as error:
            raise Mistakes(Mistake(path, "value", value, str(error))) from None
        return meant if self.then is None else self.then.check(meant, path)

    def schema(self) -> Schema:
        """As described."""
        return self.described


ANYTHING = _Anything()
FLAG = _Flag()
TEXT = Text()
FINITE = Real(finite=True)
