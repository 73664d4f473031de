"""Findings as differences: those that are alike at all layers of a kind are told once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from archc.ops import Op
from archc.verify.difference import Difference
from archc.verify.finding import Finding
from archc.verify.graph import Layer

__all__ = ["summarize"]

_FEWEST = 4
"""As many alike findings are told as one, fewer each at its own layer."""
_NAMED = 3
"""Exceptions that are listed by name."""


def summarize(
    findings: Iterable[Finding], main: Sequence[Layer], heads: Sequence[Layer]
) -> list[Difference]:
    """General differences first, then the others in the order of the spec's layers."""
    everything = [*main, *heads]
    place = {layer: index for index, layer in enumerate(everything)}
    ordered = sorted(findings, key=lambda each: place.get(each.layer, -1))
    told: list[Difference] = []
    rest: list[Finding] = []
    for alike in _alike(ordered):
        whole = _general(alike, everything, {*heads}) if alike[0].general else None
        if whole is None:
            rest += alike
        else:
            told.append(whole)
    rest.sort(key=lambda each: place.get(each.layer, -1))
    return told + [_single(each, heads) for each in _rows(rest)]


def _alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    groups: dict[object, list[Finding]] = {}
    for each in findings:
        kind = None if each.kind == "unknown" else type(each.layer.op)
        groups.setdefault((each.kind, each.spec, each.module, kind), []).append(each)
    yield from groups.values()


def _general(
    alike: Sequence[Finding], everything: Sequence[Layer], heads: Collection[Layer]
) -> Difference | None:
    """One difference for all findings, if they are at most layers of their kind."""
    first = alike[0]
    if first.kind == "unknown" and len(alike) > 1:
        path = f"{first.path} and {len(alike) - 1} more".removeprefix(" and ")
        return replace(_single(first, heads), path=path, count=len(alike))
    if len(alike) < _FEWEST:
        return None
    op = first.layer.op
    assert isinstance(op, Op)
    kind = [layer for layer in everything if type(layer.op) is type(op)]
    at = {each.layer for each in alike}
    if 2 * len(at) <= len(kind):
        return None
    others = [layer.label for layer in kind if layer not in at]
    place = f"every {op.names[0]} ({_count(at, heads)})"
    if others:
        listed = "; ".join(others) if len(others) <= _NAMED else f"{len(others)}"
        place = f"{len(at)} of {len(kind)} {op.names[0]} layers, all but {listed}"
    training = all(layer in heads for layer in at)
    return Difference(place, "", first.kind, first.spec, first.module, "", len(at), training)


def _count(layers: Collection[Layer], heads: Collection[Layer]) -> str:
    in_heads = sum(layer in heads for layer in layers)
    if in_heads in (0, len(layers)):
        return str(len(layers))
    return f"{len(layers) - in_heads}, and {in_heads} in the heads"


def _rows(findings: Iterable[Finding]) -> list[Finding]:
    """Layers of one row that read the same wrong tensor are told as the row."""
    groups: dict[object, list[Finding]] = {}
    for index, each in enumerate(findings):
        told = (each.layer.scopes[0], each.spec, each.module)
        groups.setdefault(told if each.kind == "wiring" else index, []).append(each)
    return [_row(alike) if len(alike) > 1 else alike[0] for alike in groups.values()]


def _row(alike: Sequence[Finding]) -> Finding:
    first = alike[0]
    return replace(first, place=first.layer.scopes[0], count=len(alike))


def _single(found: Finding, heads: Collection[Layer]) -> Difference:
    row = found.layer.scopes[0]
    place = found.place or found.layer.label
    told = (place, row, found.kind, found.spec, found.module, found.path, found.count)
    in_training = found.training or (found.layer in heads and found.kind != "unknown")
    return Difference(*told, in_training)
