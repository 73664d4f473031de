"""How unlike two layers are, in whole numbers: the costs that `verify` aligns by.

Layers of one role may stand for each other, at the cost of the attributes that differ; leaving a
layer out costs what its role does.
"""

from __future__ import annotations

from collections.abc import Hashable

from archc.analysis.alignment import Costs
from archc.ir.flat import FlatLayer, UnknownOp
from archc.ops import Op, Shape, ShapeError
from archc.ops.activation import Softmax
from archc.ops.arrangement import Add, Concat, Dropout, Pad, Scale
from archc.ops.base import Elementwise
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import MaxPool
from archc.ops.shape import is_map
from archc.verify.effect import AVERAGES, effect, settings

__all__ = ["COSTS", "does_the_same", "effect_of", "is_idle", "role", "unlike_attributes"]

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

_OTHER_OPERATION = {"weights": 30, "pool": 12, "join": 15, "activation": 8}
"""What another operation of the same role costs."""
_ATTRIBUTE = {"filters": 12, "kernel": 10, "groups": 8, "stride": 6, "dilation": 5, "padding": 3}
"""What another value of an attribute costs; 1 for those not named."""


def role(layer: FlatLayer) -> str:
    """Name what the layer does in a network: layers of one role may stand for each other."""
    return _role(layer.op)[0]


def is_idle(layer: FlatLayer) -> bool:
    """Whether the layer may as well not be there, though its rate could be set."""
    return isinstance(layer.op, Dropout) and layer.op.rate == 0


def effect_of(layer: FlatLayer) -> Hashable:
    """Return a value that is equal for layers that do the same to inputs of one shape."""
    return effect(layer.op, layer.source, layer.shape)


def does_the_same(left: FlatLayer, right: FlatLayer) -> bool:
    """Whether two layers do the same, on the input of either.

    A difference before them may have changed the sizes that one of them reads; what follows from
    that is no difference of theirs.
    """
    if effect_of(left) == effect_of(right):
        return True
    if isinstance(left.op, UnknownOp) or isinstance(right.op, UnknownOp):
        return False
    return _replaces(left.op, right, right.source) or _replaces(right.op, left, left.source)


def _replaces(op: Op, layer: FlatLayer, source: Shape) -> bool:
    """Whether ``op`` in the place of ``layer`` would do the same."""
    if len(layer.inputs) != 1 or not is_map(source):
        return False
    try:
        shape = op.infer([source])
    except ShapeError:
        return False
    return effect(op, source, shape) == effect(layer.op, source, layer.shape)


def unlike_attributes(left: Op, right: Op) -> list[str]:
    """Name the attributes that differ between two of one operation."""
    others = settings(right)
    return [name for name, value in settings(left).items() if others[name] != value]


def _pair_cost(left: FlatLayer, right: FlatLayer) -> int | None:
    """Return what it costs that two layers stand for each other; None if they cannot."""
    if role(left) != role(right):
        return None
    if isinstance(left.op, UnknownOp) or isinstance(right.op, UnknownOp):
        return None
    around = sum(
        one != other
        for here, there in ((left.source, right.source), (left.shape, right.shape))
        for one, other in zip(here[:2], there[:2], strict=False)
    ) + abs(len(left.inputs) - len(right.inputs))
    if does_the_same(left, right):
        return around
    if type(left.op) is not type(right.op):
        return around + _OTHER_OPERATION.get(role(left), 1)
    return around + sum(_ATTRIBUTE.get(name, 1) for name in unlike_attributes(left.op, right.op))


def _alone_cost(layer: FlatLayer) -> int:
    """Return what it costs that the other side does not have a layer."""
    return 0 if is_idle(layer) else _role(layer.op)[1]


def _role(op: Op | UnknownOp) -> tuple[str, int]:
    if isinstance(op, UnknownOp):
        return "unknown", 10
    found = (each for each in _FAMILIES if isinstance(op, each[1]))
    name, _, cost = next(found, (op.names[0], (), 10))
    return name, cost


COSTS = Costs(_pair_cost, _alone_cost)
"""The costs of single layers."""
