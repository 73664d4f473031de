"""Bars: one for each name, as long as its value, and no text is markup."""

from __future__ import annotations

from xml.etree import ElementTree

from archc.show.plot.bars import Bar, draw

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


def titles(title: str) -> list[str]:
    root = ElementTree.fromstring(draw(title, "Bars of time.", "milliseconds", BARS))
    return [each.text or "" for each in root.iter(f"{SVG}text") if each.get("class") == "title"]


def test_a_title_may_have_two_lines_and_keeps_its_end() -> None:
    machine = "on AMD EPYC 9B14, 16 threads"
    assert titles(f"GoogLeNet, float32, batch 1, {machine}") == [
        f"GoogLeNet, float32, batch 1, {machine}"
    ]
    first, second = titles(f"A network of a name that is long, float32, batch 1, {machine}")
    assert f"{first} {second}".endswith(f"batch 1, {machine}")
    first, second = titles(f"{'many words ' * 30}, float32, batch 1, {machine}")
    assert first.endswith("…")
    assert second.endswith(f"float32, batch 1, {machine}")
    assert len(titles("x" * 500)) == 2


def test_a_second_line_moves_the_bars_down() -> None:
    tall = ElementTree.fromstring(draw("many words " * 10, "Bars.", "ms", BARS))
    flat = ElementTree.fromstring(draw("few words", "Bars.", "ms", BARS))
    assert float(tall.get("height", "")) > float(flat.get("height", ""))
