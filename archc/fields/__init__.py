"""Records whose fields check what they are given: the attributes of operations, a spec's sections.

A `Record` declares its fields, each of one type of value::

    class Units(Record):
        params: str = field(Choice("params", "weights"), default="params")

A type of value checks what was written, converts it, says what is wrong with it in a person's
words, and describes itself for a JSON Schema. It costs next to nothing to declare one: specs are
read by every command, and a command is to start at once.
"""

from __future__ import annotations

from archc.fields.record import REQUIRED, Field, Record, Section, field, to_field, to_key
from archc.fields.values import (
    ANYTHING,
    FINITE,
    FLAG,
    TEXT,
    Choice,
    Either,
    ListOf,
    MappingOf,
    Maybe,
    Mistake,
    Mistakes,
    Path,
    Real,
    Text,
    ValueType,
    Whole,
    Written,
)

__all__ = [
    "ANYTHING",
    "FINITE",
    "FLAG",
    "REQUIRED",
    "TEXT",
    "Choice",
    "Either",
    "Field",
    "ListOf",
    "MappingOf",
    "Maybe",
    "Mistake",
    "Mistakes",
    "Path",
    "Real",
    "Record",
    "Section",
    "Text",
    "ValueType",
    "Whole",
    "Written",
    "field",
    "to_field",
    "to_key",
]
