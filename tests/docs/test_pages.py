"""What the pages show is what archc does: every block is run, or says why not.

``pytest --update-golden`` writes what commands print into the pages.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import torchvision_ops
from tests.docs import checkout
from tests.docs.mistakes import write_mine
from tests.docs.page import blocks
from tests.docs.script import Script
from tests.docs.shell import commands, in_process, of_checkout

pytestmark = pytest.mark.usefixtures("one_thread")

DOCS = checkout.ROOT / "docs"
CHANGES_ARCHC = ("how-to/",)
"""Pages whose files and edits are of archc's own tree."""
WHOLE = ("tutorial.md", *CHANGES_ARCHC)
"""Pages that have all that their reader needs."""
GUIDES = {
    "compare.md": "tests/sweep/test_guide.py",
    "import.md": "tests/sources/tables/test_import.py",
    "report.md": "tests/show/report/test_columns.py",
}
"""Guides that a test of their own compares: their commands, and nothing else, are run there."""
MADE_ELSEWHERE = ("errors/", "claims.md", "gallery/", "decisions/", *GUIDES)
"""Pages that other tests make or compare."""


def pages() -> list[str]:
    """All other pages that have something to run."""
    names = (path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md")))
    return [
        name
        for name in names
        if not name.startswith(MADE_ELSEWHERE) and any(blocks((DOCS / name).read_text()))
    ]


PREPARED: dict[str, Callable[[], None]] = {
    "check.md": write_mine,
    "verify.md": torchvision_ops.declare,
}
"""What a page takes as given."""


@pytest.mark.parametrize("name", pages())
def test_page(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[Path, str], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    PREPARED.get(name, lambda: None)()
    run = in_process
    if name.startswith(CHANGES_ARCHC):
        checkout.copy(tmp_path)
        run = of_checkout
    script = Script((DOCS / name).read_text(), run, name.startswith(WHOLE))
    golden(DOCS / name, script.run())
    if run is of_checkout:
        check_style(script.text)


def check_style(page: str) -> None:
    """The Python that a page writes or edits is as clean as archc's own."""
    titles = {block.title for block in blocks(page) if block.title}
    files = shlex.join(sorted(title for title in titles if title.endswith(".py")))
    for command in (f"ruff format --check {files}", f"ruff check {files}"):
        status, printed = of_checkout(command) if files else (0, "")
        assert status == 0, printed


def test_every_block_is_found() -> None:
    """Fences begin their line: others would be run by nobody."""
    for path in DOCS.rglob("*.md"):
        assert not re.search(r"^([ >]+```|[ >]*~~~)", path.read_text(), re.MULTILINE), path.name


@pytest.mark.parametrize("name", GUIDES)
def test_guides_with_a_test_of_their_own(name: str) -> None:
    assert f'"{name}"' in (checkout.ROOT / GUIDES[name]).read_text()
    for block in blocks((DOCS / name).read_text()):
        assert block.language in ("console", "yaml", "text"), "this is not run there"
        if block.language == "console":
            ((command, _),) = commands(block.text)
            assert command.startswith("archc ")
