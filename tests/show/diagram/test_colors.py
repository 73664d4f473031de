"""Text can be read on every colour, and kinds are told apart in grey."""

from __future__ import annotations

from itertools import combinations

import pytest

from archc.ops.family import Family
from archc.show.diagram.style import THEMES, Theme, contrast, with_dark_colors

ENOUGH = 4.5


def test_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: Theme) -> None:
    palette = THEMES[theme]
    for fill in (*palette.fills.values(), palette.frame, palette.background):
        assert contrast(palette.text, fill) >= ENOUGH
    assert contrast(palette.faint, palette.background) >= ENOUGH
    for percent in range(101):
        fill, text = palette.shade(percent / 100)
        assert contrast(text, fill) >= ENOUGH


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_arrows_are_seen(theme: Theme) -> None:
    palette = THEMES[theme]
    for behind in (palette.background, palette.frame):
        assert contrast(palette.line, behind) >= 3


def grey(color: str) -> float:
    """As a black-and-white printer has it, 0 to 255."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.parametrize(("theme", "apart"), [("light", 9), ("dark", 6)])
def test_kinds_are_told_apart_in_grey(theme: Theme, apart: float) -> None:
    fills = THEMES[theme].fills
    assert set(fills) == set(Family)
    for one, other in combinations(fills, 2):
        assert abs(grey(fills[one]) - grey(fills[other])) >= apart, (one, other)


def test_the_dark_style_comes_once_and_first() -> None:
    svg = b'<?xml version="1.0"?>\n<svg width="1pt" height="1pt">\n<svg x="1"></svg></svg>\n'
    found = with_dark_colors(svg)
    assert found.count(b"<style>") == 1
    assert found.startswith(b'<?xml version="1.0"?>\n<svg width="1pt" height="1pt">\n<style>')
    assert found.count(b'<rect class="page" width="100%" height="100%" rx="6" fill="none"/>') == 1
    assert b".page { fill: #0d1117 }" in found
