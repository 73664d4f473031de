"""Bars: one for each name, as long as its value, and no text is markup."""

from __future__ import annotations

from xml.etree import ElementTree

from archc.plot.bars import Bar, draw

SVG = "{http://www.w3.org/2000/svg}"
BARS = [
    Bar("archc", 4.0, 3.5, 5.0, "4 ms"),
    Bar("<eager>", 8.0, 7.0, 9.0, "8 ms, 2.00× archc's"),
    Bar("none", 0.0, 0.0, 0.0, "\x1b[31m"),
]


def test_bars_are_as_long_as_their_values() -> None:
    root = ElementTree.fromstring(draw("Title", "Bars of time.", "milliseconds", BARS))
    bars = [each for each in root.iter(f"{SVG}rect") if each.get("class") != "paper"]
    lengths = [float(each.get("width", "")) for each in bars]
    assert lengths[1] > 0
    assert lengths == [lengths[1] / 2, lengths[1], 0]
    assert [each.get("class") for each in bars] == ["d0", "d1", "d1"]
    words = [each.text for each in root.iter(f"{SVG}text")]
    for text in ("Title", "milliseconds", "archc", "<eager>", "8 ms, 2.00× archc's", "\ufffd[31m"):
        assert text in words
