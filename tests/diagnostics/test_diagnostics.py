"""Everything that archc says about a wrong spec.

Each spec in ``cases/`` is wrong in one way, or in several; the text beside it is all that archc
says, written anew with ``--update-golden``. One mistake is one message: it names the cell, says
what is wrong there, and what to do. Comments at the top of a spec may say ``--set key=value``
and ``--limit name=number``. A spec that is right has warnings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diagnostics import Code, Diagnostic
from archc.network import open_network
from tests.positions import is_inside

CASES = Path(__file__).parent / "cases"
SPECS = sorted(CASES.glob("*.yaml"))

_OPTION = re.compile(rb"# --(set|limit) (.*)")
_COLOR = re.compile("\033\\[[0-9]*m")


def options(spec: Path) -> tuple[list[str], archc.Limits]:
    """What the comments at the top of a spec say."""
    settings: list[str] = []
    limits: dict[str, Any] = {}
    for line in spec.read_bytes().splitlines():
        match = _OPTION.fullmatch(line)
        if match is None:
            break
        text = match[2].decode()
        if match[1] == b"set":
            settings.append(text)
        else:
            name, _, number = text.partition("=")
            limits[name] = int(number)
    return settings, archc.Limits(**limits)


def diagnose(spec: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with a case, named as if it lay in the working directory."""
    settings, limits = options(spec)
    with chdir(spec.parent):
        try:
            return open_network(spec.name, settings, limits=limits).warnings
        except archc.SpecError as error:
            return error.diagnostics


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_messages(spec: Path, golden: Callable[[Path, str], None]) -> None:
    found = diagnose(spec)
    assert found
    rendered = [each.render() for each in found]
    golden(spec.with_suffix(".txt"), "\n\n".join(rendered) + "\n")
    for each, text in zip(found, rendered, strict=True):
        assert all(is_inside(span) for span in (each.span, *(place.span for place in each.labels)))
        assert all(char.isprintable() or char == "\n" for char in text)
        assert _COLOR.sub("", each.render(color=True)) == text


def test_every_code_has_a_case() -> None:
    texts = "".join(path.read_text() for path in CASES.glob("*.txt"))
    assert set(re.findall(r"(?:error|warning)\[([EW]\d+)\]", texts)) == {code.code for code in Code}


def test_every_text_has_a_spec() -> None:
    assert {path.stem for path in CASES.glob("*.txt")} == {spec.stem for spec in SPECS}
