"""One class for uses of a module that differ a little.

A shortcut that is projected only where the widths differ, a last activation that is missing, a
pool that is a maximum here and a mean there: such uses share a class, which takes what differs
as an argument. A missing layer is an ``nn.Identity``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from archc.ir import Value
from archc.targets.symbol import Symbol
from archc.targets.torch.body import Body
from archc.targets.torch.parts import Part, is_default, slot_text

__all__ = ["Difference", "difference", "same_terms"]

_MISSING = 2
"""So many layers may be missing; with more, two classes are clearer."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a use lacks of the fullest one, and where it has another layer.

    ``missing`` are attributes; ``changed`` the number of a part in an attribute.
    """

    missing: frozenset[str]
    changed: frozenset[tuple[str, int]]


def same_terms(full: Body, other: Body) -> bool:
    """Whether what both have is said with the same arguments, so that no new ones are needed."""
    parts = dict(full.attributes)
    return all(
        _terms(one) == _terms(two)
        for name, part in other.attributes
        if name in parts
        for one, two in zip(parts[name].walk(), part.walk(), strict=False)
        if one.head == two.head
    )


def difference(full: Body, other: Body) -> Difference | None:
    """How ``other`` differs from ``full``; None where it takes two classes to say."""
    names = [name for name, _ in other.attributes]
    missing = frozenset(name for name, _ in full.attributes if name not in names)
    if [name for name, _ in full.attributes if name not in missing] != names:
        return None
    if len(missing) > _MISSING or _flow(full, missing) != _flow(other, frozenset()):
        return None
    parts = dict(full.attributes)
    changed: set[tuple[str, int]] = set()
    for name, part in other.attributes:
        pairs = list(_paired(parts[name], part))
        if None in pairs:
            return None
        changed |= {(name, number) for number, pair in enumerate(pairs) if pair}
    return Difference(missing, frozenset(changed))


def _flow(body: Body, skipped: frozenset[str]) -> list[Hashable]:
    """Which attribute or formula reads what, the ``skipped`` attributes passed through."""
    numbers: dict[Value, int] = {}
    steps: list[Hashable] = []
    for step in body.statements:
        read = tuple(numbers.get(value, -1) for value in step.inputs)
        if step.attribute in skipped:
            numbers[step.output] = read[0]
            continue
        numbers[step.output] = len(steps)
        steps.append((step.attribute, step.formula, read))
    return steps


def _paired(full: Part, other: Part) -> Iterator[bool | None]:
    """For each part whether the layers differ; None where that is not all that differs."""
    same = full.head == other.head
    if len(full.parts) != len(other.parts) or not (same or _only_heads_differ(full, other)):
        yield None
        return
    yield not same
    for one, two in zip(full.parts, other.parts, strict=True):
        yield from _paired(one, two)


def _only_heads_differ(full: Part, other: Part) -> bool:
    """Whether one layer can stand for the other with the same arguments."""
    layers = full.operation is not None and other.operation is not None
    return layers and _arguments(full) == _arguments(other)


def _terms(part: Part) -> list[str | None]:
    """The arguments in terms of the class's own; None for what is a literal."""
    return [slot.value.text if isinstance(slot.value, Symbol) else None for slot in part.slots]


def _arguments(part: Part) -> list[tuple[str, str]]:
    return [(slot.name, slot_text(slot.value)) for slot in part.slots if not is_default(slot)]
