"""Where a network and a checkpoint that do not fit differ, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from archc.checkpoint.layers import Layer, NetworkLayer, Signature
from archc.checkpoint.names import bare, natural
from archc.checkpoint.problems import Problem

__all__ = ["differences"]

LARGEST = 4000
"""Layers on one side that are compared in their order, which takes time squared."""

_Pair = tuple[NetworkLayer | None, Layer | None]


def differences(
    ours: Sequence[NetworkLayer], theirs: Sequence[Layer], ordered: bool
) -> list[Problem]:
    """What is missing, unexpected or of another shape, in the network's order.

    Layers are compared in order, norms for themselves. What is in both after all, only
    elsewhere, is no difference, unless it is the only one.
    """
    if not ordered:
        theirs = sorted(theirs, key=lambda layer: natural(layer.name))
    known = {layer.name for layer in ours}
    named = dict(zip(bare([layer.name for layer in theirs], known), theirs, strict=True))
    if named.keys() == known:
        pairs: list[_Pair] = [(layer, named[layer.name]) for layer in ours]
    else:
        pairs = [
            pair
            for belongs in (_is_norm, lambda layer: not _is_norm(layer))
            for pair in _aligned(list(filter(belongs, ours)), list(filter(belongs, theirs)))
        ]
    place: dict[Layer | None, int] = {layer: at for at, layer in enumerate([*ours, *theirs])}
    unlike = sorted(_unlike(pairs), key=lambda pair: place[pair[0] or pair[1]])
    moved = _moved(unlike)
    both = {*moved, *moved.values()}
    if all(layer in both for pair in unlike for layer in pair if layer):
        return list(_misplaced(moved, unlike))
    left: list[_Pair] = [
        (None if ours in both else ours, None if theirs in both else theirs)
        for ours, theirs in unlike
    ]
    left = sorted(filter(any, left), key=lambda pair: place[pair[0] or pair[1]])
    return [_problem(*pair) for pair in left]


def _is_norm(layer: Layer) -> bool:
    return layer.kind == "norm"


def _alike(ours: Layer, theirs: Layer) -> bool:
    return ours.signature == theirs.signature


def _unlike(pairs: Iterable[_Pair]) -> list[_Pair]:
    """The pairs that lack one side or differ."""
    return [(one, other) for one, other in pairs if not one or not other or not _alike(one, other)]


def _aligned(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> Iterator[_Pair]:
    """The layers side by side as an editor's comparison would have them."""
    if max(len(ours), len(theirs)) > LARGEST:
        yield from ((layer, None) for layer in ours)
        yield from ((None, layer) for layer in theirs)
        return
    mine = [layer.signature for layer in ours]
    other = [layer.signature for layer in theirs]
    comparison = SequenceMatcher(None, mine, other, autojunk=False)
    for _, start, stop, from_, to in comparison.get_opcodes():
        yield from _side_by_side(ours[start:stop], theirs[from_:to])


def _side_by_side(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> Iterator[_Pair]:
    """One by one while they are of one kind."""
    left, right = list(ours), list(theirs)
    while left and right and left[0].kind == right[0].kind:
        yield left.pop(0), right.pop(0)
    yield from ((layer, None) for layer in left)
    yield from ((None, layer) for layer in right)


def _moved(pairs: Sequence[_Pair]) -> dict[NetworkLayer, Layer]:
    """The network's layers that have a twin elsewhere among the checkpoint's."""
    twins: dict[Signature, list[Layer]] = {}
    for _, theirs in reversed(pairs):
        if theirs:
            twins.setdefault(theirs.signature, []).append(theirs)
    return {
        ours: twins[ours.signature].pop() for ours, _ in pairs if ours and twins.get(ours.signature)
    }


def _misplaced(moved: Mapping[NetworkLayer, Layer], pairs: Sequence[_Pair]) -> Iterator[Problem]:
    """What order alone is wrong: layers side by side of different shapes, and those alone."""
    for ours, theirs in pairs:
        if ours and theirs:
            yield _problem(ours, theirs)
        elif ours:
            names = (moved[ours].name,)
            yield Problem("misplaced", ours.row, ours.name, names, ours.signature[1])


def _problem(ours: NetworkLayer | None, theirs: Layer | None) -> Problem:
    expected = ours.signature[1] if ours else None
    found = theirs.signature[1] if theirs else None
    names = (theirs.name,) if theirs else ()
    if ours is None:
        return Problem("unexpected", theirs=names, found=found)
    if theirs is None:
        return Problem("missing", ours.row, ours.name, expected=expected)
    return Problem("wrong shape", ours.row, ours.name, names, expected, found)
