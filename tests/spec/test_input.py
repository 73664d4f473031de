"""The input's size, and a warning where it is in PyTorch's order."""

from __future__ import annotations

from pathlib import Path

import pytest

import archc
from archc.diagnostics import Code
from archc.library import spec_names

SPEC = "network: Any\ninput: {}\ndefaults: {{conv: {{padding: same}}}}\nrows: [[conv3-8]]\n"


def said(size: str, tmp_path: Path) -> list[tuple[Code, str | None]]:
    path = tmp_path / "any.yaml"
    path.write_text(SPEC.format(size))
    return [(each.code, each.help) for each in archc.load(path).warnings]


@pytest.mark.parametrize(
    ("size", "meant"),
    [
        ("3×224×224", "224×224×3"),
        ("3x32x32", "32×32×3"),
        ("3×256×256", "256×256×3"),
        ("1×28×28", "28×28×1"),
        ("4×84×84", "84×84×4"),
    ],
)
def test_channels_first(size: str, meant: str, tmp_path: Path) -> None:
    (found,) = said(size, tmp_path)
    assert found == (Code.CHANNELS_FIRST, f"write height×width×channels: `{meant}`")


@pytest.mark.parametrize(
    "size",
    ["224×224×3", "28×28×1", "3×224×64", "1×64×64", "4×16×16", "1×1×512", "3×3×3", "3×5×5",
     "2×32×32", "7×7×7", "8×8×8", "1×16000×1", "32×3×32", "14×14×512"],
)  # fmt: skip
def test_what_may_be_meant(size: str, tmp_path: Path) -> None:
    assert said(size, tmp_path) == []


def test_a_setting_is_warned_of_too(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(SPEC.format("32×32×3"))
    (found,) = archc.load(path, input="3×32×32").warnings
    assert str(found.span) == "--set:1:7"


@pytest.mark.parametrize("name", spec_names())
def test_no_bundled_spec_is_suspected(name: str) -> None:
    assert Code.CHANNELS_FIRST not in {each.code for each in archc.load(name).warnings}
