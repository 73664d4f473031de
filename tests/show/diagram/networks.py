"""The networks and the figures that the drawings' tests draw."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import archc
from archc import ir
from archc.library import spec_names

__all__ = ["ALL", "FIGURES", "SPECS", "graph", "named"]

SPECS = Path(__file__).parents[3] / "specs"
VARIANTS = {"vgg": ("A", "A-LRN", "B", "C", "D", "E")}
ALL = [
    f"{name} {variant}".strip() for name in spec_names() for variant in VARIANTS.get(name, ("",))
]
"""Every bundled network, VGG by its columns."""
FIGURES = {
    "figure_2a": ("googlenet_naive", "inception (3a)"),
    "figure_2b": ("googlenet", "inception (3a)"),
    "figure_4": ("studies/inception_module", "inception"),
    "figure_5": ("inception_v2", "inception_1"),
    "figure_6": ("inception_v2", "inception_2"),
    "figure_7": ("inception_v2", "inception_3"),
    "figure_10": ("inception_v2", "figure 10"),
    "figure_10_resnet": ("inception_resnet_v2", "10×Inception-resnet-A"),
    "head": ("googlenet", "aux1"),
    "stem": ("inception_v4", "stem"),
}
"""Figures of the papers, and the rows that are modules drawn in them."""


@cache
def named(name: str) -> archc.Network:
    """A bundled network, ``vgg D`` with its variant."""
    spec, _, variant = name.partition(" ")
    path = SPECS / f"{spec}.yaml" if "/" in spec else spec
    return archc.load(path, variant=variant or None)


def graph(name: str) -> ir.Network:
    """Its graph."""
    return named(name).graph
