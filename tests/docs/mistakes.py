"""The file that README and the guide to ``archc check`` are about: GoogLeNet with mistakes."""

from __future__ import annotations

from pathlib import Path

from archc import library

__all__ = ["write_mine"]

MISTAKES = (
    ("max pool,       3×3/2, 56×56×64", "max pol,        3×3/2, 56×56×64"),
    ("28×28×480,  2, 128, 128, 192, 32, 96,  64", "28×28×480,  2, 128, 128, 192, 32, 96,  46"),
    ("aux2: {after: inception (4d)", "aux2: {after: inception (4f)"),
)


def write_mine() -> None:
    """Write ``mine.yaml`` into the current folder."""
    path = library.spec_path("googlenet")
    assert path is not None
    text = path.read_text()
    for right, wrong in MISTAKES:
        assert right in text
        text = text.replace(right, wrong)
    Path("mine.yaml").write_text(text)
