"""Layers that only one side has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from archc.ops import Op
from archc.ops.arrangement import Dropout
from archc.verify.cost import family, idle
from archc.verify.finding import Correspondence, Finding
from archc.verify.graph import Layer, Unknown
from archc.verify.words import describe

__all__ = ["extra", "missing"]

_ATTACHED = {"norm": "no norm", "activation": "no activation"}
"""What belongs to the layer before it, and what it is called where it is not there."""


def missing(found: Correspondence, spec: Iterable[Layer]) -> Iterator[Finding]:
    """What the module lacks: a norm or an activation, a layer, or all of a branch or row."""
    alone = []
    for layer in found.missing:
        before = found.before_missing(layer)
        host = _host(before)
        if family(layer) in _ATTACHED and host.label == layer.label:
            path, none = found.module_of[before].label, _ATTACHED[family(layer)]
            yield Finding(host, family(layer), describe(layer.op), none, path, general=True)
        else:
            alone.append(layer)
    for part in _parts(alone, spec):
        first = part.layers[0]
        before_it = found.module_of[found.before_missing(first)].label
        path = f"after {before_it}" if before_it else ""
        place = part.name or first.label
        what = "" if part.name or _says(first.label, first) else part.content
        count = len(part.layers)
        told = Finding(first, "missing", what, None, path, place=place, count=count)
        yield replace(told, training=part.is_dropout)


def extra(found: Correspondence, module: Iterable[Layer]) -> Iterator[Finding]:
    """What the module has and the spec does not."""
    alone = []
    for layer in found.extra:
        before = found.spec_of[found.before_extra(layer)]
        host = _host(before)
        if isinstance(layer.op, Unknown):
            place, name = f"after {before.tensor}", layer.op.name
            yield Finding(before, "unknown", None, name, layer.label, True, place)
        elif family(layer) in _ATTACHED and _computes(host) and layer.inputs[0] in found.spec_of:
            none = _ATTACHED[family(layer)]
            yield Finding(host, family(layer), none, describe(layer.op), layer.label, general=True)
        else:
            alone.append(layer)
    for part in _parts(alone, module):
        before = found.spec_of[found.before_extra(part.layers[0])]
        place, path = f"after {before.tensor}", part.name or part.layers[0].label
        count = len(part.layers)
        told = Finding(before, "extra", None, part.content, path, place=place, count=count)
        yield replace(told, training=part.is_dropout)


def _host(layer: Layer) -> Layer:
    """The layer that a norm belongs to, if it is one; else the layer."""
    while family(layer) == "norm" and layer.inputs[0].label == layer.label:
        layer = layer.inputs[0]
    return layer


def _computes(layer: Layer) -> bool:
    """Whether a norm or activation may belong to the layer: it is no pool and no input."""
    return family(layer) in ("weights", "join", "norm") and bool(layer.inputs)


def _says(label: str, layer: Layer) -> bool:
    """Whether a row is called by its operation."""
    return isinstance(layer.op, Op) and label.casefold().startswith(layer.op.names[0])


@dataclass(frozen=True, slots=True)
class _Part:
    """Layers that are told together, and the names of the first and last scope they fill."""

    layers: list[Layer]
    scopes: tuple[tuple[str, ...], ...] = ()

    @property
    def name(self) -> str:
        """What the part is called; empty for single layers."""
        if not self.scopes:
            return ""
        first, last = self.scopes[0][-1], self.scopes[-1][-1]
        return first if first == last else f"{first} to {last}"

    @property
    def is_dropout(self) -> bool:
        """Whether nothing else is in it, which evaluation leaves out."""
        return all(isinstance(layer.op, Dropout) for layer in self.layers)

    @property
    def content(self) -> str:
        """What is in the part."""
        if self.scopes:
            return f"{len(self.layers)} layers"
        return ", then ".join(describe(layer.op) for layer in self.layers)


def _parts(layers: Sequence[Layer], everything: Iterable[Layer]) -> list[_Part]:
    """The layers by the largest scopes that they fill; the others one by one."""
    counted = (each for each in everything if not (idle(each) or isinstance(each.op, Unknown)))
    total = Counter(scope for layer in counted for scope in _scopes(layer))
    here = Counter(scope for layer in layers for scope in _scopes(layer))
    whole = {scope for scope, count in here.items() if count == total[scope] and count > 1}
    parts: dict[object, _Part] = {}
    last: _Part | None = None
    for layer in layers:
        scope = next((each for each in _scopes(layer) if each in whole), None)
        if scope is None and last and not last.scopes and _belongs(layer, last.layers[-1]):
            last.layers.append(layer)
            continue
        last = parts.setdefault(scope or layer, _Part([], (scope,) if scope else ()))
        last.layers.append(layer)
    return [part for _, run in groupby(parts.values(), _parent) for part in _joined([*run])]


def _belongs(layer: Layer, before: Layer) -> bool:
    """Whether a layer is the norm or activation of the one before."""
    return family(layer) in _ATTACHED and layer.inputs[0] is before


def _parent(part: _Part) -> object:
    """What the part lies in; a layer of its own lies in nothing that others do."""
    return part.scopes[0][:-1] if part.scopes else id(part)


def _joined(run: list[_Part]) -> list[_Part]:
    """Several neighbours in one row or part as one: the 7th to 23rd use of a block."""
    if len(run) < 2 or not run[0].scopes[0][:-1]:
        return run
    layers = [layer for part in run for layer in part.layers]
    return [_Part(layers, (*run[0].scopes, *run[-1].scopes))]


def _scopes(layer: Layer) -> list[tuple[str, ...]]:
    """What a layer is in, from the outside in."""
    return [layer.scopes[:depth] for depth in range(1, len(layer.scopes) + 1)]
