"""``KEY=RANGE``."""

from __future__ import annotations

import pytest

from archc.sweep import RangeError, parse_axis


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("classes=1:4", ["1", "2", "3", "4"]),
        ("classes=1:9:4", ["1", "5", "9"]),
        ("classes=1:8:4", ["1", "5"]),
        ("classes=64,16,32,16", ["16", "32", "64"]),
        ("classes=1:2,10", ["1", "2", "10"]),
        ("input=224×224×1:3", ["224×224×1", "224×224×2", "224×224×3"]),
        ("input=224x224x3,256×256×3", ["224x224x3", "256×256×3"]),
        ("input=96:160:32", ["96×96×7", "128×128×7", "160×160×7"]),
        ("input=16×8:10×3", ["16×8×3", "16×9×3", "16×10×3"]),
        ("defaults.max pool.padding=same,[0,1,0,1]", ["same", "[0,1,0,1]"]),
        ("defaults.a.scaling=0.3,0.1", ["0.1", "0.3"]),
    ],
)
def test_values(text: str, values: list[str]) -> None:
    assert [value.text for value in parse_axis(text, lambda: 7).values] == values


@pytest.mark.parametrize(
    ("text", "label", "numbers"),
    [
        ("input=224×224×1:3", "input channels", [1, 2, 3]),
        ("input=16×8:10×3", "input width", [8, 9, 10]),
        ("input=224×224×3,256×256×3", "input size", [224, 256]),
        ("input=224×224×3,256×256×1", "input", [None, None]),
        ("defaults.inception.#5×5 reduce=8,4", "inception #5×5 reduce", [4, 8]),
        ("defaults.convolution.padding=0,same", "convolution padding", [None, None]),
    ],
)
def test_labels_and_numbers(text: str, label: str, numbers: list[float | None]) -> None:
    axis = parse_axis(text)
    assert axis.label == label
    assert [value.number for value in axis.values] == numbers
    assert axis.numeric == (None not in numbers)


@pytest.mark.parametrize(
    "text",
    ["classes", "classes=", "=1:3", "classes=3:1", "classes=1:3:0", "classes=1,,3",
     "input=1:2×1:2×3", "classes=1:999999999"],
)  # fmt: skip
def test_no_ranges(text: str) -> None:
    with pytest.raises(RangeError):
        parse_axis(text)
