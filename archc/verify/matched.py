"""What two layers that stand for each other say differently."""

from __future__ import annotations

from archc.ops import Op, ShapeError
from archc.ops.arrangement import Dropout
from archc.ops.base import Elementwise
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import LocalResponseNorm
from archc.ops.pooling import Pool
from archc.verify.cost import family
from archc.verify.effect import effect, same, settings
from archc.verify.finding import Finding
from archc.verify.graph import Layer
from archc.verify.words import attribute, describe, patch

__all__ = ["compare_layers"]

_WINDOW = ("kernel", "stride")
_FOLLOWS = ("padding", "ceil", "count_include_pad")
"""What follows a window's size and step where the output's size stays."""


def compare_layers(left: Layer, right: Layer) -> list[Finding]:
    """The differences of a layer of the spec and the one that is it in the module."""
    if same(left, right):
        return []
    path = right.label
    if type(left.op) is not type(right.op):
        general = family(left) == "activation"
        spec, module = describe(left.op), describe(right.op)
        return [Finding(left, "operation", spec, module, path, general)]
    names = _that_matter(left, right)
    flags = [name for name in names if name == "bias"]
    found = [_told(left, right, flags, path)] if flags else []
    rest = [name for name in names if name != "bias"]
    if rest and isinstance(left.op, Elementwise) and not isinstance(left.op, LocalResponseNorm):
        return found + [_told(left, right, [name], path) for name in rest]
    return ([_told(left, right, rest, path)] if rest else []) + found


def _told(left: Layer, right: Layer, names: list[str], path: str) -> Finding:
    """One finding for several attributes."""
    assert isinstance(left.op, Op)
    assert isinstance(right.op, Op)
    kind = names[0].replace("_", " ")
    special = Convolution | Linear | Pool | Dropout | LocalResponseNorm
    general = kind == "bias" or not isinstance(left.op, special)
    spec, module = [], []
    if isinstance(left.op, Pool) and isinstance(right.op, Pool) and {*names} & {*_WINDOW}:
        spec, module = [patch(left.op)], [patch(right.op)]
        names = [name for name in names if name not in _WINDOW]
    for name in names:
        key, value = attribute(name, _plain(left, name))
        spec.append(f"{key} {value}".strip())
        _, other = attribute(name, _plain(right, name))
        module.append(f"{key} {other}".strip())
    training = isinstance(left.op, Dropout)
    told = (", ".join(spec), ", ".join(module))
    return Finding(left, kind, *told, path, general, training=training)


def _plain(layer: Layer, name: str) -> object:
    """An attribute's value; padding in cells."""
    op = layer.op
    if name == "padding" and isinstance(op, Convolution | Pool):
        return op.pads(*layer.source[1:])
    return getattr(op, name)


def _that_matter(left: Layer, right: Layer) -> list[str]:
    """The attributes that make the difference, without those that follow from others."""
    assert isinstance(left.op, Op)
    assert isinstance(right.op, Op)
    theirs = settings(right.op)
    unlike = [name for name, value in settings(left.op).items() if theirs[name] != value]
    names = [name for name in unlike if _matters(left, name, theirs[name])] or unlike
    if _depthwise(left) and _depthwise(right):
        names = [name for name in names if name != "groups"]
    if {"kernel", "stride", "dilation"} & {*names} and _sizes_agree(left, right):
        names = [name for name in names if name not in _FOLLOWS]
    return names


def _matters(layer: Layer, name: str, value: object) -> bool:
    """Whether the layer would do something else with that value of that attribute."""
    assert isinstance(layer.op, Op)
    changed = layer.op.replace(**{name: value})
    try:
        shape = changed.infer([layer.source])
    except ShapeError:
        return True
    return effect(changed, layer.source, shape) != effect(layer.op, layer.source, layer.shape)


def _depthwise(layer: Layer) -> bool:
    """Whether each channel has kernels of its own, however many channels there are."""
    return isinstance(layer.op, Convolution) and layer.op.groups == layer.source[0]


def _sizes_agree(left: Layer, right: Layer) -> bool:
    """Whether both give one height and width, from inputs of one size."""
    if left.source[1:] == right.source[1:]:
        return left.shape[1:] == right.shape[1:]
    assert isinstance(left.op, Op)
    try:
        shape = left.op.infer([right.source])
    except ShapeError:
        return False
    return shape[1:] == right.shape[1:]
