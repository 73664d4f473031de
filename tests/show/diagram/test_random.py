"""Random networks as drawings: every arrow has its boxes, every operation its one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import archc
from archc import ir
from archc.show.diagram import draw, draw_part, to_dot, to_mermaid
from archc.show.diagram.draw import LEVELS, MEASURES
from archc.show.diagram.render import render
from archc.show.diagram.sketch import Use
from tests.profile import examples, repeatable
from tests.show.diagram.test_mermaid import check as check_mermaid
from tests.show.diagram.test_structure import check, check_operations
from tests.strategies import specs

RANDOM = repeatable(150, 2000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"


def load(path: Path, text: str) -> archc.Network:
    """The network of a spec, if it is one."""
    path.write_text(text, encoding="utf-8")
    try:
        return archc.load(path)
    except archc.SpecError:
        reject()


@RANDOM
@given(text=specs(), by=st.sampled_from([None, *MEASURES]), up=st.booleans())
def test_whole_networks(path: Path, text: str, by: str | None, up: bool) -> None:
    network = load(path, text).graph
    for level in LEVELS:
        drawing = draw(network, level, by, up)  # type: ignore[arg-type]
        check(drawing)
        check_operations(drawing, network, level)
        assert to_dot(drawing) == to_dot(draw(network, level, by, up))  # type: ignore[arg-type]
        check_mermaid(to_mermaid(drawing), drawing)


@RANDOM
@given(text=specs())
def test_parts(path: Path, text: str) -> None:
    network = load(path, text).graph
    parts: list[ir.Row | ir.Head | Use] = [*network.rows, *network.heads]
    parts += [Use(row, row.repeat) for row in network.rows]
    for part in parts:
        for level in ("modules", "ops"):
            check(draw_part(network, part, level, "memory"))
            check(draw_part(network, part, level))


@settings(RANDOM, max_examples=examples(10, 200))
@given(text=specs())
def test_graphviz_takes_them(path: Path, text: str) -> None:
    network = load(path, text).graph
    for level in LEVELS:
        drawing = draw(network, level)
        svg = render(to_dot(drawing), "svg")
        assert svg.count(b'class="edge"') == len(drawing.arrows)
