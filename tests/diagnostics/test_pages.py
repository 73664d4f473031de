"""The pages of ``docs/errors``: one for each code, and what they show is what archc says.

A page's ``Wrong`` is a spec, shown as ``net.yaml``, and all that archc says about it, written anew
with ``--update-golden``; its ``Right`` is the spec mended. Comments at the top of a spec say how
it is read::

    # --set KEY=VALUE           as the command line has it
    # --limit NAME=NUMBER
    # file: base.yaml           a further file of the example
    # saved as: latin-1         not UTF-8
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import archc
from archc import library
from archc.cli import explain_command, main
from archc.diagnostics import Code, Diagnostic
from archc.network import open_network

if TYPE_CHECKING:
    Golden = Callable[[Path, str], None]

PAGES = Path(__file__).parents[2] / "docs" / "errors"
INDEX = PAGES / "README.md"

_PAGE = re.compile(
    r"# (?P<code>\w+): (?P<title>[^\n]*)\n(?P<rule>.*)"
    r"\n## Wrong\n(?P<wrong>.*)\n```text\n(?P<said>.*)\n```\n(?P<remark>.*)"
    r"\n## Right\n(?P<right>.*)",
    re.DOTALL,
)
_SPEC = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)$.*?^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"# (--set|--limit|file:|saved as:) (.+)")
_LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")

every_code = pytest.mark.parametrize("code", Code, ids=lambda code: code.code)


@dataclass
class Example:
    """The files of one section, and how they are read."""

    files: dict[str, bytes] = field(default_factory=dict)
    settings: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)

    def diagnose(self, root: Path) -> tuple[Diagnostic, ...]:
        """All that archc says about ``net.yaml``, errors or else warnings."""
        home = root / "specs"
        for name, data in self.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        try:
            with chdir(home):
                limits = archc.Limits(**self.limits)
                return open_network("net.yaml", self.settings, limits=limits).warnings
        except archc.SpecError as error:
            return error.diagnostics


def page(code: Code) -> re.Match[str]:
    path = library.error_page(code.code)
    assert path == PAGES / f"{code.code}.md", f"{code.code} has no page"
    found = _PAGE.fullmatch(path.read_text())
    assert found, "a page has a title, `## Wrong` with a spec and what archc says, and `## Right`"
    return found


def example(section: str) -> Example:
    found = Example()
    for spec in _SPEC.findall(section):
        name, encoding = "net.yaml", "utf-8"
        for line in spec.splitlines():
            match = _COMMENT.fullmatch(line)
            if match is None:
                break
            kind, text = match.groups()
            if kind == "--set":
                found.settings.append(text)
            elif kind == "--limit":
                limit, _, number = text.partition("=")
                found.limits[limit] = int(number)
            elif kind == "file:":
                name = text
            else:
                encoding = text
        assert name not in found.files
        found.files[name] = spec.encode(encoding)
    assert "net.yaml" in found.files
    return found


def test_every_page_has_a_code() -> None:
    assert {path.stem for path in PAGES.iterdir()} == {"README", *(code.code for code in Code)}


@every_code
def test_wrong(code: Code, tmp_path: Path, golden: Golden) -> None:
    found = page(code)
    assert (found["code"], found["title"]) == (code.code, code.title)
    assert found["rule"].strip()
    diagnostics = example(found["wrong"]).diagnose(tmp_path)
    assert {each.code for each in diagnostics} == {code}
    said = "\n\n".join(each.render() for each in diagnostics)
    start, end = found.span("said")
    golden(PAGES / f"{code.code}.md", found.string[:start] + said + found.string[end:])


@every_code
def test_right(code: Code, tmp_path: Path) -> None:
    diagnostics = example(page(code)["right"]).diagnose(tmp_path)
    assert not diagnostics, "\n\n".join(each.render() for each in diagnostics)


@every_code
def test_examples_are_short(code: Code) -> None:
    found = page(code)
    for section in ("wrong", "right"):
        for spec in _SPEC.findall(found[section]):
            assert len(spec.splitlines()) <= 12
    assert {match[1] for match in _FENCE.finditer(found.string)} == {"yaml", "text"}


def test_index(golden: Golden) -> None:
    """The tables are made anew; the words above them are not."""
    intro, _, _ = INDEX.read_text().partition("\n## ")
    text = intro.rstrip("\n") + "\n"
    for start, group in explain_command.GROUPS.items():
        text += f"\n## {group}\n\n| code | title |\n|---|---|\n"
        for code in Code:
            if code.code.startswith(start):
                text += f"| [{code.code}]({code.code}.md) | {code.title} |\n"
    assert all(f"[{code.code}]" in text for code in Code)
    golden(INDEX, text)


def test_links() -> None:
    for path in PAGES.iterdir():
        for target in _LINK.findall(_FENCE.sub("", path.read_text())):
            assert (path.parent / target).is_file(), f"{path.name} links to {target}"


@every_code
def test_explain(code: Code) -> None:
    written = {code.code, code.code.lower(), code.code[1:], f"[{code.code}]"}
    results = [CliRunner().invoke(main, ["explain", each]) for each in sorted(written)]
    assert {each.exit_code for each in results} == {0}
    assert {each.output for each in results} == {(PAGES / f"{code.code}.md").read_text()}


def test_explain_lists_all_codes() -> None:
    result = CliRunner().invoke(main, ["explain"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line for line in lines if line.startswith("  ")] == [
        f"  {code.code}  {code.title}" for code in Code
    ]
    assert [line for line in lines if line and not line.startswith("  ")] == [
        *explain_command.GROUPS.values()
    ]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("E411", "E410"), ("E4O1", "E401"), ("E501", "W501"), ("E10", "E101")],
)
def test_explain_names_the_nearest(text: str, nearest: str) -> None:
    result = CliRunner().invoke(main, ["explain", text])
    assert result.exit_code == 2
    assert f"there is no code `{text}`; the nearest are" in result.output
    assert f"{nearest} (" in result.output


@pytest.mark.parametrize("text", ["", "shape", "../../README", "\x1b[31m", "9" * 1000])
def test_explain_unlike_any_code(text: str) -> None:
    result = CliRunner().invoke(main, ["explain", text])
    assert result.exit_code == 2
    assert "`archc explain` lists them all" in " ".join(result.output.split())
    assert "\x1b" not in result.output


def test_explain_on_a_terminal() -> None:
    """Rendered, with links to other pages as words."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "archc", "explain", "E401"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "100"}
    with subprocess.Popen(command, stdout=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # on Linux a terminal that nobody has open any more
                break
            if not piece:
                break
            shown += piece
    os.close(leader)
    assert process.returncode == 0
    text = shown.decode()
    assert "\x1b[" in text
    assert Code.WRONG_CLAIM.title in text
    assert "```" not in text
    assert ".md" not in text


def test_explain_imports_little() -> None:
    script = (
        "import sys; from archc.cli import main; "
        "main(['explain', 'E401'], standalone_mode=False); print('imported:', *sys.modules)"
    )
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(found.stdout.rpartition("imported:")[2].split())
    assert "archc.cli.explain_command" in imported
    assert not imported & {"torch", "numpy", "rich", "networkx"}
