"""Averages are taken of fewer channels where that is the same and less work."""

from __future__ import annotations

import pytest

from archc.passes.arranging import ProjectFirst
from archc.passes.fusing import FuseActivation
from tests.passes.programs import lines, program

CONV = "{type: conv, name: conv, patch: 1×1, filters: 2, activation: relu}"


def test_the_bias_moves_behind_counted_padding() -> None:
    before = program("{type: avg pool, patch: 3×3, padding: 1, name: pool}\n" + CONV)
    after = ProjectFirst()(FuseActivation()(before))
    assert lines(after) == [
        "%1 = convolution 1×1, 2 filters (%0)",
        "%2 = avg pool 3×3, padding 1, bias -> relu (%1)",
        "return %2",
        "weights",
        "  pool",
        "    bias = conv.0.bias",
    ]
    assert [each.name for each in after.instructions] == ["conv.0", "pool"]
    assert after.output is before.output
    early = ProjectFirst()(before)
    assert lines(FuseActivation()(early)) == lines(after)


@pytest.mark.parametrize("padding", ["1, count include pad: false", "0", "0, ceil: true"])
def test_the_bias_stays_where_real_cells_are_averaged(padding: str) -> None:
    rows = f"{{type: avg pool, patch: 3×3, padding: {padding}}}\n{CONV}"
    after = ProjectFirst()(program(rows, "32×32×6"))
    words = [
        line.split(", padding")[0].split(", no")[0].split(", ceil")[0] for line in lines(after)
    ]
    assert words[0] == "%1 = convolution 1×1, 2 filters, bias (%0)"
    assert words[1].startswith("%2 = avg pool 3×3")
    assert ", bias" not in lines(after)[1]
    assert "weights" not in lines(after)


def test_without_a_bias() -> None:
    rows = "{type: avg pool, patch: 3×3, padding: 1}\n"
    after = ProjectFirst()(program(rows + CONV.replace("}", ", bias: false}")))
    assert lines(after)[:2] == [
        "%1 = convolution 1×1, 2 filters (%0)",
        "%2 = avg pool 3×3, padding 1 (%1)",
    ]


def test_two_pools() -> None:
    after = ProjectFirst()(program("{type: avg pool, patch: 3×3, padding: same}\n" * 2 + CONV))
    assert [each.op.names[0] for each in after.instructions] == [
        "convolution",
        "avg pool",
        "avg pool",
        "relu",
    ]


@pytest.mark.parametrize(
    "conv",
    [
        "patch: 1×1, filters: 6",
        "patch: 1×1, filters: 8",
        "patch: 3×3, filters: 2",
        "patch: 1×1/2, filters: 2",
        "patch: 1×1, filters: 2, groups: 2",
        "patch: 1×1, filters: 2, padding: 1",
    ],
)
def test_not_for_other_convolutions(conv: str) -> None:
    before = program(f"{{type: avg pool, patch: 3×3, padding: 1}}\n{{type: conv, {conv}}}")
    assert ProjectFirst()(before).instructions == before.instructions


@pytest.mark.parametrize(
    "pool",
    [
        "{type: avg pool, patch: 3×3/2, padding: 1}",  # 64 cells to project, not 16
        "{type: max pool, patch: 3×3, padding: 1}",
        "{type: global avg pool}",
    ],
)
def test_not_for_other_pools(pool: str) -> None:
    before = program(f"{pool}\n{CONV}")
    assert ProjectFirst()(before).instructions == before.instructions


def test_not_where_something_else_reads_the_pool() -> None:
    before = program(
        f"{{type: avg pool, patch: 3×3, padding: 1, name: pool}}\n{CONV}\n"
        "{type: concat, from: [pool, conv]}"
    )
    assert ProjectFirst()(before).instructions == before.instructions
