"""Default names of files: one for each name in a spec, in any script, that file systems take."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.cli import main
from archc.cli.options import file_word
from archc.library import spec_names
from archc.spec.tokens import slug


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("inception (3a)", "inception_3a"),
        ("3×conv2_x", "3xconv2_x"),
        ("ヘッド", "ヘッド"),
        ("Ä b", "ä_b"),
        ("A\u0308 b", "ä_b"),
        ("हेड 1", "हेड_1"),
        ("★", "★"),
        ("../a\\b:c", "a_b_c"),
        ("a\x00b\u200bc\x1b[", "a_b_c"),
        ("..", "row"),
        ("\udc80", "row"),
    ],
)
def test_words(text: str, word: str) -> None:
    assert file_word(text) == word


@pytest.mark.parametrize("name", spec_names())
def test_names_in_ascii_are_those_in_code(name: str) -> None:
    graph = archc.load(name).graph
    for text in (*(row.printed for row in graph.rows), *(head.name for head in graph.heads)):
        assert file_word(text) == slug(text)


@given(st.text())
def test_any_text_is_part_of_a_file_name(text: str) -> None:
    word = file_word(text)
    assert 0 < len(word.encode()) <= 100
    assert word.isprintable()
    assert not set(word) & set('/\\:*?"<>|. ')


def test_long_names_that_begin_alike_are_different_files() -> None:
    long = "頭" * 60
    assert file_word(long + "a") != file_word(long + "b")
    assert file_word(long).startswith("頭頭頭")


SPEC = """\
network: Two heads
input: 8×8×3
rows: [[conv3-8, {name: a}], [flatten], [FC-10]]
modules: {m: {rows: [[flatten], [FC-10]]}}
heads:
  ヘッド: {after: a, module: m}
  頭: {after: a, module: m}
"""


def test_heads_in_another_script_have_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SPEC)
    for name in ("ヘッド", "頭"):
        result = CliRunner().invoke(main, ["diagram", "net.yaml", name])
        assert result.exit_code == 0, result.output
        assert result.stderr == f"wrote build/net_{name}.svg\n"
    assert len(list(Path("build").glob("[!.]*"))) == 2
