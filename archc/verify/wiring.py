"""Do layers that stand for each other read layers that stand for each other?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archc.ops.arrangement import Concat
from archc.verify.finding import Correspondence, Finding
from archc.verify.graph import Layer

__all__ = ["wiring"]


def wiring(found: Correspondence) -> Iterator[Finding]:
    """Layers that read another tensor, and joins that join in another order."""
    for left, right in found.pairs():
        wanted = [_present(each, found.module_of) for each in left.inputs]
        read = [_present(each, found.spec_of) for each in right.inputs]
        if None in wanted or None in read:
            continue  # behind a join that one side lacks, which is told already
        expected = [each for each in wanted if each is not None]
        actual = [found.spec_of[each] for each in read if each is not None]
        yield from _compare(left, right, expected, actual, found)


def _compare(
    left: Layer,
    right: Layer,
    expected: list[Layer],
    actual: list[Layer],
    found: Correspondence,
) -> Iterator[Finding]:
    lacking = [*(Counter(expected) - Counter(actual)).elements()]
    surplus = [*(Counter(actual) - Counter(expected)).elements()]
    if len(expected) != len(actual):
        # A branch that one side lacks leads to what it started from; that it is gone is told.
        lacking = [each for each in lacking if each in left.inputs]
        surplus = [each for each in surplus if found.module_of[each] in right.inputs]
    if lacking or surplus:
        spec, module = (f"reads {_names(each)}" if each else None for each in (lacking, surplus))
        yield Finding(left, "wiring", spec, module, right.label)
    elif isinstance(left.op, Concat) and len(expected) == len(actual) and expected != actual:
        spec, module = (f"joins {_names(each)}" for each in (expected, actual))
        yield Finding(left, "order", spec, module, right.label)


def _present(layer: Layer, matched: dict[Layer, Layer]) -> Layer | None:
    """The layer that the other side has too, behind those that it does not have."""
    while layer not in matched:
        if len(layer.inputs) != 1:
            return None
        layer = layer.inputs[0]
    return layer


def _names(layers: list[Layer]) -> str:
    return ", ".join(layer.tensor for layer in layers)
