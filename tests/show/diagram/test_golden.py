"""DOT and Mermaid texts as they are written; read the diff when one changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archc.show.diagram import draw, draw_part, find_part, to_dot, to_mermaid
from archc.show.diagram.draw import DrawingLevel, Measure
from archc.show.diagram.style import Theme
from tests.show.diagram.networks import FIGURES, graph

Golden = Callable[[Path | str, str], None]
FOLDER = Path("diagrams")

WHOLE: tuple[tuple[str, str, DrawingLevel], ...] = (
    ("googlenet_rows", "googlenet", "rows"),
    ("googlenet_modules", "googlenet", "modules"),
    ("googlenet_ops", "googlenet", "ops"),
    ("inception_v3_rows", "inception_v3", "rows"),
    ("inception_resnet_v2_modules", "inception_resnet_v2", "modules"),
    ("resnet50_modules", "resnet50", "modules"),
    ("densenet121_rows", "densenet121", "rows"),
    ("densenet121_modules", "densenet121", "modules"),
    ("vgg_D_rows", "vgg D", "rows"),
)
STYLED: tuple[tuple[str, DrawingLevel, Measure | None, bool, Theme], ...] = (
    ("googlenet_by_macs", "rows", "macs", False, "light"),
    ("googlenet_dark", "rows", None, False, "dark"),
    ("googlenet_up", "rows", None, True, "light"),
)


@pytest.mark.parametrize(("file", "name", "level"), WHOLE, ids=[each[0] for each in WHOLE])
def test_networks(golden: Golden, file: str, name: str, level: DrawingLevel) -> None:
    golden(FOLDER / f"{file}.dot", to_dot(draw(graph(name), level)))


@pytest.mark.parametrize(
    ("file", "level", "by", "up", "theme"), STYLED, ids=[each[0] for each in STYLED]
)
def test_styles(
    golden: Golden, file: str, level: DrawingLevel, by: Measure | None, up: bool, theme: Theme
) -> None:
    golden(FOLDER / f"{file}.dot", to_dot(draw(graph("googlenet"), level, by, up), theme))


@pytest.mark.parametrize("figure", FIGURES)
def test_figures(golden: Golden, figure: str) -> None:
    name, part = FIGURES[figure]
    drawing = draw_part(graph(name), find_part(graph(name), part))
    golden(FOLDER / f"{figure}.dot", to_dot(drawing))


def test_mermaid(golden: Golden) -> None:
    network = graph("googlenet")
    golden(FOLDER / "googlenet_rows.mmd", to_mermaid(draw(network)))
    figure = draw_part(network, find_part(network, "inception (3a)"))
    golden(FOLDER / "figure_2b.mmd", to_mermaid(figure))
    shaded = draw_part(network, find_part(network, "inception (3a)"), by="macs")
    golden(FOLDER / "figure_2b_by_macs_dark.mmd", to_mermaid(shaded, "dark"))
    golden(FOLDER / "resnet50_modules.mmd", to_mermaid(draw(graph("resnet50"), "modules")))


SCRIPT = """
import archc
from archc.show.diagram import draw, to_dot, to_mermaid
for name in ("googlenet", "inception_v2", "resnet50"):
    network = archc.load(name).graph
    for level in ("rows", "modules", "ops"):
        print(to_dot(draw(network, level, "macs")), to_mermaid(draw(network, level)))
"""


def test_every_process_writes_the_same() -> None:
    written = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(written) == 1
    assert len(written.pop()) > 100_000
