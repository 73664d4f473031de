"""LaTeX: tables whose lines have as many cells as columns, and no text that is read as code."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.cli import main
from archc.library import spec_names
from archc.show.latex import escape
from archc.show.report.columns import COLUMNS

SPECIAL = "&%$#_{}~^\\\"`'-,[]*<>|×≈✗=−→·′ \n"
COMMANDS = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<",
    "textgreater": ">", "textbar": "|", "char34": '"', "textasciigrave": "`", "times": "×",
    "neq": "✗", "approx": "≈", "leq": "≤", "geq": "≥", "rightarrow": "→", "cdot": "·",
}  # fmt: skip
MATH = {"$-$": "−", "$'$": "′"}
TOKEN = re.compile(
    r"\\(?P<symbol>[&%$#_{}])|\\(?P<command>[a-z]+(?:34)?)\{\}|\$\\(?P<math>[a-z]+)\$"
    r"|(?P<sign>\$[-']\$)|\{(?P<braced>[\[\]*])\}|(?P<apart>\{\})|(?P<plain>[^\\${}&%#_~^])",
)


def read(tex: str) -> str:
    """The text that LaTeX would set; fails on anything that `escape` should not write."""
    found, at = [], 0
    while at < len(tex):
        token = TOKEN.match(tex, at)
        assert token is not None, tex[at:]
        at = token.end()
        command = token["command"] or token["math"]
        found.append(
            token["symbol"]
            or token["braced"]
            or token["plain"]
            or (COMMANDS[command] if command else "")
            or MATH.get(token["sign"] or "", "")
        )
    return "".join(found)


@given(st.text(st.sampled_from(SPECIAL) | st.characters(codec="ascii", exclude_categories=["C"])))
def test_a_text_is_set_as_it_is(text: str) -> None:
    assert read(escape(text)) == " ".join(text.split())


@given(st.text())
def test_any_text_is_one_line_without_code(text: str) -> None:
    tex = escape(text)
    read(tex)
    assert len(tex.splitlines()) <= 1


@given(st.text("-',`?!<>", min_size=2))
def test_no_two_characters_are_joined(text: str) -> None:
    assert not re.search(r"--|''|,,|<<|>>|[?!]`|``", escape(text))


def test_bidi_marks_and_surrogates_do_not_get_through() -> None:
    assert escape("a\u202eb\ud800c\x00") == "a?b?c?"


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden("reports/googlenet.tex", archc.load("googlenet").report().to_latex())


SOME = ["googlenet", "inception_v3", "vgg"]


@pytest.mark.parametrize(
    ("specs", "options"),
    [
        (SOME, []),
        ([], []),
        (SOME, ["--columns", ",".join(COLUMNS), "--level", "op"]),
        (SOME, ["--columns", "row"]),
    ],
    ids=["some", "all", "every column", "one column"],
)
def test_tables_are_well_formed(specs: list[str], options: list[str]) -> None:
    tex = CliRunner().invoke(main, ["report", *specs, *options, "--format", "latex"]).stdout
    assert tex.startswith("% needs \\usepackage{booktabs}")
    plain = re.sub(r"\\[\\&%$#_{}]", lambda at: "\n" if at[0] == "\\\\" else "", tex)
    assert plain.count("{") == plain.count("}")
    assert plain.count("$") % 2 == 0
    tables = re.findall(r"\\begin{tabular}{([lr]+)}(.*?)\\end{tabular}", plain, re.DOTALL)
    assert len(tables) == max(1, len(specs))
    for columns, body in tables:
        counts = {
            line.count("&") for line in body.splitlines() if "rule" not in line and line.strip()
        }
        assert counts == {len(columns) - 1}
        assert [body.count(f"\\{rule}") for rule in ("toprule", "bottomrule")] == [1, 1]
    assert len(re.findall(r"\\begin{", tex)) == len(re.findall(r"\\end{", tex))


def test_chosen_columns_are_those_of_markdown() -> None:
    """One table, whatever it is written in."""
    command = ["report", "googlenet", "--columns", "row,memory,field,params-share", "--format"]
    tex, markdown = (
        CliRunner().invoke(main, [*command, form]).stdout for form in ("latex", "markdown")
    )
    lines = [line.removesuffix(" \\\\") for line in tex.splitlines() if line.endswith(" \\\\")]
    wanted = [line[2:-2] for line in markdown.splitlines() if line.startswith("| ")]
    del wanted[1]  # the rule
    assert len(lines) == len(wanted)
    for line, other in zip(lines, wanted, strict=True):
        cells = [read(cell.strip()) for cell in line.split(" & ")]
        assert cells == [cell.strip().replace("**", "") for cell in other.split(" | ")]


def test_the_comparison_has_every_network() -> None:
    tex = CliRunner().invoke(main, ["report", "--format", "latex"]).stdout
    assert all(f"\n    {escape(name)} " in tex for name in spec_names())
