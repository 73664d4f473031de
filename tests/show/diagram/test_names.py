"""Rows by their names, and names of boxes that are never the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import archc
from archc import ir
from archc.show.diagram import draw, draw_part, find_part
from archc.show.diagram.draw import LEVELS, DrawingLevel, UnknownPartError
from archc.show.diagram.drawing import Frame
from tests.hostile.spec import NAMES, NASTY, each_slot, harmless, load, rotated
from tests.show.diagram.networks import graph
from tests.show.diagram.test_structure import THREE, check, names


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("inception_3a", "inception_3a"),
        ("inception (3a)", "inception_3a"),
        ("aux2", "aux2"),
        ("avg pool", "avg_pool"),
    ],
)
def test_find_part(asked: str, name: str) -> None:
    assert find_part(graph("googlenet"), asked).name == name


def test_find_part_refuses_to_choose() -> None:
    with pytest.raises(
        UnknownPartError, match=r"^4 rows are `max pool`: choose max_pool_1 or max_"
    ):
        find_part(graph("googlenet"), "max pool")


def test_find_part_as_drawn() -> None:
    assert find_part(graph("resnet50"), "3×conv2_x").name == "conv2_x"


def test_find_part_without_its_repeat(tmp_path: Path) -> None:
    """A row that is printed so comes before one that is so but for its repeat."""
    found = graph("inception_resnet_v2")
    assert find_part(found, "Inception-resnet-A").name == "inception_resnet_a"
    path = tmp_path / "three.yaml"
    path.write_text(THREE.replace("- {type: 4×block}", "- {type: 4×block}\n  - {type: block}"))
    network = archc.load(path).graph
    assert [find_part(network, each) for each in ("4×block", "block")] == list(network.rows)


def test_find_part_says_what_is_near() -> None:
    with pytest.raises(
        UnknownPartError, match=r"no head `inception_3z`: did you mean `inception_3"
    ):
        find_part(graph("googlenet"), "inception_3z")
    with pytest.raises(UnknownPartError, match=r"no head `\ufffd\[31m`$"):
        find_part(graph("googlenet"), "\x1b[31m")


JOINING = (
    "input", "output", "key-module", "row-first", "head-my head", "a/b", "a#title", "a%2Fb",
    "title", "in 0", "a", "#2", "base", "cluster row-first", "%", "a\x01", "a\x02", "\x1b",
    "a\u200bb",
)  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_names_that_join_names(tmp_path: Path, level: DrawingLevel) -> None:
    seen = 0
    for slot in NAMES:
        for text in JOINING:
            try:
                network = load(each_slot(slot, text), tmp_path)
            except archc.SpecError:
                continue
            seen += 1
            check(draw(network.graph, level))
    assert seen > len(JOINING)


def test_branches_whose_names_join_alike(tmp_path: Path) -> None:
    """A row ``a/b`` is not what is in ``a``; a branch may be called as a title is."""
    path = tmp_path / "alike.yaml"
    path.write_text(ALIKE)
    network = archc.load(path).graph
    for level in LEVELS:
        check(draw(network, level))
    assert len({row.name for row in network.rows}) == len(network.rows)


ALIKE = """
network: Alike
input: 8×8×3
columns: [type, patch, filters]
defaults: {convolution: {padding: same}}
rows:
  - {type: m, name: a}
  - {type: convolution, patch: 1×1, filters: 4, name: a/m}
  - {type: m, name: a/b}
  - {type: m, name: "a#title"}
  - {type: m, name: "a%2Fb"}
  - {type: m, name: "output"}
modules:
  m:
    branches:
      title: [[convolution, 1×1, 4], [convolution, 3×3, 4]]
      m: [[convolution, 1×1, 4], [convolution, 3×3, 4]]
heads:
  a: {after: a/b, module: m}
  a/m: {after: a/b, module: m}
  "a\\x01": {after: a/b, module: m}
  "a\\x01B": {after: a/b, module: m}
  "a\\x1B": {after: a/b, module: m}
"""


@pytest.mark.parametrize("level", LEVELS)
def test_hostile_names(tmp_path: Path, level: DrawingLevel) -> None:
    usual = draw(load(harmless, tmp_path).graph, level)
    for text in list(rotated(NASTY))[::3]:
        drawing = draw(load(text, tmp_path).graph, level)
        check(drawing)
        assert len(list(names(drawing.parts))) == len(list(names(usual.parts)))
        assert len(drawing.arrows) == len(usual.arrows)


@pytest.mark.parametrize(
    ("network", "asked", "name"),
    [
        ("resnet50", "conv3_x, 2 of 4", "conv3_x, 2 of 4"),
        ("resnet50", "3×conv3_x", "conv3_x, 2 of 4"),
        ("mobilenet_v2", "bottleneck, 2 of 2", "bottleneck_2, 2 of 2"),
        ("mobilenet_v2", "bottleneck_5, 3 of 3", "bottleneck_5, 3 of 3"),
        ("densenet121", "dense block (1), 6 of 6", "dense_block_1, 6 of 6"),
    ],
)
def test_find_part_finds_a_use(network: str, asked: str, name: str) -> None:
    assert find_part(graph(network), asked).name == name


def test_find_part_refuses_to_choose_between_uses() -> None:
    told = "3 rows are `bottleneck, 2 of 3`: choose bottleneck_3, 2 of 3 or bottleneck_5, 2 of 3 or"
    with pytest.raises(UnknownPartError, match=told):
        find_part(graph("mobilenet_v2"), "bottleneck, 2 of 3")
    with pytest.raises(UnknownPartError, match=r"did you mean `conv3_x, \d of 4`"):
        find_part(graph("resnet50"), "conv3_x, 5 of 4")


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "densenet121", "inception_v2"])
def test_every_label_that_modules_print_is_found(name: str) -> None:
    """Alone, or by the names to choose from."""
    network = graph(name)
    labels = [
        " ".join(part.title if isinstance(part, Frame) else part.lines[:1])
        for part in draw(network, "modules").parts
        if part.name.startswith("row-")
    ]
    assert [label for label in labels if not _is_known(network, label)] == []


def _is_known(network: ir.Network, label: str) -> bool:
    try:
        return bool(find_part(network, label))
    except UnknownPartError as error:
        return " rows are `" in str(error)


def test_captions_of_uses() -> None:
    network = graph("resnet50")
    captions = [
        draw_part(network, find_part(network, each)).caption.partition(":")[0]
        for each in ("conv3_x", "conv3_x, 4 of 4")
    ]
    assert captions == ["conv3_x, 1 of 4", "conv3_x, 4 of 4"]
    alike = graph("inception_resnet_v2")
    figure = draw_part(alike, find_part(alike, "inception_resnet_a"))
    assert figure.caption.startswith("10×Inception-resnet-A")
