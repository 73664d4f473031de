"""One table in every renderer: nothing is cut, columns stand below each other, words are kept."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.diagnostics import width
from archc.show.html import environment
from archc.show.latex import to_latex
from archc.show.markdown import to_markdown
from archc.show.spreadsheet import to_csv
from archc.show.table import Note, Table, TableRow, TextCell, TextColumn, plain_row
from archc.show.terminal import Screen, to_text
from archc.texts import one_line

ERRATUM = TextCell("2.7K", "✗", value=9408)
TABLE = Table(
    (TextColumn("row", wraps=True, details="change"), TextColumn("params", right=True, key="n")),
    (
        TableRow((TextCell("conv 漢字", details=("padding 0 → 1",)), ERRATUM)),
        TableRow((TextCell("a row of many words"), TextCell("12,345,678"))),
    ),
    plain_row("total", "12,355,086").cells,
    title="Net",
    source="A paper",
    intro=("One row differs.",),
    notes=(Note("✗ erratum (1)", apart=True), Note("Counting: all.", True, True, "dim")),
    ruled=True,
)


def test_terminal() -> None:
    assert to_text(TABLE, screen=Screen(30)).splitlines() == [
        "Net", "A paper", "", "One row differs.", "",
        "row                     params",
        "──────────────────────────────",
        "conv 漢字               2.7K ✗",
        "  padding 0 → 1               ",
        "a row of many       12,345,678",
        "words                         ",
        "──────────────────────────────",
        "total               12,355,086",
        "", "✗ erratum (1)", "", "Counting: all.",
    ]  # fmt: skip


def test_colors_are_only_added() -> None:
    written = to_text(TABLE, screen=Screen(color=True))
    assert "2.7K \033[31m✗\033[0m" in written
    assert re.sub(r"\033\[[0-9;]*m", "", written) == to_text(TABLE)


def test_markdown() -> None:
    assert to_markdown(TABLE).splitlines() == [
        "## Net", "", "A paper", "", "- One row differs.", "",
        "| row | change | params |",
        "| --- | --- | ---: |",
        "| conv 漢字 | `padding 0 → 1` | 2.7K ✗ |",
        "| a row of many words |  | 12,345,678 |",
        "| **total** |  | **12,355,086** |",
        "", "- ✗ erratum (1)", "", "Counting: all.",
    ]  # fmt: skip


def test_csv() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows == [["row", "n"], ["conv 漢字", "9408"], ["a row of many words", "12,345,678"]]
    assert to_csv(TABLE, TABLE).splitlines()[1] == "Net,conv 漢字,9408"


def test_latex() -> None:
    written = to_latex(TABLE)
    assert "\\begin{tabular}{lr}" in written
    assert "    conv 漢字 & 2.7K $\\neq$ \\\\\n" in written
    assert "    \\midrule\n    total & 12,355,086 \\\\\n    \\bottomrule" in written


def test_what_does_not_fit_stands_below() -> None:
    columns = tuple(TextColumn(name, right=True) for name in ("one", "two", "three", "four"))
    table = Table(
        columns, (plain_row("1", "22", "333", ""),), plain_row(*"abcd").cells, folding=True
    )
    assert to_text(table, screen=Screen(12)).splitlines() == [
        "one  two",
        "    three",
        "    four",
        "────────",
        "  1   22",
        "    three 333",
        "────────",
        "  a    b",
        "    three c",
        "    four d",
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.text("ab漢 ", max_size=30), st.text("0123,", max_size=12)), min_size=1),
    st.integers(1, 60),
)
def test_no_figure_is_cut_and_no_word_is_lost(rows: list[tuple[str, str]], columns: int) -> None:
    table = Table(
        (TextColumn("words", wraps=True), TextColumn("figures", right=True)),
        tuple(plain_row(one_line(text), figure) for text, figure in rows),
    )
    lines = to_text(table, screen=Screen(columns)).splitlines()
    longest_word = max(width(word) for text, _ in rows for word in ["words", *text.split()])
    longest_figure = max(width(figure) for _, figure in [("", "figures"), *rows])
    assert {width(line) for line in lines} == {width(lines[0])}
    assert width(lines[0]) <= max(columns, longest_word + 2 + longest_figure)
    text = "\n".join(lines)
    assert all(figure in text for _, figure in rows)
    left = width(lines[0]) - longest_figure
    shown = re.findall(
        r"[ab漢]+", "\n".join(line[: len(line) - longest_figure] for line in lines[1:])
    )
    assert left > 0
    assert sorted(shown) == sorted(word for text, _ in rows for word in text.split())


@given(st.text("ab 漢c", max_size=60), st.integers(2, 20))
def test_a_paragraph_keeps_its_words(text: str, columns: int) -> None:
    lines = to_text(Table(notes=(Note(text),)), screen=Screen(columns)).split("\n")[:-1]
    assert all(width(line.rstrip()) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("name", ["comparison.html", "fragment.html", "network.html", "page.html"])
def test_no_template_turns_escaping_off(name: str) -> None:
    """Markup comes from `render` alone: a filter `safe` could let a text be markup."""
    loader = environment().loader
    assert loader is not None
    source, _, _ = loader.get_source(environment(), name)
    assert not re.search(r"\|\s*safe|autoescape", source)
