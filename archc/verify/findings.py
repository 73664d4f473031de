"""Find what deviates, layer by layer, once it is known which layer is which.

Layers with a partner are compared attribute by attribute, and by the tensors that they read.
Layers without one are told by the largest part (a branch, a use of a block, a row) that lacks
its partner as a whole; a norm or an activation is told as its layer's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from archc.fields import to_key
from archc.ir.flat import FlatLayer, UnknownOp
from archc.ops import ShapeError
from archc.ops.wording import value_words
from archc.verify.correspondence import Correspondence
from archc.verify.deviation import Finding
from archc.verify.likeness import does_the_same, is_idle, role, unlike_attributes

__all__ = ["differing", "extra", "missing", "miswired"]

_ATTACHED = {"norm": "no norm", "activation": "no activation"}
"""Roles of layers that belong to the one before, and what is said where there is none."""

_WINDOW = ("kernel", "stride")
_FOLLOWS = ("padding", "ceil", "count_include_pad")
"""Attributes that follow from the window's size and step where the output's size stays."""

_FLAGS = {
    "bias": ("bias", "no bias"),
    "scale": ("a learned scale", "no learned scale"),
    "shift": ("a learned shift", "no learned shift"),
    "ceil": ("ceil mode", "floor mode"),
    "count_include_pad": ("padding counted in the mean", "padding not counted in the mean"),
    "per_channel": ("a slope per channel", "one slope"),
}
"""What is said of an attribute that is true, and of one that is false."""


# Layers with a partner


def differing(spec: FlatLayer, module: FlatLayer) -> list[Finding]:
    """Compare a layer of the spec with the one that stands for it in the module."""
    if does_the_same(spec, module):
        return []
    path = module.label
    if type(spec.op) is not type(module.op):
        general = role(spec) == "activation"
        return [Finding(spec, "operation", spec.op.describe(), module.op.describe(), path, general)]
    names = _decisive(spec, module)
    bias = [_attributes(spec, module, ["bias"])] if "bias" in names else []
    names = [name for name in names if name != "bias"]
    if role(spec) in _ATTACHED:
        return bias + [_attributes(spec, module, [name]) for name in names]
    return ([_attributes(spec, module, names)] if names else []) + bias


def _attributes(spec: FlatLayer, module: FlatLayer, names: Sequence[str]) -> Finding:
    """Tell the values of several attributes as one finding."""
    kind = to_key(names[0])
    spec_words, module_words = [], []
    if role(spec) == "pool" and {*names} & {*_WINDOW}:
        spec_words, module_words = [spec.op.patch_words()], [module.op.patch_words()]
        names = [name for name in names if name not in _WINDOW]
    spec_words += [_attribute_words(spec, name) for name in names]
    module_words += [_attribute_words(module, name) for name in names]
    return Finding(
        spec,
        kind,
        ", ".join(spec_words),
        ", ".join(module_words),
        module.label,
        general=kind == "bias" or role(spec) not in ("weights", "pool"),
        training=spec.op.is_noise,
    )


def _attribute_words(layer: FlatLayer, name: str) -> str:
    """Say an attribute of a layer: ``kernel 5×5``, ``padding 1``, ``no bias``."""
    value = layer.op.values_on(layer.source)[name]
    if isinstance(value, bool):
        true, false = _FLAGS.get(name, (to_key(name), f"no {to_key(name)}"))
        return true if value else false
    return f"{to_key(name)} {value_words(name, value)}"


def _decisive(spec: FlatLayer, module: FlatLayer) -> list[str]:
    """Name the attributes that make the difference, without those that follow from others."""
    unlike = unlike_attributes(spec.op, module.op)
    others = module.op.compared()
    names = [name for name in unlike if _matters(spec, name, others[name])] or unlike
    if _is_depthwise(spec) and _is_depthwise(module):
        names = [name for name in names if name != "groups"]
    if {"kernel", "stride", "dilation"} & {*names} and _sizes_agree(spec, module):
        names = [name for name in names if name not in _FOLLOWS]
    return names


def _matters(layer: FlatLayer, name: str, value: object) -> bool:
    """Whether the layer would do something else with that value of that attribute."""
    changed = layer.op.replace(**{name: value})
    try:
        shape = changed.infer([layer.source])
    except ShapeError:
        return True
    own = layer.op.effect(layer.source, layer.shape)
    return changed.effect(layer.source, shape) != own


def _is_depthwise(layer: FlatLayer) -> bool:
    """Whether each channel has kernels of its own, however many channels there are."""
    return layer.op.values().get("groups") == layer.source[0]


def _sizes_agree(spec: FlatLayer, module: FlatLayer) -> bool:
    """Whether both give one height and width, from inputs of one size."""
    if spec.source[1:] == module.source[1:]:
        return spec.shape[1:] == module.shape[1:]
    try:
        shape = spec.op.infer([module.source])
    except ShapeError:
        return False
    return shape[1:] == module.shape[1:]


def miswired(layers: Correspondence) -> Iterator[Finding]:
    """Find layers that read another tensor, and joins that join in another order."""
    for spec, module in layers.pairs():
        spec_reads = [_with_partner(read, layers.module_of) for read in spec.inputs]
        module_reads = [_with_partner(read, layers.spec_of) for read in module.inputs]
        if None in spec_reads or None in module_reads:
            continue  # behind a join that one side lacks, which is told already
        expected = [read for read in spec_reads if read is not None]
        actual = [layers.spec_of[read] for read in module_reads if read is not None]
        yield from _reads(spec, module, expected, actual, layers)


def _reads(
    spec: FlatLayer,
    module: FlatLayer,
    expected: list[FlatLayer],
    actual: list[FlatLayer],
    layers: Correspondence,
) -> Iterator[Finding]:
    """Compare what two layers read, both in the spec's layers."""
    lacking = [*(Counter(expected) - Counter(actual)).elements()]
    surplus = [*(Counter(actual) - Counter(expected)).elements()]
    if len(expected) != len(actual):
        # Where one side lacks a branch, its join reads what the branch starts from. That the
        # branch is missing is told already.
        lacking = [read for read in lacking if read in spec.inputs]
        surplus = [read for read in surplus if layers.module_of[read] in module.inputs]
    if lacking or surplus:
        wanted, read = (f"reads {_names(reads)}" if reads else None for reads in (lacking, surplus))
        yield Finding(spec, "wiring", wanted, read, module.label)
    elif spec.op.order_matters and len(expected) == len(actual) and expected != actual:
        wanted, read = (f"joins {_names(reads)}" for reads in (expected, actual))
        yield Finding(spec, "order", wanted, read, module.label)


def _with_partner(layer: FlatLayer, partner_of: Mapping[FlatLayer, FlatLayer]) -> FlatLayer | None:
    """Return the layer, or the nearest one before it, with a partner; None behind a join."""
    while layer not in partner_of:
        if len(layer.inputs) != 1:
            return None
        layer = layer.inputs[0]
    return layer


def _names(layers: list[FlatLayer]) -> str:
    return ", ".join(layer.tensor for layer in layers)


# Layers without a partner


def missing(layers: Correspondence, spec: Iterable[FlatLayer]) -> Iterator[Finding]:
    """Find what the module lacks: a norm, an activation, a layer, all of a branch or a row."""
    alone = []
    for layer in layers.missing:
        before = layers.before_missing(layer)
        owner = _owner(before)
        if role(layer) in _ATTACHED and owner.label == layer.label:
            path, none = layers.module_of[before].label, _ATTACHED[role(layer)]
            yield Finding(owner, role(layer), layer.op.describe(), none, path, general=True)
        else:
            alone.append(layer)
    for part in _parts(alone, spec):
        first = part.layers[0]
        before_it = layers.module_of[layers.before_missing(first)].label
        named = part.name or _is_named_after_operation(first)
        yield Finding(
            first,
            "missing",
            "" if named else part.content,
            None,
            f"after {before_it}" if before_it else "",
            place=part.name or first.label,
            count=len(part.layers),
            training=part.is_noise,
        )


def extra(layers: Correspondence, module: Iterable[FlatLayer]) -> Iterator[Finding]:
    """Find what the module has and the spec does not."""
    alone = []
    for layer in layers.extra:
        before = layers.spec_of[layers.before_extra(layer)]
        owner = _owner(before)
        if isinstance(layer.op, UnknownOp):
            place, name = f"after {before.tensor}", layer.op.name
            yield Finding(before, "unknown", None, name, layer.label, True, place)
        elif role(layer) in _ATTACHED and _owns(owner) and layer.inputs[0] in layers.spec_of:
            none = _ATTACHED[role(layer)]
            yield Finding(owner, role(layer), none, layer.op.describe(), layer.label, general=True)
        else:
            alone.append(layer)
    for part in _parts(alone, module):
        before = layers.spec_of[layers.before_extra(part.layers[0])]
        yield Finding(
            before,
            "extra",
            None,
            part.content,
            part.name or part.layers[0].label,
            place=f"after {before.tensor}",
            count=len(part.layers),
            training=part.is_noise,
        )


def _owner(layer: FlatLayer) -> FlatLayer:
    """Return the layer that a norm belongs to; any other layer itself."""
    while role(layer) == "norm" and layer.inputs[0].label == layer.label:
        layer = layer.inputs[0]
    return layer


def _owns(layer: FlatLayer) -> bool:
    """Whether a norm or an activation may belong to the layer: it is no pool and no input."""
    return role(layer) in ("weights", "join", "norm") and bool(layer.inputs)


def _is_named_after_operation(layer: FlatLayer) -> bool:
    """Whether a layer's row is called what its operation is called."""
    return layer.label.casefold().startswith(layer.op.names[0])


@dataclass(frozen=True, slots=True)
class _Part:
    """Layers that are told together, and the names of the first and last scope they fill."""

    layers: list[FlatLayer]
    scopes: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """What the part is called; empty for single layers."""
        if not self.scopes:
            return ""
        first, last = self.scopes[0][-1], self.scopes[-1][-1]
        return first if first == last else f"{first} to {last}"

    @property
    def is_noise(self) -> bool:
        """Whether evaluation leaves out all that is in it."""
        return all(layer.op.is_noise for layer in self.layers)

    @property
    def content(self) -> str:
        """What is in the part."""
        if self.scopes:
            return f"{len(self.layers)} layers"
        return ", then ".join(layer.op.describe() for layer in self.layers)


def _parts(layers: Sequence[FlatLayer], everything: Iterable[FlatLayer]) -> list[_Part]:
    """Group layers by the largest scopes that they fill; other layers stand alone.

    A scope is filled if none of its layers has a partner. ``everything`` is all of that side.
    """
    counted = (
        layer for layer in everything if not (is_idle(layer) or isinstance(layer.op, UnknownOp))
    )
    total = Counter(scope for layer in counted for scope in _scopes(layer))
    here = Counter(scope for layer in layers for scope in _scopes(layer))
    filled = {scope for scope, count in here.items() if count == total[scope] and count > 1}
    parts: dict[object, _Part] = {}
    last: _Part | None = None
    for layer in layers:
        scope = next((scope for scope in _scopes(layer) if scope in filled), None)
        if scope is None and last and not last.scopes and _belongs(layer, last.layers[-1]):
            last.layers.append(layer)
            continue
        last = parts.setdefault(scope or layer, _Part([], (scope,) if scope else ()))
        last.layers.append(layer)
    return [part for _, run in groupby(parts.values(), _parent) for part in _joined([*run])]


def _belongs(layer: FlatLayer, before: FlatLayer) -> bool:
    """Whether a layer is the norm or the activation of the one before."""
    return role(layer) in _ATTACHED and layer.inputs[0] is before


def _parent(part: _Part) -> object:
    """Return the scope around the part; a single layer shares its own with no other."""
    return part.scopes[0][:-1] if part.scopes else id(part)


def _joined(run: list[_Part]) -> list[_Part]:
    """Join neighbours in one row or part: the 7th to 23rd use of a block are one."""
    if len(run) < 2 or not run[0].scopes[0][:-1]:
        return run
    layers = [layer for part in run for layer in part.layers]
    return [_Part(layers, (*run[0].scopes, *run[-1].scopes))]


def _scopes(layer: FlatLayer) -> list[tuple[str, ...]]:
    """List what a layer is in, outermost first."""
    return [layer.scopes[:depth] for depth in range(1, len(layer.scopes) + 1)]
