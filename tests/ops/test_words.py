"""How an operation is said in words."""

from __future__ import annotations

from typing import Any

import pytest

from archc.ops import find


@pytest.mark.parametrize(
    ("name", "attributes", "said"),
    [
        ("convolution", {"kernel": "3x1", "filters": 64}, "convolution 3×1/1, 64 filters"),
        ("linear", {"filters": 10}, "linear 10"),
        ("max pool", {"kernel": 3, "stride": 2}, "max pool 3×3/2"),
        ("adaptive avg pool", {"output": "4x5"}, "adaptive avg pool 4×5"),
        ("scale", {"by": 0.17}, "scale by 0.17"),
        ("dropout", {"rate": "40%"}, "dropout 40%"),
        ("relu", {}, "relu"),
    ],
)
def test_description(name: str, attributes: dict[str, Any], said: str) -> None:
    op = find(name)
    assert op is not None
    assert op.make(attributes).describe() == said
