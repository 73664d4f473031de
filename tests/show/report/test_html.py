"""The page: what it shows, that it stands alone, and that no spec can write markup into it."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.analysis.figures import HeadFigures, RowFigures
from archc.cli import main
from archc.library import spec_names
from archc.ops import OPS
from archc.ops.family import Family
from archc.show.html import environment
from archc.show.report import Report
from archc.show.report.columns import ReportMeasures
from archc.show.report.figures import ReportRow
from archc.show.report.page import Drawings, comparison_page, report_page, reports_page
from archc.show.report.tables import network_totals

VOID = ("meta", "input", "rect", "path", "polygon", "polyline", "ellipse")
MOST_BYTES = 150_000  # of GoogLeNet's page without figures
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

    @property
    def spoken(self) -> str:
        """The same with each element's words apart."""
        return " ".join(" ".join(self.words).split())


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
    for row in report.rows:
        assert f'class="pick">{row.printed}</a>' in drawn
    told = page.attributes("data-of")
    assert len(told) == len(report.rows) + 2
    assert page.attributes("class").count("drawing") == 12
    assert set(told) <= set(page.attributes("id"))
    boxes = [found for _, found in page.elements if found.get("class") == "box pick"]
    assert [found["href"] for found in boxes if "id" in found] == [f"#{each}" for each in told[:-2]]


def test_what_is_known_of_a_row(report: Report) -> None:
    card = card_of(report_page(report), "row-inception-4c")
    for text in (
        "inception inception_4c googlenet.yaml:26",
        "params 510,104 7.3%", "weights 509,440", "multiply-adds 99,850,240 6.3%",
        "output size 14×14×512", "receptive field 299×299", "seen 224×224", "jump 16×16",
        "params 463K 497.5K ✗ erratum", "ops 100M 99.85M = exact", "#3×3 reduce 128",
        "convolution ×6, relu ×6, max pool, concat", "Figure 2(b)",
        "463K at 14×14 would be 93M operations",
    ):  # fmt: skip
        assert text in card


def test_what_is_known_of_a_head(report: Report) -> None:
    card = card_of(report_page(report), "head-aux1")
    assert "after inception_4a loss weight 0.3 output size 1000 params 3,188,840" in card


def card_of(page: str, of: str) -> str:
    """The words of a row's or head's card."""
    start = page.index(f'data-of="{of}"')
    text = re.sub(
        r"<[^>]*>", " ", page[page.index(">", start) + 1 : page.index("</article>", start)]
    )
    return " ".join(unescape(text).split())


def test_a_page_is_small(report: Report) -> None:
    assert len(report_page(report).encode()) < MOST_BYTES


def test_every_mark_says_its_meaning_and_every_erratum_leads_to_its_note(report: Report) -> None:
    page = Page(report.to_html())
    verdicts = report.verdicts()
    for verdict, word in {"exact": "exact", "rounding": "off by rounding"}.items():
        marks = [
            found
            for _, found in page.elements
            if found.get("class") == verdict and found.get("role") == "img"
        ]
        assert len(marks) == verdicts[verdict]
        assert {found["aria-label"] for found in marks} == {word}
        assert all(found["title"] for found in marks)
    links = [found for _, found in page.elements if found.get("class") == "erratum"]
    links = [found for found in links if "href" in found]
    assert len(links) == verdicts["erratum"]
    assert links[0]["title"] == (
        "The paper prints 2.7K, computed is 9.188K: erratum (both printed figures are those "
        "of a depthwise-separable convolution with multiplier 8)"
    )
    ids = page.attributes("id")
    notes = {f"#{each}" for each in ids if each.startswith("note-")}
    assert {found["href"] for found in links} == notes
    assert len(notes) == 7


def test_bars_are_as_long_as_their_numbers(report: Report) -> None:
    """In the boxes, and once more in the table."""
    page = Page(report.to_html())
    rows = [row.figures for row in report.rows]
    memory = ReportMeasures(report)
    made = [memory.activations(each) for each in memory.lines("row")]
    for name, counts in (
        ("by-params", [row.weights for row in rows]),
        ("by-macs", [row.macs for row in rows]),
        ("by-memory", made),
    ):
        found = [
            float(each["width"] or 0)
            for kind, each in page.elements
            if kind == "rect" and each["class"] == name
        ]
        wanted = [100 * each / max(counts) for each in counts]
        assert found == pytest.approx(2 * wanted, abs=0.01)


def test_the_page_stands_alone(drawn: str) -> None:
    page = Page(drawn)
    names = {name for name, _ in page.elements}
    assert not names & {"link", "img", "iframe", "object", "base", "form", "use", "template"}
    assert [name for name, _ in page.elements].count("script") == 1
    keys = {key for _, found in page.elements for key in found}
    assert not [
        key for key in keys if key.startswith("on") or key in ("src", "style", "xlink:href")
    ]
    assert all(target.startswith("#") for target in page.attributes("href"))
    assert "url(" not in drawn
    assert "@import" not in drawn


def test_the_policy_knows_the_style_and_the_script_by_their_hashes(drawn: str) -> None:
    assert Page(drawn).attributes("content")[0] == (
        f"default-src 'none'; style-src {digest(drawn, 'style')}; "
        f"script-src {digest(drawn, 'script')}; base-uri 'none'; form-action 'none'"
    )


def test_a_comparison_has_no_script(report: Report) -> None:
    page = comparison_page([network_totals("googlenet", report)])
    assert "script" not in page
    assert Page(page).attributes("content")[0] == (
        f"default-src 'none'; style-src {digest(page, 'style')}; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(page: str, element: str) -> str:
    found = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
    assert found is not None
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"


def test_the_script_makes_no_markup_of_texts() -> None:
    script = files("archc.show").joinpath("templates", "explorer.js").read_text(encoding="utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function"):
        assert word not in script
    for word in ("fetch", "XMLHttpRequest", "import", "localStorage", "cookie"):
        assert not re.search(rf"\b{word}\b", script)


def test_every_family_of_operations_has_a_word_and_a_colour() -> None:
    file = files("archc.show").joinpath("templates", "explorer.css")
    style = file.read_text(encoding="utf-8")
    for kind in {Family.MODULE, *(op.family for op in OPS)}:
        assert f":is(.card, .kind).{kind.css} {{ --kind: var(--{kind.css}); }}" in style
        assert f"--{kind.css}: #" in style


def renamed(report: Report, text: str) -> Report:
    """The report with every text that a spec may choose replaced."""

    def row(each: ReportRow) -> ReportRow:
        old = each.figures.row
        new = replace(old, printed=text, cells={"patch": text, "remark": text}, note=text)
        published = {
            key: cell._replace(printed=text, note=text) for key, cell in each.published.items()
        }
        figures = RowFigures(new, each.figures.cost)
        return each._replace(figures=figures, published=published)

    heads = tuple(
        HeadFigures(replace(each.head, name=text, after=text), each.cost)
        for each in report.figures.heads
    )
    return replace(
        report,
        network=replace(report.network, name=text, source=text, notes=(text,)),
        figures=report.figures._replace(heads=heads),
        rows=tuple(row(each) for each in report.rows),
        published={k: c._replace(printed=text, note=text) for k, c in report.published.items()},
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
    template = environment().from_string('<p title="{{ text }}">{{ text }}</p>')
    page = Page(template.render(text=text))
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
    page = report_page(report, Drawings({"inception_3a": svg.encode()}))
    assert page.count('<div class="drawing"') == 1
    drawing = page[page.index('<div class="drawing"') :]
    assert drawing.partition(">")[2].startswith(
        '<svg width="9pt" role="img" aria-label="Inside inception (3a)">'
        '<g class="node"><text x="1">a &lt;b&gt; &amp; c</text></g></svg></div>'
    )
    before = page[: page.index('<div class="drawing"')]
    assert before.endswith(
        '<span class="away">Inside inception (3a)</span></summary>\n'
        '<p class="about">Figure 2(b), Inception module with dimension reductions</p>\n'
    )


def test_a_drawing_says_which_use_it_is_of() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    for spec, row, said in (("resnet50", "conv3_x", 1), ("inception_v4", "inception_a", 0)):
        page = report_page(archc.load(spec).report(), Drawings({row: svg}))
        assert page.count('<p class="about">Drawn is the first of 4; others differ.</p>') == said


@pytest.mark.parametrize(("word", "rows"), [("5x5", 11), ("1x1", 14), ("#5x5", 9)])
def test_the_search_looks_inside_modules(report: Report, word: str, rows: int) -> None:
    words = Page(report_page(report)).attributes("data-words")
    assert sum(word in each for each in words) == rows
    assert all(len(each.split()) == len(set(each.split())) for each in words)


def test_a_module_without_a_drawing_is_a_list() -> None:
    page = Page(archc.load("resnet50").report().to_html())
    assert (
        "Inside conv2_x Figure 5 (right), a bottleneck block, its shortcut projected where the "
        "widths differ bottleneck residual convolution 1×1, 64 filters → batch norm → relu"
    ) in page.spoken
    assert "shortcut (unchanged)" in page.spoken


@pytest.mark.parametrize(
    ("spec", "title"), [("resnet50", "conv2_x ×3"), ("inception_v4", "4×Inception-A")]
)
def test_repeats_are_told_once(spec: str, title: str) -> None:
    page = archc.load(spec).report().to_html()
    assert f"<h3>{title}</h3>" in page
    pills = re.findall(r'class="name">[^<]*</span><span class="times">(.*?)<', page)
    assert pills == (["×3", "×4", "×6", "×3"] if spec == "resnet50" else [])


def test_the_page_says_why_modules_are_not_drawn(report: Report) -> None:
    page = Page(report_page(report, Drawings(missing="no dot")))
    assert "Modules are listed, not drawn: no dot." in page.text


SKIPS = """
network: skips
input: 8×8×4
defaults: {convolution: {padding: same}}
columns: [type, patch size/stride, filters]
rows:
  - [convolution, 3×3/1, 4, {name: a}]
  - [convolution, 3×3/1, 4, {name: b}]
  - [convolution, 3×3/1, 4, {name: c}]
  - [add, ~, ~, {from: [c, a], name: d}]
  - [convolution, 3×3/1, 4, {from: input, name: e}]
  - [concat, ~, ~, {from: [d, e, b]}]
"""


def test_rows_that_read_others_link_to_them(tmp_path: Path) -> None:
    file = tmp_path / "skips.yaml"
    file.write_text(SKIPS)
    page = Page(archc.load(file).report().to_html())
    links = [found for _, found in page.elements if (found.get("class") or "").startswith("from")]
    assert [(found["href"], found["data-from"], found["data-lane"]) for found in links] == [
        ("#row-a", "box-a", "0"),
        ("#start-1", "start-1", "1"),
        ("#row-d", "box-d", "0"),
        ("#row-b", "box-b", "2"),
    ]
    assert "takes convolution (a) 8×8×4" in page.spoken
    assert "column lanes-3" in page.attributes("class")
    edges = [each for each in page.attributes("class") if each.startswith("edge")]
    assert edges == ["edge", "edge", "edge", "edge", "edge none", "edge", "edge"]


def test_ids_are_plain_and_differ(tmp_path: Path) -> None:
    names = ["x y", "x-y", "X_Y", "漢字", "4", "x-y-2"]
    rows = "".join(f"  - {{type: relu, name: {name!r}}}\n" for name in names)
    file = tmp_path / "ids.yaml"
    file.write_text(f"network: ids\ninput: 2×2×1\nrows:\n{rows}")
    page = Page(archc.load(file).report().to_html())
    found = [each for each in page.attributes("id") if each.startswith("row-")]
    assert found == ["row-x-y", "row-x-y-2", "row-x-y-3", "row-4", "row-4-5", "row-x-y-2-6"]
    assert len(set(page.attributes("id"))) == len(page.attributes("id"))


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
    assert "drawing" not in page.attributes("class")
    assert "convolution 1×1, 64 filters" in page.text


def test_several_networks_share_a_page() -> None:
    page = Page(run("report", "googlenet", "vgg", "--format", "html").stdout)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in page.attributes("href")} <= set(ids)
    assert {"network-1", "network-2"} <= set(ids)
    assert {"row-1-inception-3a", "row-2-conv-1"} <= set(ids)
    assert len([each for each in page.attributes("class") if each == "diagram"]) == 2
    assert [name for name, _ in page.elements].count("h1") == 1


def test_hostile_names_in_a_comparison() -> None:
    report = archc.load("squeezenet1_1").report()

    def shape(text: str) -> list[str]:
        renamed_report = renamed(report, text)
        lines = [network_totals(text, renamed_report)]
        whole = reports_page(lines, [renamed_report], [Drawings(missing=text)])
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


def test_the_caption_says_what_stands_there() -> None:
    beside = "computed figures beside the printed ones"
    assert beside in archc.load("googlenet").report().to_html()
    assert beside not in archc.load("vgg").report().to_html()
