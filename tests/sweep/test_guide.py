"""What docs/compare.md shows is what archc prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli import main

GUIDE = Path(__file__).parents[2] / "docs" / "compare.md"
COMMAND = re.compile(r"```console\n\$ (archc .*?)\n(.*?)```", re.DOTALL)
FILE = re.compile(r"```yaml\n# (\w+\.yaml)\n(.*?)```", re.DOTALL)


def test_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    text = GUIDE.read_text()
    monkeypatch.chdir(tmp_path)
    for name, content in FILE.findall(text):
        Path(name).write_text(content)
    assert len(COMMAND.findall(text)) == 4
    fresh = COMMAND.sub(lambda match: console(match[1]), text)
    if request.config.getoption("--update-golden"):
        GUIDE.write_text(fresh)
    assert GUIDE.read_text() == fresh, "docs/compare.md is stale: run `make golden`"


def console(command: str) -> str:
    """A command's block: what it was called with and what it printed."""
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0
    shown = "\n".join(line.rstrip() for line in result.output.splitlines())
    return f"```console\n$ {command}\n{shown}\n```"
