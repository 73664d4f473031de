"""What changed inside a row: its columns, its layers' attributes, layers more and less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archc.difference.align import align
from archc.difference.layers import Layer
from archc.difference.words import attributes, describe, plural

__all__ = [
    "Change",
    "LayerPairs",
    "attribute_changes",
    "compare_columns",
    "compare_layers",
    "pair_layers",
]

_NAMED = 3
"""Up to so many layers are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """``what`` was ``before`` and is ``after``; None for a layer that one side lacks.

    ``where`` says in which layers, where the row has several; ``operation`` is theirs.
    """

    what: str
    before: str | None
    after: str | None
    where: str = ""
    operation: str | None = None

    def __str__(self) -> str:
        inside = f" in {self.where}" if self.where else ""
        if self.before is None:
            return f"added {self.after}{inside}"
        if self.after is None:
            return f"removed {self.before}{inside}"
        return f"{self.what} {self.before} → {self.after}{inside}"

    def to_dict(self) -> dict[str, str | None]:
        """Plain data."""
        found = {"what": self.what, "before": self.before, "after": self.after}
        return found | ({"where": self.where} if self.where else {})


LayerPairs = list[tuple[Layer | None, Layer | None]]
"""A row's layers side by side; None where one side has nothing."""


def pair_layers(before: Sequence[Layer], after: Sequence[Layer]) -> LayerPairs:
    """The layers that stand for each other."""
    return [
        (None if i is None else before[i], None if j is None else after[j])
        for i, j in align(before, after, _likeness)
    ]


def _likeness(one: Layer, other: Layer) -> int:
    """Layers of one operation can be each other; the same column or branch speaks for it."""
    if one.name != other.name:
        return 0
    alike = one.column == other.column, one.place == other.place, one.op == other.op
    return 1 + sum(2 * each for each in alike)


def compare_columns(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Columns whose values differ, in the table's order."""
    return [
        Change(key, before.get(key, "none"), after.get(key, "none"))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]


def compare_layers(pairs: LayerPairs) -> list[Change]:
    """What changed in the layers, equal changes of several layers told once."""
    alone = len(pairs) == 1
    places: dict[tuple[str, str, str, str], list[str]] = {}
    for one, other in pairs:
        if one is None or other is None:
            continue
        for what, before, after in attribute_changes(one, other):
            places.setdefault((one.name, what, before, after), []).append(other.label)
    counts = Counter(one.name for one, other in pairs if one is not None and other is not None)
    found = [
        Change(what, before, after, "" if alone else _where(found, name, counts[name]), name)
        for (name, what, before, after), found in places.items()
    ]
    return found + list(_unpaired(pairs))


def attribute_changes(one: Layer, other: Layer) -> Iterator[tuple[str, str, str]]:
    """The attributes that differ, without those that only follow a column or the input."""
    if one == other:
        return
    follow = {name for name, form in one.forms if (name, form) in other.forms}
    before, after = attributes(one), attributes(other)
    for what in before:
        if what in after and before[what] != after[what] and what not in follow:
            yield what, before[what], after[what]


def _where(labels: Sequence[str], name: str, count: int) -> str:
    """The layers by name, or how many."""
    if len(labels) == count > 1:
        return f"all {count} {plural(name)}"
    names = list(dict.fromkeys(labels))
    if len(names) == len(labels) <= _NAMED:
        return ", ".join(names)
    return f"{len(labels)} of {count} {plural(name)}"


def _unpaired(pairs: LayerPairs) -> Iterator[Change]:
    """Layers that one side lacks."""
    for one, other in pairs:
        if other is None and one is not None:
            yield Change("layer", describe(one), None, " ".join(one.place))
        elif one is None and other is not None:
            yield Change("layer", None, describe(other), " ".join(other.place))


def tally(before: Sequence[Layer], after: Sequence[Layer]) -> list[Change]:
    """Which kinds of layers there are fewer and more of, whatever their filters."""
    one, other = (
        Counter(describe(each, filters=False) for each in side) for side in (before, after)
    )
    found = []
    if fewer := one - other:
        found.append(Change("layers", _counted(fewer), None))
    if more := other - one:
        found.append(Change("layers", None, _counted(more)))
    return found


def _counted(layers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" if count > 1 else name for name, count in layers.items())
