"""Mermaid's text says what the drawing does, and nothing of a spec's is more than text."""

from __future__ import annotations

import re

import pytest

from archc.ops.family import Family
from archc.show.diagram import draw, draw_part, find_part, to_mermaid
from archc.show.diagram.draw import LEVELS, DrawingLevel
from archc.show.diagram.drawing import Arrow, Box, Drawing, Frame, boxes
from archc.show.diagram.mermaid import LONGEST, MOST_ARROWS
from tests.show.diagram.networks import ALL, SPECS, graph

BOX = re.compile(r' *(n\d+)(?:\("([^"]*)"\)|\(\(" "\)\)):::([\w-]+)')
FRAME = re.compile(r' *subgraph (fn\d+)\[" "\]')
CLASSED = re.compile(r" *class (fn\d+) frame")
ARROW = re.compile(r'  (n\d+) (-->|-\.->|---|-\.-)(?:\|"([^"|]*)"\|)? (n\d+)')
STYLE = re.compile(
    r"  classDef ([\w-]+) (?:fill:(?:#[0-9a-f]{6}|none),stroke:(?:#[0-9a-f]{6}|none))"
    r"(?:,color:#[0-9a-f]{6})?|  linkStyle default stroke:#[0-9a-f]{6}"
)


def check(text: str, drawing: Drawing) -> None:
    """Each line is one of a few, and boxes, frames and arrows are the drawing's."""
    first, *lines = text.removesuffix("\n").split("\n")
    assert first == f"flowchart {'BT' if drawing.up else 'TB'}"
    kinds = {each: [line for line in lines if each.fullmatch(line)] for each in PATTERNS}
    ends = [line for line in lines if line.strip() == "end"]
    assert sum(map(len, kinds.values())) + len(ends) == len(lines)
    drawn = list(boxes(drawing.parts))
    assert len(kinds[BOX]) == len(drawn)
    assert len(kinds[ARROW]) == len(drawing.arrows)
    assert len(kinds[FRAME]) == len(kinds[CLASSED]) == len(ends)
    names = {box.name: f"n{number}" for number, box in enumerate(drawn)}
    for line, arrow in zip(kinds[ARROW], drawing.arrows, strict=True):
        found = ARROW.fullmatch(line)
        assert found is not None
        assert (found[1], found[4]) == (names[arrow.tail], names[arrow.head])
    classes = {found[3] for line in kinds[BOX] if (found := BOX.fullmatch(line))}
    defined = {found[1] for line in kinds[STYLE] if (found := STYLE.fullmatch(line)) and found[1]}
    assert classes | ({"frame"} if ends else set()) == defined


PATTERNS = (BOX, FRAME, CLASSED, ARROW, STYLE)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ALL)
def test_bundled_networks(name: str, level: DrawingLevel) -> None:
    drawing = draw(graph(name), level)
    check(to_mermaid(drawing), drawing)
    shaded = draw(graph(name), level, "macs", up=True)
    check(to_mermaid(shaded, "dark"), shaded)


def test_figure() -> None:
    network = graph("googlenet")
    drawing = draw_part(network, find_part(network, "inception_3a"))
    check(to_mermaid(drawing), drawing)
    assert '("Filter Concat<br/>28×28×256"):::join' in to_mermaid(drawing)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<b>", "a#60;b#62;"),
        ('"];', "#34;#93;#59;"),
        ("#35;", "#35;35#59;"),
        ("`*_x_*`", "#96;#42;_x_#42;#96;"),
        ("end", "end"),
        ("a\nb\x1b", "a\ufffdb\ufffd"),
        ("1. x", "1#46; x"),
        ("漢字", "漢字"),
    ],
)
def test_what_could_be_markup_is_written_as_numbers(text: str, shown: str) -> None:
    """A replacement character is no letter, so that it has its number too."""
    boxed = (
        Box("a", (text,), Family.OTHER),
        Frame("f", (text,), (Box("b", (text,), Family.OTHER, mark="title"),)),
    )
    drawing = Drawing(text, boxed, (Arrow("a", "b", text),), caption=text)
    shown = shown.replace("\ufffd", "#65533;")
    found = to_mermaid(drawing)
    check(found, drawing)
    assert found.count(f'"{shown}"') == 3


def test_the_guide_shows_what_is_written() -> None:
    network = graph("squeezenet1_1")
    text = to_mermaid(draw_part(network, find_part(network, "fire2")))
    guide = (SPECS.parent / "docs" / "diagram.md").read_text()
    assert f"```mermaid\n{text}```\n" in guide


@pytest.mark.parametrize("name", ALL)
def test_rows_and_modules_are_within_mermaids_limits(name: str) -> None:
    for level in ("rows", "modules"):
        drawing = draw(graph(name), level)
        assert len(to_mermaid(drawing)) <= LONGEST
        assert len(drawing.arrows) <= MOST_ARROWS
