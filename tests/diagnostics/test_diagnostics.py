"""Everything that archc says about a wrong spec.

Each spec in ``cases/`` is wrong in one way, or in several; the text beside it is all that archc
says, written anew with ``--update-golden``. One mistake is one message: it names the cell, says
what is wrong there, and what to do. Comments at the top of a spec may say ``--set key=value``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

import archc
from archc.diagnostics import Code, Diagnostic, Span
from archc.network import open_network

CASES = Path(__file__).parent / "cases"
SPECS = sorted(CASES.glob("*.yaml"))

_SETTING = re.compile(rb"# --set (.*)")
_COLOR = re.compile("\033\\[[0-9]*m")


def settings(spec: Path) -> list[str]:
    found = []
    for line in spec.read_bytes().splitlines():
        match = _SETTING.fullmatch(line)
        if match is None:
            break
        found.append(match[1].decode())
    return found


def diagnose(spec: Path) -> tuple[Diagnostic, ...]:
    """What is wrong with a case, named as if it lay in the working directory."""
    with chdir(spec.parent), pytest.raises(archc.SpecError) as caught:
        open_network(spec.name, settings(spec))
    return caught.value.diagnostics


def is_inside(span: Span) -> bool:
    """Whether the span's text exists; it may end, or stand, just behind a line."""
    lines = span.source.lines or [""]
    return (
        1 <= span.line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_messages(spec: Path, golden: Callable[[Path, str], None]) -> None:
    found = diagnose(spec)
    rendered = [each.render() for each in found]
    golden(spec.with_suffix(".txt"), "\n\n".join(rendered) + "\n")
    for each, text in zip(found, rendered, strict=True):
        assert all(is_inside(span) for span in (each.span, *(place.span for place in each.labels)))
        assert all(char.isprintable() or char == "\n" for char in text)
        assert _COLOR.sub("", each.render(color=True)) == text


def test_every_code_has_a_case() -> None:
    texts = "".join(path.read_text() for path in CASES.glob("*.txt"))
    assert set(re.findall(r"error\[(E\d+)\]", texts)) == {code.code for code in Code}


def test_every_text_has_a_spec() -> None:
    assert {path.stem for path in CASES.glob("*.txt")} == {spec.stem for spec in SPECS}
