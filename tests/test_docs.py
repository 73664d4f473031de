"""What the documents show is what archc does: commands are run, tables are made anew."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import archc
from archc.cli import main
from archc.fields import to_key
from archc.limits import DEFAULT, MOST, Limits
from archc.ops import OPS
from tests.docs.mistakes import write_mine

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LANGUAGE = ROOT / "docs" / "language.md"
CHECK = ROOT / "docs" / "check.md"

_COMMAND = re.compile(r"```console\n\$ (archc .*?)\n(.*?)```", re.DOTALL)


def test_readme_shows_what_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The pages of ``docs`` are run as a whole, see ``tests/docs``."""
    monkeypatch.chdir(tmp_path)
    write_mine()
    text = README.read_text()
    assert len(_COMMAND.findall(text)) >= 4
    fresh = _COMMAND.sub(lambda match: _console(match[1]), text)
    _compare(README, text, fresh, request)


def test_limits_are_as_documented() -> None:
    stated = re.findall(r"\| `(\w+)` \| ([\d,]+)(?: \(([\d,]+) at most\))? \|", CHECK.read_text())
    numbers = {name: int(number.replace(",", "")) for name, number, _ in stated}
    assert numbers == {name: getattr(DEFAULT, name) for name in Limits.names()}
    assert {name: int(most) for name, _, most in stated if most} == MOST


def _console(command: str) -> str:
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    shown = "\n".join(line.rstrip() for line in result.output.splitlines())
    return f"```console\n$ {command}\n{shown}\n```"


def test_readme_shows_emitted_code() -> None:
    """A class, or lines that are indented as they are inside one."""
    blocks = re.findall(r"```python\n((?:class | {4}).*?)```", README.read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        assert block.rstrip() in archc.load("googlenet").emit("torch")


def test_language_guide_lists_all_operations(request: pytest.FixtureRequest) -> None:
    text = LANGUAGE.read_text()
    table = "| operation | attributes |\n|---|---|\n" + "\n".join(_operations())
    pattern = re.compile(r"\| operation \| attributes \|\n(\|.*\n)+")
    assert pattern.search(text)
    _compare(LANGUAGE, text, pattern.sub(lambda _: table + "\n", text), request)


def _operations() -> Iterator[str]:
    plain = ((1, 1), (0, 0, 0, 0))
    for op in OPS:
        names = ", ".join(f"`{name}`" for name in op.names)
        attributes = (
            f"`{to_key(name)}`"
            + ("" if field.is_required or field.default in plain else f" ({_shown(field.default)})")
            for name, field in op.fields.items()
        )
        yield f"| {names} | {', '.join(attributes)} |"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _compare(path: Path, text: str, fresh: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        path.write_text(fresh)
        return
    assert text == fresh, f"{path.name} is stale: run `make golden`"
