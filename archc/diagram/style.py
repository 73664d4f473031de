"""Colours by kind of operation: light fills that stay apart in grey, and their dark ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from archc.ir import Operation
from archc.ops import Op, activation
from archc.ops.arrangement import Add, Concat
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool

__all__ = ["THEMES", "Kind", "Palette", "Theme", "kind_of", "kind_of_all"]

Theme = Literal["auto", "light", "dark"]


class Kind(StrEnum):
    """What a box stands for, in the words of the legend."""

    MODULE = "module"
    CONVOLUTION = "convolution"
    LINEAR = "linear"
    MAX_POOL = "max pool"
    AVG_POOL = "average pool"
    NORM = "norm"
    ACTIVATION = "activation"
    JOIN = "concat or sum"
    TENSOR = "tensor"
    OTHER = "other"

    @property
    def css(self) -> str:
        """Its class in an SVG."""
        return self.name.lower().replace("_", "-")


KIND_OF: dict[type[Op], Kind] = {
    Convolution: Kind.CONVOLUTION,
    SeparableConvolution: Kind.CONVOLUTION,
    Linear: Kind.LINEAR,
    MaxPool: Kind.MAX_POOL,
    AvgPool: Kind.AVG_POOL,
    GlobalAvgPool: Kind.AVG_POOL,
    AdaptiveAvgPool: Kind.AVG_POOL,
    BatchNorm: Kind.NORM,
    LocalResponseNorm: Kind.NORM,
    Concat: Kind.JOIN,
    Add: Kind.JOIN,
}


def kind_of(op: Op) -> Kind:
    """The kind of one operation."""
    if type(op).__module__ == activation.__name__:
        return Kind.ACTIVATION
    return KIND_OF.get(type(op), Kind.OTHER)


def kind_of_all(operations: Iterable[Operation]) -> Kind:
    """The kind of a box for several operations: a module's if more than one has a kernel."""
    found = list(operations)
    heavy = [each for each in found if each.op.layers]
    if len(heavy) > 1:
        return Kind.MODULE
    main = heavy or found
    return kind_of(main[0].op) if main else Kind.OTHER


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme; ``ramp`` leads from what costs nothing to what costs most."""

    background: str
    text: str
    faint: str
    line: str
    frame: str
    fills: dict[Kind, str]
    ramp: tuple[tuple[int, int, int], tuple[int, int, int]]
    on_ramp: tuple[str, str]

    def shade(self, share: float) -> tuple[str, str]:
        """The fill of a box that is so dark, 0 to 1, and the colour of text on it."""
        low, high = self.ramp
        mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
        return "#" + "".join(f"{each:02x}" for each in mixed), self.on_ramp[share > 0.55]


_LIGHT = Palette(
    background="#ffffff",
    text="#1c2733",
    faint="#44546a",
    line="#6b7785",
    frame="#f6f8fa",
    fills={
        Kind.MODULE: "#cfe3f7",
        Kind.CONVOLUTION: "#8fbbe8",
        Kind.LINEAR: "#b58fd6",
        Kind.MAX_POOL: "#f0a585",
        Kind.AVG_POOL: "#a5d6a7",
        Kind.NORM: "#f5e6a3",
        Kind.ACTIVATION: "#fbf3dc",
        Kind.JOIN: "#d5d9de",
        Kind.TENSOR: "#ffffff",
        Kind.OTHER: "#f0f1f3",
    },
    ramp=((255, 250, 240), (200, 72, 20)),
    on_ramp=("#1c2733", "#ffffff"),
)
_DARK = Palette(
    background="#0d1117",
    text="#e6edf3",
    faint="#b1bac4",
    line="#8b949e",
    frame="#161b22",
    fills={
        Kind.MODULE: "#1f3a56",
        Kind.CONVOLUTION: "#2b5f96",
        Kind.LINEAR: "#64408a",
        Kind.MAX_POOL: "#8a432a",
        Kind.AVG_POOL: "#2f6a3a",
        Kind.NORM: "#6b5a12",
        Kind.ACTIVATION: "#453c1c",
        Kind.JOIN: "#444c56",
        Kind.TENSOR: "#0d1117",
        Kind.OTHER: "#2d333b",
    },
    ramp=((38, 30, 26), (232, 108, 48)),
    on_ramp=("#e6edf3", "#0d1117"),
)
THEMES: dict[Theme, Palette] = {"auto": _LIGHT, "light": _LIGHT, "dark": _DARK}
"""An SVG of the theme ``auto`` has the dark colours too, for pages that are dark."""
