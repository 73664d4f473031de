"""How unlike two layers are, in whole numbers: the costs that `verify` aligns by.

Layers of one role may stand for each other, at the cost of the attributes that differ; leaving a
layer out costs what its role does.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import NamedTuple

from archc.analysis.alignment import Costs
from archc.ir.flat import FlatLayer
from archc.ops import Family, Op, Shape, ShapeError
from archc.ops.shape import is_map

__all__ = ["COSTS", "does_the_same", "effect_of", "is_idle", "role", "unlike_attributes"]


class _LayerRole(NamedTuple):
    """Layers that may stand for each other, and what it costs that there is none, or another."""

    name: str
    alone: int = 10
    other_operation: int = 1


_WEIGHTS = _LayerRole("weights", 40, 30)
_POOL = _LayerRole("pool", 25, 12)
_ROLES: dict[Family, _LayerRole] = {
    Family.CONVOLUTION: _WEIGHTS,
    Family.LINEAR: _WEIGHTS,
    Family.MAX_POOL: _POOL,
    Family.AVG_POOL: _POOL,
    Family.JOIN: _LayerRole("join", 20, 15),
    Family.NORM: _LayerRole("norm"),
    Family.ACTIVATION: _LayerRole("activation", 10, 8),
}
"""The roles of operations that others may stand for; any other has a role of its own."""

_ATTRIBUTE = {"filters": 12, "kernel": 10, "groups": 8, "stride": 6, "dilation": 5, "padding": 3}
"""What another value of an attribute costs; 1 for those not named."""


def role(layer: FlatLayer) -> str:
    """Name what the layer does in a network: layers of one role may stand for each other."""
    return _role(layer.op).name


def _role(op: Op) -> _LayerRole:
    known = _ROLES.get(op.family) if op.has_substitutes else None
    return known or _LayerRole(op.names[0])


def is_idle(layer: FlatLayer) -> bool:
    """Whether the layer may as well not be there, though its rate could be set."""
    return layer.op.is_noise and layer.op.values()["rate"] == 0


def effect_of(layer: FlatLayer) -> Hashable:
    """Return a value that is equal for layers that do the same to inputs of one shape."""
    return _effect(layer.op, layer.source, layer.shape)


@lru_cache(maxsize=8192)
def _effect(op: Op, source: Shape, output: Shape) -> Hashable:
    return op.effect(source, output)


def does_the_same(left: FlatLayer, right: FlatLayer) -> bool:
    """Whether two layers do the same, on the input of either.

    A difference before them may have changed the sizes that one of them reads; what follows from
    that is no difference of theirs.
    """
    return (
        effect_of(left) == effect_of(right)
        or _replaces(left.op, right, right.source)
        or _replaces(right.op, left, left.source)
    )


def _replaces(op: Op, layer: FlatLayer, source: Shape) -> bool:
    """Whether ``op`` in the place of ``layer`` would do the same."""
    if len(layer.inputs) != 1 or not is_map(source):
        return False
    try:
        output = op.infer([source])
    except ShapeError:
        return False
    return _effect(op, source, output) == _effect(layer.op, source, layer.shape)


def unlike_attributes(left: Op, right: Op) -> list[str]:
    """Name the attributes that differ between two of one operation."""
    others = right.compared()
    return [name for name, value in left.compared().items() if others[name] != value]


def _pair_cost(left: FlatLayer, right: FlatLayer) -> int | None:
    """Return what it costs that two layers stand for each other; None if they cannot."""
    shared = _role(left.op)
    if shared != _role(right.op):
        return None
    around = sum(
        one != other
        for here, there in ((left.source, right.source), (left.shape, right.shape))
        for one, other in zip(here[:2], there[:2], strict=False)
    ) + abs(len(left.inputs) - len(right.inputs))
    if does_the_same(left, right):
        return around
    if type(left.op) is not type(right.op):
        return around + shared.other_operation
    return around + sum(_ATTRIBUTE.get(name, 1) for name in unlike_attributes(left.op, right.op))


def _alone_cost(layer: FlatLayer) -> int:
    """Return what it costs that the other side does not have a layer."""
    return 0 if is_idle(layer) else _role(layer.op).alone


COSTS = Costs(_pair_cost, _alone_cost)
"""The costs of single layers."""
