"""Padding said in cells gives what torch gives for padding said in any other way."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

import archc
from archc.passes import pipeline

CASES = {
    "dilated max pool, same": ("9×9×2", "{type: max pool, patch: 3×3, padding: same, dilation: 2}"),
    "uneven counted ceil": (
        "3×3×2",
        "{type: avg pool, patch: 2×2/3, padding: [0, 1, 0, 1], ceil: true}",
    ),
    "uneven max ceil": (
        "8×7×2",
        "{type: max pool, patch: 3×3/2, padding: [1, 0, 1, 0], ceil: true}",
    ),
    "same max": ("8×8×2", "{type: max pool, patch: 3×3/2, padding: same}"),
    "same avg": ("8×7×2", "{type: avg pool, patch: 3×3/2, padding: same}"),
    "same conv": ("8×7×2", "{type: convolution, patch: 3×3/2, filters: 4, padding: same}"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_emitted_layer_has_the_inferred_size(case: str, tmp_path: Path) -> None:
    size, row = CASES[case]
    file = tmp_path / "net.yaml"
    file.write_text(f"network: net\ninput: {size}\nrows:\n  - {row}\n")
    net = archc.load(file)
    with torch.no_grad():
        assert net.module().eval()(torch.randn(1, *net.input)).shape == (1, *net.output)


def test_same_pools_as_tensorflow(tmp_path: Path) -> None:
    """Values computed by hand: SAME ignores padding in the mean, and pads at the end."""
    file = tmp_path / "net.yaml"
    file.write_text(
        "network: net\ninput: 4×4×1\nrows:\n  - {type: avg pool, patch: 3×3/2, padding: same}\n"
    )
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    result = archc.load(file).module().eval()(image)
    assert result.flatten().tolist() == [5.0, 6.5, 11.0, 12.5]


@pytest.mark.parametrize("pool", ["max pool", "avg pool"])
@pytest.mark.parametrize("ceil", ["true", "false"])
def test_every_uneven_padding_can_be_said(pool: str, ceil: str, tmp_path: Path) -> None:
    """The pass raises for a replacement of another size."""
    file = tmp_path / "net.yaml"
    for kernel, stride in itertools.product((2, 3), (1, 2, 3)):
        for pads in itertools.product((0, 1), repeat=4):
            row = f"type: {pool}, kernel: {kernel}, stride: {stride}, padding: {list(pads)}"
            file.write_text(f"network: n\ninput: 7×8×1\nrows:\n  - {{{row}, ceil: {ceil}}}\n")
            net = archc.load(file)
            assert pipeline.run(net.graph, pipeline.FOR_SOURCE).output.shape == net.output
