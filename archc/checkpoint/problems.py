"""What keeps a checkpoint from fitting a network, layer by layer.

Layers that two sides share are found by name, or by a comparison in order as editors make it of
lines; what is left is missing, unexpected, of another shape or elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from archc.checkpoint.layers import NetworkLayer, Signature, TensorLayer
from archc.checkpoint.names import bare, natural
from archc.ops import Shape

__all__ = ["KINDS", "Problem", "ProblemKind", "differences"]

LARGEST = 4000
"""Layers on one side that are compared in their order, which takes time squared."""

ProblemKind = Literal[
    "missing", "unexpected", "wrong shape", "wrong type", "misplaced", "ambiguous"
]

KINDS: dict[ProblemKind, str] = {
    "missing": "in the network, not in the checkpoint",
    "unexpected": "in the checkpoint, not in the network",
    "wrong shape": "in both, of different shapes",
    "wrong type": "not floating-point numbers",
    "misplaced": "in both, but elsewhere in the checkpoint's order",
    "ambiguous": "several layers of the checkpoint could be this one",
}
"""The kinds in the order they are listed, and what they mean."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One layer or tensor that does not fit.

    ``ours`` is its name in the emitted module, ``expected`` its shape there; ``theirs`` are
    the names in the checkpoint, ``found`` the first one's shape. ``layer`` is the layer in the
    emitted module that a tensor belongs to. ``note`` is for people.
    """

    kind: ProblemKind
    row: str = ""
    ours: str = ""
    theirs: tuple[str, ...] = ()
    expected: Shape | None = None
    found: Shape | None = None
    layer: str = ""
    note: str = ""


_SideBySide = tuple[NetworkLayer | None, TensorLayer | None]
"""A layer of the network and the checkpoint's beside it; None where one side has nothing."""


def differences(
    ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer], ordered: bool
) -> list[Problem]:
    """Return what is missing, unexpected or of another shape, in the network's order.

    Norms are compared apart from other layers. What both sides have, only elsewhere, is no
    difference, unless nothing else differs.
    """
    if not ordered:
        theirs = sorted(theirs, key=lambda layer: natural(layer.name))
    unlike = _unlike(_side_by_side(ours, theirs))
    place: dict[TensorLayer | None, int] = {layer: at for at, layer in enumerate([*ours, *theirs])}
    unlike.sort(key=lambda pair: place[pair[0] or pair[1]])
    moved = _moved(unlike)
    both = {*moved, *moved.values()}
    if all(layer in both for pair in unlike for layer in pair if layer):
        return list(_misplaced(moved, unlike))
    left: list[_SideBySide] = [
        (None if ours in both else ours, None if theirs in both else theirs)
        for ours, theirs in unlike
    ]
    left = sorted(filter(any, left), key=lambda pair: place[pair[0] or pair[1]])
    return [_problem(*pair) for pair in left]


def _side_by_side(
    ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]
) -> Iterator[_SideBySide]:
    """Pair layers by name where all names are known, else in order, norms apart from others."""
    known = {layer.name for layer in ours}
    named = dict(zip(bare([layer.name for layer in theirs], known), theirs, strict=True))
    if named.keys() == known:
        yield from ((layer, named[layer.name]) for layer in ours)
        return
    for norms in (True, False):
        yield from _aligned(
            [layer for layer in ours if (layer.kind == "norm") is norms],
            [layer for layer in theirs if (layer.kind == "norm") is norms],
        )


def _unlike(pairs: Iterable[_SideBySide]) -> list[_SideBySide]:
    """Keep the pairs that lack one side or differ."""
    return [
        (ours, theirs)
        for ours, theirs in pairs
        if not ours or not theirs or ours.signature != theirs.signature
    ]


def _aligned(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> Iterator[_SideBySide]:
    """Pair layers in order, as an editor's comparison would have them."""
    if max(len(ours), len(theirs)) > LARGEST:
        yield from ((layer, None) for layer in ours)
        yield from ((None, layer) for layer in theirs)
        return
    comparison = SequenceMatcher(
        None,
        [layer.signature for layer in ours],
        [layer.signature for layer in theirs],
        autojunk=False,
    )
    for _, start, stop, from_, to in comparison.get_opcodes():
        yield from _of_one_kind(ours[start:stop], theirs[from_:to])


def _of_one_kind(
    ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]
) -> Iterator[_SideBySide]:
    """Pair layers one by one while they are of one kind."""
    left, right = list(ours), list(theirs)
    while left and right and left[0].kind == right[0].kind:
        yield left.pop(0), right.pop(0)
    yield from ((layer, None) for layer in left)
    yield from ((None, layer) for layer in right)


def _moved(pairs: Sequence[_SideBySide]) -> dict[NetworkLayer, TensorLayer]:
    """Return the network's layers that have a twin elsewhere among the checkpoint's."""
    twins: dict[Signature, list[TensorLayer]] = {}
    for _, theirs in reversed(pairs):
        if theirs:
            twins.setdefault(theirs.signature, []).append(theirs)
    return {
        ours: twins[ours.signature].pop() for ours, _ in pairs if ours and twins.get(ours.signature)
    }


def _misplaced(
    moved: Mapping[NetworkLayer, TensorLayer], pairs: Sequence[_SideBySide]
) -> Iterator[Problem]:
    """Tell of layers that only stand elsewhere: side by side with another, or alone."""
    for ours, theirs in pairs:
        if ours and theirs:
            yield _problem(ours, theirs)
        elif ours:
            names = (moved[ours].name,)
            yield Problem("misplaced", ours.row, ours.name, names, ours.signature[1])


def _problem(ours: NetworkLayer | None, theirs: TensorLayer | None) -> Problem:
    expected = ours.signature[1] if ours else None
    found = theirs.signature[1] if theirs else None
    names = (theirs.name,) if theirs else ()
    if ours is None:
        return Problem("unexpected", theirs=names, found=found)
    if theirs is None:
        return Problem("missing", ours.row, ours.name, expected=expected)
    return Problem("wrong shape", ours.row, ours.name, names, expected, found)
