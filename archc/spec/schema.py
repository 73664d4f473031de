"""The JSON Schema of specs and modules, derived from the models and the operations.

For editors: ``# yaml-language-server: $schema=archc.schema.json`` at the top of a spec.
"""

from __future__ import annotations

from typing import Any

from archc.fields import Record
from archc.ops import OPS, Op
from archc.spec.models import ModuleModel, RowModel, SpecModel

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a spec file, or of a module file."""
    definitions: dict[str, Any] = {
        "row": _row(),
        "rows": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "array", "items": _cell()},
                    {"type": "string"},
                    {"$ref": "#/$defs/row"},
                ]
            },
        },
        "defaults": _defaults(),
    }
    spec = _model(SpecModel)
    module = _model(ModuleModel)
    definitions["module"] = module
    spec["required"] = ["network"]
    spec["properties"]["rows"] = {
        "anyOf": [{"$ref": "#/$defs/rows"}, {"type": "object"}],
        "description": "the table; in a variant, changes by row",
    }
    spec["properties"]["modules"]["additionalProperties"] = {
        "anyOf": [{"type": "string"}, {"$ref": "#/$defs/module"}, {"type": "null"}]
    }
    _let_variants_differ(spec)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "archc spec",
        "anyOf": [spec, {**module, "required": ["module"]}],
        "$defs": definitions,
    }


def _let_variants_differ(spec: dict[str, Any]) -> None:
    """A variant says only what differs, and removes an entry with null."""
    heads = spec["properties"]["heads"]
    head = {key: each for key, each in heads["additionalProperties"].items() if key != "required"}
    heads["additionalProperties"] = {"anyOf": [head, {"type": "null"}]}


def _model(model: type[Record]) -> dict[str, Any]:
    schema = model.schema()
    properties = schema["properties"]
    properties["rows"] = {"$ref": "#/$defs/rows"}
    if "branches" in properties:
        properties["branches"] = _branches()
    properties["defaults"] = {"$ref": "#/$defs/defaults"}
    return schema


def _branches() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": "#/$defs/rows"}}


def _cell() -> dict[str, Any]:
    return {"type": ["string", "number", "null", "object", "boolean", "array"]}


def _row() -> dict[str, Any]:
    """A mapping row: row keys, and every operation's attributes (columns may be added)."""
    schema = RowModel.schema()
    properties = schema["properties"]
    properties["rows"] = {"$ref": "#/$defs/rows"}
    properties["branches"] = _branches()
    names = ", ".join(op.names[0] for op in OPS)
    properties["type"]["description"] = f"an operation ({names}) or a module"
    for op in OPS:
        for key, attribute in _attributes(op).items():
            properties.setdefault(key, _or_column(attribute))
    schema.pop("required", None)
    return schema


def _or_column(attribute: dict[str, Any]) -> dict[str, Any]:
    """An attribute, or the name of the module's column that gives it, or one for each use."""
    return {
        "anyOf": [attribute, {"type": "string"}, {"type": "array", "minItems": 2}],
        "description": attribute.get("description", ""),
    }


def _or_unset(attribute: dict[str, Any]) -> dict[str, Any]:
    """An attribute, or ``~`` for what the spec that is extended has set."""
    described = attribute.get("description", "")
    return {"anyOf": [attribute, {"type": "null"}], "description": described}


def _defaults() -> dict[str, Any]:
    """``defaults``: an operation's attributes under any of its names."""
    row = RowModel.schema()["properties"]
    modifiers = {key: row[key] for key in ("norm", "activation", "patch")}
    entries = {
        name: {
            "type": "object",
            "description": (op.__doc__ or "").strip().splitlines()[0],
            "properties": {
                **{key: _or_unset(each) for key, each in _attributes(op).items()},
                **modifiers,
            },
            "additionalProperties": False,
        }
        for op in OPS
        for name in op.names
    }
    return {"type": "object", "properties": entries}


def _attributes(op: type[Op]) -> dict[str, Any]:
    properties: dict[str, Any] = op.schema()["properties"]
    return properties
