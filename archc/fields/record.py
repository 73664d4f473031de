"""Records: checked values by name, declared field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self, dataclass_transform

from archc.fields.values import Mistake, Mistakes, Path, Schema, ValueType

__all__ = ["REQUIRED", "Field", "Record", "Section", "field", "to_field", "to_key"]


def to_field(key: str) -> str:
    """The Python name of a key: ``count include pad`` is ``count_include_pad``."""
    return key.strip().replace(" ", "_").replace("-", "_")


def to_key(name: str) -> str:
    """The key of a Python name, as specs write it."""
    return name.replace("_", " ")


_REQUIRED: Any = object()
REQUIRED = _REQUIRED
"""The default of a field that has none."""


class Field:
    """A field of a record: its type of value, its default, and what it is about."""

    __slots__ = ("about", "default", "key", "name", "type")

    def __init__(self, type: ValueType, default: Any, about: str, key: str) -> None:
        self.type = type
        self.default = default
        self.about = about
        self.key = key
        self.name = ""

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED

    def schema(self) -> Schema:
        """The JSON Schema of the field's value."""
        found = dict(self.type.schema())
        if self.about:
            found["description"] = self.about
        return found


def field(type: ValueType, *, default: Any = REQUIRED, about: str = "", key: str = "") -> Any:
    """Declare a field. Its ``key`` in a spec is its name with spaces, unless said otherwise."""
    return Field(type, default, about, key)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Record:
    """Checked values by name, which nothing changes: equal where class and values are equal."""

    fields: ClassVar[Mapping[str, Field]] = {}
    """The fields by name, inherited ones first."""
    takes_more: ClassVar[bool] = False
    """Whether further keys are allowed, which the record does not keep."""

    _by_key: ClassVar[Mapping[str, Field]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: each for name, each in vars(cls).items() if isinstance(each, Field)}
        for name, each in own.items():
            each.name = name
            each.key = each.key or to_key(name)
            delattr(cls, name)
        cls.fields = {**cls.fields, **own}
        by_name = {each.name: each for each in cls.fields.values()}
        cls._by_key = by_name | {each.key: each for each in cls.fields.values()}

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(self._checked(values))

    @classmethod
    def make(cls, values: Mapping[str, Any]) -> Self:
        """A record of values by name or by key, as written. Raises `Mistakes`."""
        record = object.__new__(cls)
        record.__dict__.update(cls._checked(values))
        return record

    @classmethod
    def prepare(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The values, by name and as written, with those that follow from others."""
        return values

    @classmethod
    def _checked(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = {}
        mistakes: list[Mistake] = []
        for key, value in values.items():
            known = cls._by_key.get(key)
            if known is not None:
                named[known.name] = value
            elif not cls.takes_more:
                mistakes.append(Mistake((key,), "unknown", value))
        named = cls.prepare(named)
        checked: dict[str, Any] = {}
        for name, each in cls.fields.items():
            if name not in named:
                checked[name] = each.default
                if each.default is REQUIRED:
                    mistakes.append(Mistake((each.key,), "missing"))
                continue
            try:
                checked[name] = each.type.check(named[name], (each.key,))
            except Mistakes as error:
                mistakes += error.mistakes
        if mistakes:
            raise Mistakes(*mistakes)
        return checked

    def replace(self, **changes: Any) -> Self:
        """A copy with some values changed, which are not checked."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.values())
        copy.__dict__.update(changes)
        return copy

    def values(self) -> dict[str, Any]:
        """The values by name, in the fields' order."""
        held = self.__dict__
        return {name: held[name] for name in self.fields}

    @classmethod
    def all_keys(cls) -> list[str]:
        """The keys of all fields, as specs write them."""
        return [each.key for each in cls.fields.values()]

    @classmethod
    def schema(cls) -> Schema:
        """The JSON Schema of a mapping with these fields."""
        required = [each.key for each in cls.fields.values() if each.is_required]
        return {
            "type": "object",
            "description": _first_line(cls.__doc__),
            "properties": {each.key: each.schema() for each in cls.fields.values()},
            "additionalProperties": cls.takes_more,
            **({"required": required} if required else {}),
        }

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is not changed: use `replace`")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is not changed: use `replace`")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Record)
        return self is other or self.values() == other.values()

    def __hash__(self) -> int:
        found = self.__dict__.get("_hash")
        if found is None:
            found = hash((type(self), *map(_hashable, self.values().values())))
            self.__dict__["_hash"] = found
        return int(found)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{type(self).__name__}({inside})"


class Section(ValueType):
    """A mapping that is a record of its own."""

    expected = "a mapping"

    def __init__(self, record: type[Record]) -> None:
        self.record = record

    def check(self, value: Any, path: Path) -> Any:
        """The record; mistakes are placed inside this path."""
        if isinstance(value, self.record):
            return value
        if not isinstance(value, dict):
            raise self.wrong_type(value, path)
        try:
            return self.record.make(value)
        except Mistakes as error:
            inside = (each._replace(path=(*path, *each.path)) for each in error.mistakes)
            raise Mistakes(*inside) from None

    def schema(self) -> Schema:
        """The record's."""
        return self.record.schema()


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _first_line(text: str | None) -> str:
    return re.split(r"\n", (text or "").strip(), maxsplit=1)[0]
