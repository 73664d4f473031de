"""The JSON Schema accepts what archc accepts, and refuses obvious mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archc import library
from archc.diagnostics import Diagnostics
from archc.spec.schema import json_schema
from archc.spec.source import read

SPECS = [library.spec_path(name) for name in library.spec_names()]
MODULES = [library.module_path(name.replace(" ", "_")) for name in library.module_names()]


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", [*SPECS, *MODULES], ids=lambda path: path.stem)
def test_accepts_bundled_files(path: Path, validator: Any) -> None:
    located = read(path, path.name, Diagnostics())
    assert located is not None
    validator.validate(located.plain())


@pytest.mark.parametrize(
    "change",
    [
        {"netwrok": "x"},
        {"classes": "many"},
        {"defaults": {"convolution": {"stridee": 1}}},
        {"rows": [{"repeat": 0}]},
        {"rows": [{"from": 3}]},
    ],
    ids=str,
)
def test_refuses(change: dict[str, Any], validator: Any) -> None:
    spec = {"network": "x", "input": "8×8×3", "rows": [["convolution", "3×3", 8]]}
    assert validator.is_valid(spec)
    assert not validator.is_valid({**spec, **change})
