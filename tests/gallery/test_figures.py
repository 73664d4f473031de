"""Each picture of a module once, with all rows that it stands for."""

from __future__ import annotations

from pathlib import Path

import archc
from archc.gallery.figures import figures
from tests.show.diagram.networks import graph

Shown = list[tuple[str, str, list[str], list[str]]]


def shown(name: str) -> Shown:
    return [
        (each.part.name, each.title, each.same, each.other_widths) for each in figures(graph(name))
    ]


def test_uses_that_differ_have_figures_of_their_own() -> None:
    assert shown("resnet50") == [
        ("conv2_x, 1 of 3", "conv2_x, 1 of 3", [], []),
        (
            "conv2_x, 2 of 3", "conv2_x, 2 to 3 of 3", [],
            ["conv3_x, 2 to 4 of 4", "conv4_x, 2 to 6 of 6", "conv5_x, 2 to 3 of 3"],
        ),
        ("conv3_x, 1 of 4", "conv3_x, 1 of 4", [], ["conv4_x, 1 of 6", "conv5_x, 1 of 3"]),
    ]  # fmt: skip


def test_rows_that_are_printed_alike_have_their_names() -> None:
    found = shown("mobilenet_v2")
    assert [title for _, title, _, _ in found] == [
        "conv2d", "bottleneck_1", "bottleneck_2, 1 of 2", "bottleneck_2, 2 of 2",
        "bottleneck_5, 1 of 3", "conv2d_1x1",
    ]  # fmt: skip
    assert found[4][3] == ["bottleneck_7"]


def test_uses_that_are_alike_are_one_figure() -> None:
    assert ("inception_a", "4×Inception-A", [], []) in shown("inception_v4")
    blocks = [f"dense block ({number})" for number in (2, 3, 4)]
    assert shown("densenet121")[0] == ("dense_block_1", "dense block (1)", blocks, [])


def test_the_same_widths_on_another_tensor_are_the_same() -> None:
    assert ("aux1", "aux1", ["aux2"], []) in shown("googlenet")


def test_strides_and_kernels_are_no_widths(tmp_path: Path) -> None:
    path = tmp_path / "kernels.yaml"
    path.write_text(KERNELS)
    found = [(each.title, each.other_widths) for each in figures(archc.load(path).graph)]
    assert found == [("two", ["wide"]), ("large", []), ("stride", [])]


KERNELS = """
network: K
input: 8×8×3
defaults: {convolution: {padding: same}}
columns: [type, k, s, w]
rows:
  - {type: two, k: 1, s: 1, w: 4}
  - {type: two, as: two, k: 1, s: 1, w: 8, name: wide}
  - {type: two, k: 3, s: 1, w: 4, name: large}
  - {type: two, k: 1, s: 2, w: 4, name: stride}
modules:
  two:
    columns: {k: ~, s: ~, w: ~}
    rows: [[convolution, k×k/s, w], [convolution, 3×3, w]]
"""
