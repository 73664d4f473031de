"""What a drawing shows of the graph: every operation once, every arrow between two boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import archc
from archc import ir
from archc.ops.arrangement import Add
from archc.ops.convolution import SeparableConvolution
from archc.ops.family import Family
from archc.show.diagram import draw, draw_part, find_part
from archc.show.diagram.draw import LEVELS, DrawingLevel, Measure
from archc.show.diagram.drawing import Arrow, Box, Drawing, DrawnPart, Frame, boxes
from archc.show.diagram.labels import wrapped
from archc.show.report import make_report
from tests.show.diagram.networks import ALL, FIGURES, graph

TOTAL: dict[Measure, str] = {"params": "params", "macs": "macs"}


def names(parts: Iterable[DrawnPart]) -> Iterator[str]:
    """The names of all boxes and frames."""
    for part in parts:
        yield part.name
        if isinstance(part, Frame):
            yield from names(part.parts)


def check(drawing: Drawing) -> None:
    """Names are unique, and arrows lead from boxes to boxes."""
    found = [
        *names(drawing.parts),
        *(box.name for box in (drawing.key.boxes if drawing.key else ())),
    ]
    assert [name for name, count in Counter(found).items() if count > 1] == []
    drawn = {box.name for box in boxes(drawing.parts)}
    for arrow in drawing.arrows:
        assert arrow.tail in drawn
        assert arrow.head in drawn
        assert arrow.tail != arrow.head
    assert {*drawing.level_with, *drawing.level_with.values()} <= drawn


def drawn_operations(drawing: Drawing) -> list[ir.Operation]:
    """All operations that boxes stand for."""
    return [each for box in boxes(drawing.parts) for each in (*box.operations, *box.others)]


def check_operations(drawing: Drawing, network: ir.Network, level: DrawingLevel) -> None:
    """Each operation is in one box, and a separable convolution in two that stand alone."""
    everything = list(network.operations(heads=True))
    found = drawn_operations(drawing)
    assert len(found) == len(set(found))
    separable = sum(isinstance(each.op, SeparableConvolution) for each in everything)
    if level == "ops" and separable:
        assert len(found) == len(everything) + separable
    else:
        assert set(found) == set(everything)


def box_of(drawing: Drawing, name: str) -> Box:
    """The box of that name."""
    return next(box for box in boxes(drawing.parts) if box.name == name)


def frame_titles(drawing: Drawing) -> list[str]:
    """The titles of the outermost frames."""
    return [" ".join(part.title) for part in drawing.parts if isinstance(part, Frame)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ALL)
def test_bundled_networks(name: str, level: DrawingLevel) -> None:
    drawing = draw(graph(name), level)
    check(drawing)
    check_operations(drawing, graph(name), level)
    for box in boxes(drawing.parts):
        assert len(box.operations) * box.count == len(box.operations) + len(box.others)


@pytest.mark.parametrize("name", ALL)
def test_an_operation_is_a_box(name: str) -> None:
    drawing = draw(graph(name), "ops")
    assert all(len(box.operations) == 1 for box in boxes(drawing.parts) if box.operations)


@pytest.mark.parametrize("name", FIGURES.values(), ids=FIGURES)
def test_figures(name: tuple[str, str]) -> None:
    network = graph(name[0])
    part = find_part(network, name[1])
    for level in ("modules", "ops"):
        check(draw_part(network, part, level))


def test_a_row_has_the_name_that_its_author_gave_it(tmp_path: Path) -> None:
    path = tmp_path / "joins.yaml"
    path.write_text(JOINS)
    network = archc.load(path).graph
    assert box_of(draw(network), "row-a").lines[0] == "a: convolution"
    assert find_part(network, "b: convolution").name == "b"


def test_names_that_are_made_of_what_is_printed_go_without_saying() -> None:
    named = [
        (name, box.lines[0])
        for name in ALL
        for box in boxes(draw(graph(name)).parts)
        if ": " in box.lines[0]
    ]
    assert named == [
        ("googlenet_ucm", "hidden: linear"), ("mobilenet_v2", "classifier: conv2d 1×1"),
    ]  # fmt: skip


def test_repeats_fold() -> None:
    drawing = draw(graph("inception_resnet_v2"), "modules")
    assert frame_titles(drawing)[:4] == [
        "stem", "10×Inception-resnet-A", "Reduction-A", "20×Inception-resnet-B",
    ]  # fmt: skip
    frame = next(part for part in drawing.parts if part.name == "row-inception_resnet_a")
    assert isinstance(frame, Frame)
    assert {box.count for box in boxes([frame]) if box.operations} == {10}


def test_a_first_use_of_another_shape_is_apart(tmp_path: Path) -> None:
    path = tmp_path / "three.yaml"
    path.write_text(THREE)
    drawing = draw(archc.load(path).graph, "modules")
    assert frame_titles(drawing) == ["block, 1 of 4", "3×block"]
    frame = drawing.parts[2]
    assert isinstance(frame, Frame)
    assert [box.count for box in boxes([frame]) if box.operations] == [3, 3]


THREE = """
network: T
input: 8×8×3
defaults: {convolution: {padding: same}}
rows:
  - {type: 4×block}
modules:
  block:
    rows: [[convolution, 1×1, 4], [convolution, 3×3, 6]]
"""


def test_two_uses_of_different_shapes_are_two() -> None:
    """Figure 7 in Inception-v2 reads 1280 channels, then 2048."""
    found = frame_titles(draw(graph("inception_v2"), "modules"))
    assert found[-2:] == ["Inception, 1 of 2", "Inception, 2 of 2"]


def test_uses_that_do_something_else_are_apart() -> None:
    """Figure 6's five uses have 128, three times 160, and 192 filters."""
    found = frame_titles(draw(graph("inception_v2"), "modules"))
    assert found[2:5] == ["Inception, 1 of 5", "3×Inception", "Inception, 5 of 5"]


def test_a_dense_block_is_one() -> None:
    """Its channels grow from layer to layer, and each costs more than the one before."""
    network = graph("densenet121")
    drawing = draw(network, "modules", "params")
    assert "24×dense block (3)" in frame_titles(drawing)
    row = next(each for each in network.rows if each.name == "dense_block_3")
    frame = next(part for part in drawing.parts if part.name == "row-dense_block_3")
    inside = [each for box in boxes([frame]) for each in (*box.operations, *box.others)]
    assert Counter(inside) == Counter(row.operations())


def test_inner_concats_vanish() -> None:
    """Figure 7: six arrows into one box."""
    network = graph("inception_v2")
    drawing = draw_part(network, find_part(network, "inception_3"))
    joins = [box for box in boxes(drawing.parts) if box.kind is Family.JOIN]
    assert len(joins) == 1
    assert sum(arrow.head == joins[0].name for arrow in drawing.arrows) == 6
    every = draw_part(network, find_part(network, "inception_3"), "ops")
    assert sum(box.kind is Family.JOIN for box in boxes(every.parts)) == 3


def test_a_shortcut_is_an_arrow() -> None:
    network = graph("resnet50")
    drawing = draw(network, "modules")
    later = next(part for part in drawing.parts if part.name == "row-conv2_x#2")
    assert isinstance(later, Frame)
    join = next(box for box in boxes([later]) if box.kind is Family.JOIN)
    assert isinstance(join.operations[0].op, Add)
    tails = [arrow.tail for arrow in drawing.arrows if arrow.head == join.name]
    assert "row-conv2_x#2#title" in tails
    assert len(tails) == 2
    figure = draw_part(network, find_part(network, "6×conv4_x"))
    joins = [box.name for box in boxes(figure.parts) if box.kind is Family.JOIN]
    assert sum(arrow.head == joins[0] for arrow in figure.arrows) == 2


JOINS = """
network: J
input: 8×8×3
columns: [type, patch, filters]
rows:
  - [convolution, 1×1, 4, {name: a}]
  - [convolution, 1×1, 4, {name: b}]
  - [convolution, 1×1, 4, {name: c}]
  - [add, ~, ~, {from: [a, b, c], name: sum}]
"""


@pytest.mark.parametrize("level", ["modules", "ops"])
def test_each_tensor_that_a_figure_reads_has_a_base(tmp_path: Path, level: DrawingLevel) -> None:
    path = tmp_path / "joins.yaml"
    path.write_text(JOINS)
    network = archc.load(path).graph
    figure = draw_part(network, find_part(network, "sum"), level)
    check(figure)
    bases = [box.name for box in boxes(figure.parts) if box.kind is Family.TENSOR]
    assert [box_of(figure, name).lines[0] for name in bases] == ["a", "b", "c"]
    assert sorted(arrow.tail for arrow in figure.arrows) == sorted(bases)


def test_a_long_caption_is_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    words = " ".join(["word"] * 40)
    path.write_text(f"network: L\ninput: 8×8×3\nrows:\n  - {{type: relu ({words}), name: r}}\n")
    network = archc.load(path).graph
    caption = draw_part(network, find_part(network, "r")).caption
    assert caption.replace("\n", " ") == f"relu ({words})"
    assert max(map(len, caption.split("\n"))) <= 100


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ("",)),
        ("Inception-resnet-A and its shortcut", ("Inception-resnet-A and its", "shortcut")),
        ("a factorized inception-resnet-A", ("a factorized inception-", "resnet-A")),
        ("x" * 31, ("x" * 30, "x")),
        ("塊" * 16, ("塊" * 15, "塊")),
        ("x" + "塊" * 15, ("x" + "塊" * 14, "塊")),
        ("畳み込み層 平均プーリング層 3×3", ("畳み込み層 平均プーリング層", "3×3")),
        ("e\N{COMBINING ACUTE ACCENT}" * 30, ("e\N{COMBINING ACUTE ACCENT}" * 30,)),
    ],
)
def test_no_line_is_wider_than_thirty_columns(text: str, lines: tuple[str, ...]) -> None:
    assert wrapped(text) == lines


def test_a_module_in_a_module_has_a_frame() -> None:
    network = graph("inception_v4")
    drawing = draw(network, "modules")
    stem = next(part for part in drawing.parts if part.name == "row-stem")
    assert isinstance(stem, Frame)
    inner = [part.title for part in stem.parts if isinstance(part, Frame)]
    assert inner == [("mixed 3a",), ("mixed 4a",), ("mixed 5a",)]
    page = make_report(network).to_html()
    assert all(f'class="part">{title}</span>' in page for (title,) in inner)


def test_sizes_are_on_the_rows_arrows() -> None:
    for level in ("rows", "modules"):
        drawing = draw(graph("vgg D"), level)
        sizes = [arrow.label for arrow in drawing.arrows]
        assert sizes[:4] == ["224×224×3", "224×224×64", "224×224×64", "112×112×64"]


def test_rows_are_a_line_and_heads_are_beside_it() -> None:
    drawing = draw(graph("googlenet"))
    rows = ["input", *(f"row-{row.name}" for row in graph("googlenet").rows), "output"]
    line = [(arrow.tail, arrow.head) for arrow in drawing.arrows if not arrow.aside]
    assert line == list(pairwise(rows))
    assert drawing.level_with == {
        "head-aux1": "row-inception_4a", "head-aux2": "row-inception_4d",
    }  # fmt: skip
    assert Arrow("row-inception_4a", "head-aux1", aside=True) in drawing.arrows


def test_no_size_is_said_twice() -> None:
    """A linear layer's filters are its output's size; a row may be called what it does."""
    network = graph("googlenet")
    figure = draw_part(network, find_part(network, "aux1"))
    assert [box.lines for box in boxes(figure.parts)][-1] == ("Linear", "1000")
    drawing = draw(graph("vgg D"), "modules")
    assert box_of(drawing, "row-fc_2/fc_2").lines == ("FC-4096",)


@pytest.mark.parametrize(
    ("network", "box", "lines"),
    [
        ("squeezenet1_1", "row-maxpool1/maxpool1", ("maxpool1", "3×3, stride 2")),
        ("mobilenet_v2", "row-classifier/classifier", ("conv2d 1×1", "1000")),
        ("vgg D", "row-conv_1/conv_1", ("conv3-64", "3×3")),
        ("densenet121", "row-pooling/pooling", ("pooling", "3×3 max, stride 2")),
        ("inception_v3", "row-global_avg_pool/global_avg_pool", ("global avg pool",)),
    ],
)
def test_a_box_of_a_row_says_nothing_twice(network: str, box: str, lines: tuple[str, ...]) -> None:
    assert box_of(draw(graph(network), "modules"), box).lines == lines
