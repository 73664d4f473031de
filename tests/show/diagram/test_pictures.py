"""Every bundled network as a picture, with and without a ``dot`` program; what is in it."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

import archc
from archc import ir
from archc.show.diagram import draw, draw_part, find_part, to_dot
from archc.show.diagram.draw import DrawingLevel, Measure
from archc.show.diagram.drawing import Drawing, boxes
from archc.show.diagram.render import Format, RenderError, render
from archc.show.diagram.style import Theme, with_dark_colors
from tests.show.diagram.networks import ALL, FIGURES, graph

MODULE = import_module("archc.show.diagram.render")
SVG = "{http://www.w3.org/2000/svg}"
ROUTES = [
    "packages",
    pytest.param(
        "system", marks=pytest.mark.skipif(shutil.which("dot") is None, reason="has no dot program")
    ),
]
LARGE = ("googlenet", "inception_resnet_v2", "densenet121")
"""Networks that are drawn operation by operation as png too, which takes a second or two."""


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What draws: the packages, or the system's Graphviz."""
    found: str = request.param
    monkeypatch.setattr(MODULE, "_has_system_graphviz", lambda: found == "system")
    return found


def written(svg: bytes) -> dict[str, list[str]]:
    """The lines in each box by its id; under an arrow's title, its label."""
    found = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("class") not in ("graph", None):
            title = group.findtext(f"{SVG}title", "")
            found[group.get("id") if "edge" not in str(group.get("class")) else title] = [
                _spaced(text.text or "") for text in group.iter(f"{SVG}text")
            ]
    return {str(name): lines for name, lines in found.items()}


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ").strip()


def solid(text: str) -> str:
    """A text without the places where it may be broken."""
    return re.sub(r"\s", "", text)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("name", ALL)
def test_names_and_sizes_of_rows(name: str) -> None:
    """Each row's name stands in one box, each tensor's size on one arrow."""
    network = graph(name)
    found = written(render(to_dot(draw(network)), "svg"))
    rows = [lines for box, lines in found.items() if box.startswith("row-") and "->" not in box]
    said = Counter(
        next((row.printed for row in network.rows if solid("".join(lines)) == _label(row)), "")
        for lines in rows
    )
    assert said == Counter(row.printed for row in network.rows)
    sizes = [line for box, lines in found.items() if "->" in box for line in lines]
    shapes = [network.input.shape, *(row.output.shape for row in network.rows)]
    assert Counter(sizes) == Counter(_size(shape) for shape in shapes)


def _label(row: ir.Row) -> str:
    repeat, printed = row.repeat, row.printed
    patch = row.cells.get("patch") or ""
    times = f"{repeat}×" if repeat > 1 and not printed.startswith(str(repeat)) else ""
    given = f"{row.name}: " if row.name in ("hidden", "classifier") else ""
    return solid(f"{given}{times}{printed}{patch}")


def _size(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return str(shape[0])
    channels, height, width = shape
    return f"{height}×{width}×{channels}"


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("level", ["modules", "ops"])
@pytest.mark.parametrize("name", ALL)
def test_boxes_and_arrows_are_drawn(name: str, level: DrawingLevel) -> None:
    """Each box has its lines in its own element; there are as many arrows as in the drawing."""
    check(draw(graph(name), level))


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("name", FIGURES.values(), ids=FIGURES)
def test_figures(name: tuple[str, str]) -> None:
    network = graph(name[0])
    check(draw_part(network, find_part(network, name[1])))


def check(drawing: Drawing) -> None:
    """The svg has the drawing's boxes with their lines, and its arrows."""
    svg = render(to_dot(drawing), "svg")
    found = written(svg)
    for box in boxes(drawing.parts):
        assert found[box.name] == [line.strip() for line in box.lines]
    assert svg.count(b'class="edge"') == len(drawing.arrows)
    assert found.keys() >= {box.name for box in (drawing.key.boxes if drawing.key else ())}


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize(
    ("name", "level"),
    [*((name, "rows") for name in ALL), *((name, "modules") for name in LARGE)]
    + [(name, "ops") for name in LARGE[1:]],
)
def test_png(name: str, level: DrawingLevel) -> None:
    """No picture is blank, and none is scaled down so much that it cannot be read."""
    dot = to_dot(draw(graph(name), level), "light")
    image = Image.open(BytesIO(render(dot, "png")))
    width, height = size(render(dot, "svg"))
    assert image.width / width > 0.75
    assert image.height / height > 0.75
    assert len(image.convert("L").getcolors() or []) > 10


@pytest.mark.usefixtures("route")
def test_a_png_that_nobody_could_read_is_refused() -> None:
    dot = "digraph { " + " -> ".join(f"n{index}" for index in range(1000)) + " }"
    with pytest.raises(RenderError, match=r"a png of .* is too large: write an svg or a pdf"):
        render(dot, "png")


def size(svg: bytes) -> tuple[float, float]:
    """Width and height in points."""
    root = ElementTree.fromstring(svg)
    width, height = (float(str(root.get(side))[: -len("pt")]) for side in ("width", "height"))
    return width, height


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
@pytest.mark.parametrize(
    ("level", "by", "up", "theme"),
    [
        ("rows", None, True, "light"),
        ("rows", "macs", False, "auto"),
        ("modules", "memory", True, "dark"),
        ("modules", "params", False, "dark"),
    ],
)
def test_every_option(
    level: DrawingLevel, by: Measure | None, up: bool, theme: Theme, format: Format
) -> None:
    dot = to_dot(draw(graph("googlenet"), level, by, up), theme)
    assert len(render(dot, format)) > 10_000


@pytest.mark.usefixtures("route")
def test_the_pdf_of_a_huge_drawing_is_a_page() -> None:
    picture = render(to_dot(draw(graph("inception_resnet_v2"), "ops"), "light"), "pdf")
    found = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", picture)
    if found:  # a system's Graphviz may compress it
        assert max(map(float, found.groups())) <= 14_401


# Places


@pytest.mark.usefixtures("route")
def test_heads_are_right_of_their_rows_and_level_with_them() -> None:
    places = centres(render(to_dot(draw(graph("googlenet"))), "svg"))
    for head, row in (("head-aux1", "row-inception_4a"), ("head-aux2", "row-inception_4d")):
        assert places[head][0] > places[row][0]
        assert places[head][1] == pytest.approx(places[row][1], abs=1)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("up", [False, True])
def test_several_heads_of_a_row_are_in_order(tmp_path: Path, up: bool) -> None:
    path = tmp_path / "heads.yaml"
    path.write_text(
        "network: H\ninput: 64×64×3\nclasses: 10\nrows:\n  - {type: conv, patch: 3×3, filters: 8}\n"
        "heads:\n"
        + "".join(f"  h{at}: {{after: conv, module: auxiliary classifier}}\n" for at in range(4))
    )
    places = centres(render(to_dot(draw(archc.load(path).graph, up=up)), "svg"))
    row, *heads = (places[name] for name in ("row-conv", *(f"head-h{at}" for at in range(4))))
    assert [x for x, _ in heads] == sorted(x for x, _ in heads)
    assert all(x > row[0] and y == pytest.approx(row[1], abs=1) for x, y in heads)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("up", [False, True])
def test_the_rows_are_a_straight_line(up: bool) -> None:
    places = centres(render(to_dot(draw(graph("googlenet"), up=up)), "svg"))
    rows = [place for name, place in places.items() if name.startswith("row-")]
    assert max(x for x, _ in rows) - min(x for x, _ in rows) < 1
    heights = [y for _, y in rows]
    assert heights == sorted(heights, reverse=up)


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("level", ["rows", "modules"])
def test_the_legend_is_before_the_input(level: DrawingLevel, up: bool) -> None:
    drawing = draw(graph("googlenet"), level, up=up)
    places = centres(render(to_dot(drawing), "svg"))
    assert drawing.key is not None
    keys = [places[box.name] for box in drawing.key.boxes]
    assert keys == sorted(keys, key=lambda place: (round(place[1]), place[0]))
    y = places["input"][1]
    assert all(place[1] > y if up else place[1] < y for place in keys)
    assert len({round(place[1]) for place in keys}) == 2


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("up", [False, True])
def test_the_legends_title_is_above_it(up: bool) -> None:
    network = graph("googlenet")
    part = find_part(network, "inception_3a")
    for drawing in (draw(network, by="macs", up=up), draw_part(network, part, by="macs", up=up)):
        svg = render(to_dot(drawing), "svg")
        texts = [
            each for each in ElementTree.fromstring(svg).iter(f"{SVG}text")
            if "in all" in (each.text or "")
        ]  # fmt: skip
        assert float(str(texts[0].get("y"))) < centres(svg)["key-0.0"][1]


@pytest.mark.usefixtures("route")
def test_nothing_overlaps() -> None:
    for name in ("googlenet", "inception_v3", "resnet50"):
        found = list(outlines(render(to_dot(draw(graph(name), "modules")), "svg")))
        for number, (one, *mine) in enumerate(found):
            for other, *its in found[:number]:
                apart = mine[2] < its[0] or its[2] < mine[0] or mine[3] < its[1] or its[3] < mine[1]
                assert apart, (one, other)


def outlines(svg: bytes) -> Iterator[tuple[str, float, float, float, float]]:
    """What each box and the frames of heads take up."""
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        is_box = str(group.get("class")).startswith("node")
        if path is None or not is_box:
            continue
        numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", str(path.get("d")))]
        x, y = numbers[::2], numbers[1::2]
        yield str(group.get("id")), min(x), min(y), max(x), max(y)


def centres(svg: bytes) -> dict[str, tuple[float, float]]:
    """The middle of each box."""
    return {
        name: ((left + right) / 2, (top + bottom) / 2)
        for name, left, top, right, bottom in outlines(svg)
    }


@pytest.mark.usefixtures("route")
@pytest.mark.parametrize("name", ["googlenet", "inception_v3", "inception_resnet_v2"])
def test_a_heads_frame_is_apart_from_the_modules(name: str) -> None:
    """With room between them, so that two frames are not one line."""
    svg = render(to_dot(draw(graph(name), "modules")), "svg")
    frames = dict(clusters(svg))
    for head in (each for each in frames if each.startswith("head-")):
        left, top, right, bottom = frames[head]
        for other, its in frames.items():
            if other == head:
                continue
            beside = top < its[3] and its[1] < bottom
            assert not beside or its[2] + 4 < left or right + 4 < its[0]


def clusters(svg: bytes) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """What each frame takes up."""
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        if path is not None and "frame" in str(group.get("class")):
            numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", str(path.get("d")))]
            x, y = numbers[::2], numbers[1::2]
            yield str(group.get("id")), (min(x), min(y), max(x), max(y))


# Dark pages


@pytest.mark.usefixtures("route")
def test_the_dark_style_is_for_what_is_there() -> None:
    svg = with_dark_colors(render(to_dot(draw(graph("googlenet"), "modules")), "svg"))
    root = ElementTree.fromstring(svg)
    style = root.findtext(f"{SVG}style", "")
    assert style.startswith("@media (prefers-color-scheme: dark)")
    classes = {each.get("class") for each in root.iter(f"{SVG}g")}
    for name in ("convolution", "max-pool", "join", "norm"):
        assert f".node.{name} path" in style
        assert f"node {name}" in classes
    assert "cluster frame" in classes
    texts = [line.partition("{")[0].strip() for line in style.splitlines() if " text" in line]
    assert texts == [".graph > text, .cluster text, .node:not(.shaded) text", ".edge text"]
    shapes = {each.tag.removeprefix(SVG) for each in root.iter() if each.get("fill") == "#f6f8fa"}
    assert shapes == {"path"}, "what the style colours are paths"
