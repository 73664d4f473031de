"""Drawing DOT text: the route through pip-installed packages, and the system's."""

import os
import sys
from importlib import import_module
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from archc.show.diagram.render import Format, RenderError, render

MODULE = import_module("archc.show.diagram.render")
SVG = "{http://www.w3.org/2000/svg}"
FONT = "Helvetica"
FONTS = ["Helvetica", "Arial", "Helvetica,Arial,sans-serif"]
GRAPH = f"""
digraph net {{
    graph [fontname="{FONT}"]
    node [shape=box, fontname="{FONT}", style=filled, fillcolor="#dde8f7"]
    subgraph cluster_3a {{
        label="inception (3a) → 28×28×256"
        reduce [label="Convolution\\n1×1+1(S)"]
        conv [label="Convolution\\n3×3+1(S)"]
    }}
    reduce -> conv -> concat
    concat [label="DepthConcat"]
}}
"""
NOT_DOT = "digraph net { a -> }"


@pytest.fixture
def without_system_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide any `dot` program, so that the packages draw."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def with_system_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a `dot` program on the path that a test can write."""
    if os.name != "posix":
        pytest.skip("the stand-in is a shell script")
    program = tmp_path / "dot"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    return program


def picture(dot: str) -> Image.Image:
    """Draw a png and read it back, on white, in shades of grey."""
    drawn = Image.open(BytesIO(render(dot, "png"))).convert("RGBA")
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("L")


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """Give the box around everything darker than a light grey."""
    box = image.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None, "the picture is blank"
    return box


@pytest.mark.usefixtures("without_system_graphviz")
class TestWithPackages:
    def test_svg_is_xml_with_every_label(self) -> None:
        root = ElementTree.fromstring(render(GRAPH, "svg"))
        assert root.tag == f"{SVG}svg"
        labels = [element.text for element in root.iter(f"{SVG}text")]
        assert sorted(labels, key=str) == [
            "1×1+1(S)",
            "3×3+1(S)",
            "Convolution",
            "Convolution",
            "DepthConcat",
            "inception (3a) → 28×28×256",
        ]

    def test_png_shows_text(self) -> None:
        assert render(GRAPH, "png").startswith(b"\x89PNG\r\n\x1a\n")
        left, top, right, bottom = inked(
            picture(f'digraph {{ a [shape=plain, fontname="{FONT}", label="7×7/2"] }}')
        )
        assert right - left > 60
        assert bottom - top > 20

    @pytest.mark.parametrize("character", "×→·—βЖ")
    def test_the_font_has_what_labels_hold(self, character: str) -> None:
        label = f'digraph {{ a [shape=plain, fontname="{FONT}", label="%s"] }}'
        assert picture(label % character) != picture(label % " ")
        assert picture(label % character) != picture(label % "\u0378")  # in no font

    @pytest.mark.parametrize("words", ["MaxPool 3×3/2 WWWW", "illicit fillings"])
    @pytest.mark.parametrize("font", FONTS)
    def test_a_label_fits_its_box(self, words: str, font: str) -> None:
        label = " ".join([words] * 4)
        node = f'graph [pad=2]; a [margin=0, fontname="{font}", label="{label}", %s]'
        text = inked(picture(f"digraph {{ {node % 'shape=plain'} }}"))
        box = inked(picture(f"digraph {{ {node % 'shape=box, fontcolor=white'} }}"))
        assert box[0] <= text[0] < text[2] <= box[2]

    def test_pdf_is_one(self) -> None:
        content = render(GRAPH, "pdf")
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")

    @pytest.mark.parametrize("format", ["svg", "png", "pdf"])
    def test_the_same_text_gives_the_same_bytes(self, format: Format) -> None:
        assert render(GRAPH, format) == render(GRAPH, format)

    @pytest.mark.parametrize("text", [NOT_DOT, "", "graph { a -> b }"])
    def test_text_that_is_not_dot_is_refused(self, text: str) -> None:
        with pytest.raises(RenderError, match="could not draw the graph: Failed"):
            render(text, "svg")

    def test_a_failure_leaves_the_next_drawing_alone(self) -> None:
        before = render(GRAPH, "svg")
        with pytest.raises(RenderError):
            render(NOT_DOT, "svg")
        assert render(GRAPH, "svg") == before

    def test_an_html_label_is_refused(self) -> None:
        with pytest.raises(RenderError, match="HTML-like labels"):
            render("digraph { a [label = <<b>bold</b>>] }", "svg")

    def test_an_angle_bracket_in_a_string_is_no_html_label(self) -> None:
        render(r'digraph { a [label="\"x\" =<y>"] /* label=<no> */ }', "svg")

    def test_letters_that_a_pdf_would_lack_are_refused(self) -> None:
        text = 'digraph { a [label="\u88dc\u52a9 &amp; \u00d7"] }'
        with pytest.raises(RenderError, match="has no letters for \u52a9\u88dc: write an svg"):
            render(text, "pdf")
        assert render(text, "svg")

    @pytest.mark.parametrize("format", ["svg", "png", "pdf"])
    def test_characters_outside_xml_are_replaced(self, format: Format) -> None:
        label = 'digraph { a [label="x%s"] }'
        assert render(label % "\x01", format) == render(label % "\ufffd", format)
        assert render(label % "\ud800", format) == render(label % "\ufffd", format)

    def test_a_large_graph_is_drawn(self) -> None:
        edges = "".join(f"n{node} -> n{node + 1};" for node in range(2999))
        svg = render(f"digraph {{ {edges} }}", "svg")
        assert svg.count(b'class="node"') == 3000

    def test_a_png_too_large_to_open_is_refused(self) -> None:
        edges = "".join(f"n{node} -> n{node + 1};" for node in range(1500))
        with pytest.raises(RenderError, match=r"a png of .* pixels is too large"):
            render(f"digraph {{ {edges} }}", "png")

    def test_the_layout_has_a_time_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        render(GRAPH, "svg")  # compiles Graphviz, which the limit is not for
        monkeypatch.setattr(MODULE, "TIME_LIMIT", 0.05)
        dense = "".join(f"n{a} -> n{b};" for b in range(40) for a in range(b))
        with pytest.raises(RenderError, match=r"longer than 0\.05 seconds"):
            render(f"digraph {{ {dense} }}", "svg")
        monkeypatch.undo()
        assert render(GRAPH, "svg")

    @pytest.mark.parametrize(
        ("format", "package"),
        [("svg", "wasmtime"), ("png", "resvg_py"), ("pdf", "svglib.svglib")],
    )
    def test_a_missing_package_says_how_to_get_it(
        self, monkeypatch: pytest.MonkeyPatch, format: Format, package: str
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(RenderError, match=r"pip install \"archc\[diagram\]\""):
            render(GRAPH, format)


class TestWithSystemGraphviz:
    def test_the_program_draws(self, with_system_graphviz: Path) -> None:
        with_system_graphviz.write_text('#!/bin/sh\necho "$@"; cat\n')
        assert render(GRAPH, "svg").decode() == f"-Tsvg\n{GRAPH}"
        assert render(GRAPH, "png").decode() == f"-Tpng -Gdpi=192\n{GRAPH}"

    def test_what_it_complains_about_is_told(self, with_system_graphviz: Path) -> None:
        with_system_graphviz.write_text("#!/bin/sh\necho 'syntax error' >&2; exit 1\n")
        with pytest.raises(RenderError, match="could not draw the graph: syntax error"):
            render(NOT_DOT, "svg")

    def test_it_has_a_time_limit(
        self, with_system_graphviz: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_system_graphviz.write_text("#!/bin/sh\nexec sleep 60\n")
        monkeypatch.setattr(MODULE, "TIME_LIMIT", 0.1)
        with pytest.raises(RenderError, match=r"longer than 0\.1 seconds"):
            render(GRAPH, "svg")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(RenderError, match="cannot draw 'gif'"):
        render(GRAPH, "gif")  # type: ignore[arg-type]
