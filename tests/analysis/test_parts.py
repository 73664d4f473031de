"""What a row is in drawings."""

from __future__ import annotations

from pathlib import Path

import archc
from archc.analysis.parts import family_of_part
from archc.ops.family import Family

SPEC = """
network: kinds
input: 8×8×3
columns: [type, patch, filters]
rows:
  - [3×convolution, 3×3, 4, {padding: same, norm: batch norm, activation: relu}]
  - [concat, {from: [convolution, convolution]}]
  - [max pool, 2×2/2]
  - [avg pool, 2×2/2]
  - [dropout]
  - {type: flatten, unlisted: true}
  - [linear, ~, 5]
  - [softmax]
"""


def test_a_repeated_row_is_what_one_of_its_uses_is(tmp_path: Path) -> None:
    path = tmp_path / "kinds.yaml"
    path.write_text(SPEC, encoding="utf-8")
    rows = archc.load(path).graph.rows
    assert [family_of_part(row) for row in rows] == [
        Family.CONVOLUTION, Family.JOIN, Family.MAX_POOL, Family.AVG_POOL, Family.OTHER,
        Family.OTHER, Family.LINEAR, Family.ACTIVATION,
    ]  # fmt: skip


def test_what_has_several_kernels_is_a_module() -> None:
    net = archc.load("googlenet")
    kinds = {row.name: family_of_part(row.row) for row in net.rows}
    assert kinds["inception_3a"] is Family.MODULE
    assert kinds["convolution_1"] is Family.CONVOLUTION
    assert kinds["local_response_norm_1"] is Family.NORM
    assert [family_of_part(head) for head in net.graph.heads] == [Family.MODULE, Family.MODULE]
