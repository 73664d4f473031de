"""How unlike two layers are, in whole numbers: what the alignment keeps small."""

from __future__ import annotations

from archc.ops import Op
from archc.ops.activation import Softmax
from archc.ops.arrangement import Add, Concat, Dropout, Pad, Scale
from archc.ops.base import Elementwise
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import MaxPool
from archc.verify.effect import AVERAGES, same, settings
from archc.verify.graph import Layer, Unknown

__all__ = ["family", "gap", "idle", "mismatch"]

_POOLS = (MaxPool, *AVERAGES)
_FAMILIES: tuple[tuple[str, tuple[type[Op], ...], int], ...] = (
    ("weights", (Convolution, Linear), 40),
    ("pool", _POOLS, 25),
    ("join", (Concat, Add), 20),
    ("norm", (BatchNorm,), 10),
    ("response norm", (LocalResponseNorm,), 10),
    ("dropout", (Dropout,), 10),
    ("scale", (Scale,), 10),
    ("pad", (Pad,), 10),
    ("softmax", (Softmax,), 10),
    ("activation", (Elementwise,), 10),
)
"""Layers of one family may stand for each other; leaving one out costs the number."""

_OTHER_KIND = {"weights": 30, "pool": 12, "join": 15, "activation": 8}
_WEIGHTS = {"filters": 12, "kernel": 10, "groups": 8, "stride": 6, "dilation": 5, "padding": 3}


def family(layer: Layer) -> str:
    """The layers that this one may stand for."""
    return _family(layer.op)[0]


def gap(layer: Layer) -> int:
    """What it costs that the other side does not have a layer."""
    return 0 if idle(layer) else _family(layer.op)[1]


def idle(layer: Layer) -> bool:
    """Whether the layer may as well not be there, though a rate could be set."""
    return isinstance(layer.op, Dropout) and layer.op.rate == 0


def mismatch(left: Layer, right: Layer) -> int | None:
    """What it costs that two layers stand for each other; None if they cannot."""
    if family(left) != family(right) or isinstance(left.op, Unknown):
        return None
    around = sum(
        one != other
        for here, there in ((left.source, right.source), (left.shape, right.shape))
        for one, other in zip(here[:2], there[:2], strict=False)
    ) + abs(len(left.inputs) - len(right.inputs))
    if same(left, right):
        return around
    if type(left.op) is not type(right.op):
        return around + _OTHER_KIND.get(family(left), 1)
    assert isinstance(right.op, Op)
    theirs = settings(right.op)
    unlike = [name for name, value in settings(left.op).items() if theirs[name] != value]
    return around + sum(_WEIGHTS.get(name, 1) for name in unlike)


def _family(op: Op | Unknown) -> tuple[str, int]:
    if isinstance(op, Unknown):
        return "unknown", 10
    found = (each for each in _FAMILIES if isinstance(op, each[1]))
    name, _, cost = next(found, (op.names[0], (), 10))
    return name, cost
