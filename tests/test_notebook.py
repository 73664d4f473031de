"""What a notebook shows: a picture and a table, and neither disturbs the page."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

import pytest

import archc
from archc.notebook import NetworkRow
from archc.show.diagram import render


def picture(page: str) -> ElementTree.Element:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert found is not None
    return ElementTree.fromstring(base64.b64decode(found[1]))


def words(svg: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_a_network_shows_its_diagram_and_its_table() -> None:
    net = archc.load("googlenet")
    page = net._repr_html_()
    assert words(picture(page)).count("inception (4c)") == 1
    rows = ElementTree.fromstring(page[page.index("<table>") : page.index("</table>") + 8])
    first = [line[0].text for line in rows.iter("tr")]
    assert first == ["row", *(row.printed for row in net.report().listed), "total"]
    assert "463K ✗" in page
    assert 'alt="Diagram of GoogLeNet"' in page
    assert "<style" not in page
    assert "<script" not in page
    assert ' id="' not in page


def test_a_row_shows_its_figure_and_its_line() -> None:
    row = archc.load("googlenet")["inception_3a"]
    assert isinstance(row, NetworkRow)
    assert row.output == (256, 28, 28)
    page = row._repr_html_()
    found = words(picture(page))
    assert found.count("Filter Concat") == 1
    assert found.count("Base") == 1
    assert page.count("<tr>") == 2
    assert "159.5K" in page
    assert 'alt="Diagram of GoogLeNet, inception (3a)"' in page
    assert row._repr_svg_() is not None


def test_a_head_shows_its_figure() -> None:
    svg = archc.load("googlenet")["aux1"]._repr_svg_()
    assert svg is not None
    assert words(ElementTree.fromstring(svg))[0].startswith("aux1: ")


def test_without_what_draws_there_is_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dot: str, format: str) -> bytes:
        raise render.RenderError("nothing draws")

    monkeypatch.setattr(render, "render", refuse)
    net = archc.load("squeezenet1_1")
    assert net._repr_svg_() is None
    page = net._repr_html_()
    assert "<img" not in page
    assert "<table>" in page


def test_a_hostile_name_stays_text() -> None:
    graph = archc.load("squeezenet1_1").graph
    graph.name = '"><script>alert(1)</script>'
    page = archc.Network(graph)._repr_html_()
    assert "<script" not in page
