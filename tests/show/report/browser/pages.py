"""Pages to open, made once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import archc
from archc.show.report.page import Drawings, report_page, reports_page
from archc.show.report.tables import network_totals

__all__ = ["NETWORKS", "drawn", "load", "of", "skips", "two"]

NETWORKS: dict[str, dict[str, str]] = {
    "googlenet": {}, "inception_v3": {}, "densenet121": {}, "vgg": {"variant": "D"}, "resnet50": {},
}  # fmt: skip

FIGURE = b"""<svg width="90pt" height="44pt" viewBox="0 0 90 44" xmlns="http://www.w3.org/2000/svg">
<g id="graph0" class="graph"><g id="node1" class="node"><title>a</title>
<polygon fill="#9cc4ec" stroke="#44546a" points="0,0 80,0 80,40 0,40"/>
<text text-anchor="middle" x="40" y="24" font-size="11.00">Filter Concat</text></g></g></svg>"""

SKIPS = """
network: skips
input: 32×32×4
defaults: {convolution: {padding: same}}
columns: [type, patch size/stride, filters]
rows:
  - [convolution, 3×3/1, 4, {name: a}]
  - [convolution, 3×3/1, 4, {name: b}]
  - [add, ~, ~, {from: [b, a], name: c}]
  - [convolution, 3×3/1, 4, {from: a, name: d}]
  - [concat, ~, ~, {from: [c, d], name: e}]
"""


def load(name: str) -> archc.Network:
    """A bundled network."""
    return archc.load(name, variant=NETWORKS[name].get("variant"))


@cache
def of(name: str) -> str:
    """A bundled network's page."""
    return report_page(load(name).report())


@cache
def drawn() -> str:
    """GoogLeNet's with a figure for one module."""
    return report_page(archc.load("googlenet").report(), Drawings({"inception_3a": FIGURE}))


@cache
def two() -> str:
    """Two networks on one page."""
    names = ["googlenet", "resnet50"]
    reports = [archc.load(name).report() for name in names]
    lines = [network_totals(*each) for each in zip(names, reports, strict=True)]
    return reports_page(lines, reports, [Drawings(), Drawings()])


@cache
def skips() -> str:
    """A network whose rows read others than the row before."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "skips.yaml"
        file.write_text(SKIPS)
        return report_page(archc.load(file).report())
