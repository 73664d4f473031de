"""The page: what it shows, that it stands alone, and that no spec can write markup into it."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.cli import main
from archc.library import spec_names
from archc.report import Report
from archc.report.comparison import line
from archc.report.html import Figure, comparison_page, report_page, reports_page
from archc.report.html.markup import tag
from archc.report.table import ReportRow

VOID = ("meta", "rect", "path", "polygon", "polyline", "ellipse")
HOSTILE = "</title></style>\"'><script>alert(1)</script>\n&lt;<!-- \u202eevil\u2066 ]]>\x00\ud800"


class Page(HTMLParser):
    """A page taken apart: its elements in order with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.shape: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.shape.append(f"<{tag} {' '.join(key for key, _ in attrs)}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.shape.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.shape.append("comment")

    def attributes(self, key: str) -> list[str]:
        return [value for _, found in self.elements if (value := found.get(key)) is not None]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(scope="module")
def report() -> Report:
    return archc.load("googlenet").report()


@pytest.fixture(scope="module")
def drawn() -> str:
    """GoogLeNet's page as the command writes it, with its diagram."""
    return run("report", "googlenet", "--format", "html").stdout


def test_golden_without_the_diagram(report: Report, golden: Callable[[str, str], None]) -> None:
    golden("reports/googlenet.html", report.to_html())


def test_all_of_the_report_is_on_the_page(report: Report, drawn: str) -> None:
    page = Page(drawn)
    assert not page.open
    for text in ("Going Deeper with Convolutions", "both printed figures fit 928", "K = 1,024"):
        assert text in page.text
    for row in report.listed:
        assert f'<th scope="row">{row.printed}</th>' in drawn
    assert page.attributes("aria-label").count("Diagram of GoogLeNet, one box per row") == 1


def test_every_mark_says_its_meaning_and_every_erratum_leads_to_its_note(report: Report) -> None:
    page = Page(report.to_html())
    verdicts = report.verdicts()
    for verdict, word in {"exact": "exact", "rounding": "off by rounding"}.items():
        marks = [found for _, found in page.elements if found.get("class") == verdict]
        assert len(marks) == verdicts[verdict]
        assert {found["aria-label"] for found in marks} == {word}
        assert all(found["title"] for found in marks)
    links = [found for name, found in page.elements if name == "a"]
    assert len(links) == verdicts["erratum"]
    assert links[0]["title"] == (
        "The paper prints 2.7K, computed is 9.188K: erratum (both printed figures are those "
        "of a depthwise-separable convolution with multiplier 8)"
    )
    notes = {f"#{found['id']}" for name, found in page.elements if name == "li" and "id" in found}
    assert {found["href"] for found in links} == notes
    assert len(notes) == 7


def test_bars_are_as_long_as_their_numbers(report: Report) -> None:
    page = Page(report.to_html())
    lengths = [float(found["width"] or 0) for name, found in page.elements if name == "rect"]
    rows = [row.figures for row in report.rows if row.figures.macs]
    for counts, found in (
        ([row.weights for row in rows], lengths[0::2]),
        ([row.macs for row in rows], lengths[1::2]),
    ):
        assert found == pytest.approx([100 * each / max(counts) for each in counts], abs=0.01)


def test_the_page_stands_alone(drawn: str) -> None:
    page = Page(drawn)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "base", "form", "use"}
    keys = {key for _, found in page.elements for key in found}
    assert not [
        key for key in keys if key.startswith("on") or key in ("src", "style", "xlink:href")
    ]
    assert all(target.startswith("#") for target in page.attributes("href"))
    assert "url(" not in drawn
    assert "@import" not in drawn


def test_the_policy_knows_the_style_by_its_hash(drawn: str) -> None:
    style = re.search(r"<style>(.*?)</style>", drawn, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = Page(drawn).attributes("content")[0]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def renamed(report: Report, text: str) -> Report:
    """The report with every text that a spec may choose replaced."""

    def row(each: ReportRow) -> ReportRow:
        old = each.figures.row
        new = replace(old, printed=text, cells={"patch": text, "remark": text}, note=text)
        published = {
            key: replace(cell, printed=text, note=text) for key, cell in each.published.items()
        }
        return replace(each, figures=replace(each.figures, row=new), published=published)

    heads = tuple(
        replace(each, head=replace(each.head, name=text, after=text))
        for each in report.figures.heads
    )
    return replace(
        report,
        network=replace(report.network, name=text, source=text, notes=(text,)),
        figures=replace(report.figures, heads=heads),
        rows=tuple(row(each) for each in report.rows),
        published={k: replace(c, printed=text, note=text) for k, c in report.published.items()},
    )


def first_difference(found: list[str], wanted: list[str]) -> tuple[str | None, ...] | None:
    """Where two shapes part: pytest's own comparison of such long lists takes minutes."""
    return next((pair for pair in zip_longest(found, wanted) if pair[0] != pair[1]), None)


def test_no_text_of_a_spec_becomes_markup(report: Report) -> None:
    hostile, harmless = (report_page(renamed(report, text)) for text in (HOSTILE, "harmless"))
    assert first_difference(Page(hostile).shape, Page(harmless).shape) is None
    assert "<script>alert(1)</script>" in Page(hostile).text  # shown, as text
    assert not set("\u202e\u2066\x00\ud800") & set(hostile)


@given(st.text())
def test_a_text_stays_a_text(text: str) -> None:
    page = Page(tag("p", text, title=text))
    assert page.shape == ["<p title>", "</p>"]
    shown = "".join(page.words)
    assert len(shown) == len(text)
    assert page.attributes("title") == [shown]
    assert all(a == b for a, b in zip(shown, text, strict=True) if b.isprintable())


def test_of_a_drawing_only_what_draws_is_taken(report: Report) -> None:
    svg = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"
        xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt" onload="x()" id="graph0">
        <!-- comment --><title>name</title><script>x()</script><style>p {}</style>
        <g class="node" style="fill: red"><a xlink:href="http://x"><text>in a link</text></a>
        <text x="1">a &lt;b&gt; &amp; c</text></g></svg>"""
    page = report_page(report, Figure(svg.encode()))
    drawing = page[page.index('<div class="drawing"') : page.index("</figure>")]
    assert drawing.partition(">")[2].startswith(
        '<svg width="9pt" role="img" aria-label="Diagram of GoogLeNet, one box per row">'
        '<g class="node"><text x="1">a &lt;b&gt; &amp; c</text></g></svg></div>'
    )


def test_without_the_diagram_extra_the_page_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    result = run("report", "googlenet", "--format", "html")
    assert result.exit_code == 0
    assert 'pip install "archc[diagram]"' in result.stderr
    page = Page(result.stdout)
    assert 'pip install "archc[diagram]"' in page.text
    assert "figure" not in {name for name, _ in page.elements}


def test_several_networks_share_a_page() -> None:
    page = Page(run("report", "googlenet", "vgg", "--format", "html").stdout)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in page.attributes("href")} <= set(ids)
    assert {"network-1", "network-2"} <= set(ids)
    assert [name for name, _ in page.elements].count("figure") == 2
    assert [name for name, _ in page.elements].count("h1") == 1


def test_hostile_names_in_a_comparison() -> None:
    report = archc.load("squeezenet1_1").report()

    def shape(text: str) -> list[str]:
        renamed_report = renamed(report, text)
        lines = [line(text, renamed_report)]
        whole = reports_page(lines, [renamed_report], [Figure(missing=text)])
        return Page(whole).shape + Page(comparison_page(lines)).shape

    assert first_difference(shape(HOSTILE), shape("harmless")) is None


def test_all_bundled_networks_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "all.html"
    assert run("report", "--format", "html", "-o", str(file)).stdout == ""
    text = file.read_text(encoding="utf-8")
    for name in spec_names():
        assert re.search(rf'<th scope="row">{name}( --variant [^<]*)?</th>', text)


@pytest.mark.parametrize("form", ["table", "json", "html", "latex"])
def test_a_file_holds_what_stdout_would(form: str, tmp_path: Path) -> None:
    file = tmp_path / "report"
    result = run("report", "squeezenet1_1", "--format", form, "-o", str(file))
    assert result.stdout == ""
    assert result.stderr == f"wrote {file}\n"
    assert file.read_text() == run("report", "squeezenet1_1", "--format", form).stdout
