"""Pages as scripts: what is run, what is compared, and what makes a page wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.edits import edited
from tests.docs.page import blocks
from tests.docs.script import Script
from tests.docs.shell import commands, matches


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fence(text: str, language: str = "console", remark: str = "") -> str:
    above = f"<!-- {remark} -->\n" if remark else ""
    return f"{above}```{language}\n{text}\n```\n"


def echo(command: str) -> tuple[int, str]:
    """A shell whose commands print themselves; ``fail`` fails."""
    return int(command == "fail"), f"{command}\n"


def run(page: str, whole: bool = False) -> str:
    return Script(page, echo, whole).run()


def test_blocks() -> None:
    page = "text\n" + fence("$ a", remark="exits 2") + fence("b: 1", 'yaml title="b.yaml"')
    first, second = blocks(page)
    assert (first.language, first.title, first.status, first.text) == ("console", None, 2, "$ a\n")
    assert (second.language, second.title, second.remark, second.line) == ("yaml", "b.yaml", "", 7)
    assert page[second.start : second.end] == "b: 1\n"


def test_what_is_printed_takes_the_place_of_what_is_shown() -> None:
    page = fence("$ one\none\n$ two\nthree")
    assert run(page) == fence("$ one\none\n$ two\ntwo")
    assert run(run(page)) == run(page)


def test_what_is_not_compared_stays() -> None:
    page = fence("$ one\nabout one", remark="run, not compared: it differs")
    assert run(page) == page


@pytest.mark.parametrize(
    "page",
    [
        fence("$ fail\nfail"),
        fence("$ fail", remark="run, not compared: it differs"),
        fence("$ one\none", remark="exits 1"),
        fence("one"),
        fence("$ one", ""),
        fence("$ fail", remark="not run: why"),
        fence("1 / 0", "python"),
        fence(">>> 1 / 0", "python"),
        fence("class A:", "python", "from a.py"),
    ],
)
def test_a_page_is_wrong(page: str, folder: Path) -> None:
    (folder / "a.py").write_text("class B:\n")
    with pytest.raises(AssertionError):
        run(page)


@pytest.mark.parametrize(
    "page",
    [
        fence("$ fail\nfail", remark="exits 1"),
        fence("$ fail", remark="not run: it would fail"),
        fence("class B:", "python", "from a.py"),
        fence("assert 1 + 1 == 2", "python"),
        fence(">>> x = 1\n>>> x + 1\n2", "python"),
        fence(">>> for i in 1, 2:\n...     print(i)\n1\n2", "python"),
    ],
)
def test_a_page_is_right(page: str, folder: Path) -> None:
    (folder / "a.py").write_text("class B:\n")
    assert run(page, whole=True) == page


def test_examples_are_compared() -> None:
    assert run(fence(">>> 1 + 1\n3", "python")) == fence(">>> 1 + 1\n2", "python")


def test_files_and_edits(folder: Path) -> None:
    run(fence("a\nb", 'text title="new/a.txt"') + fence(" a\n-b\n+c", 'diff title="new/a.txt"'))
    assert (folder / "new" / "a.txt").read_text() == "a\nc\n"


def test_a_whole_page_leaves_no_block() -> None:
    loose = fence("a: 1", "yaml")
    assert run(loose) == loose
    with pytest.raises(AssertionError, match="line 2"):
        run(loose, whole=True)


@pytest.mark.parametrize("diff", [" a\n+x\n", "-missing\n+x\n", " b\n@@\n-d\n"])
def test_an_edit_that_fits_nowhere_or_twice(diff: str) -> None:
    with pytest.raises(AssertionError, match="times"):
        edited("a\nb\na\nc\n", diff)


def test_an_edit_in_two_places() -> None:
    diff = "+first\n a\n\n b\n@@\n-c\n"
    assert edited("a\n\nb\nc\nd\n", diff) == "first\na\n\nb\nd\n"


def test_commands_in_several_lines() -> None:
    (found,) = commands("$ one \\\n    two\nprinted\n")
    assert found == ("one \\\n    two", "printed\n")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("", "a\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("…\nb\n…\n", "a\nb\n", True),
        ("…\nb\n", "a\nb\nc\n", False),
        ("2 passed, 3 deselected in 0.51s\n", "2 passed, 4 deselected in 1.20s\n", True),
        ("2 passed in 0.51s\n", "1 passed in 0.51s\n", False),
    ],
)
def test_matches(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) is same
