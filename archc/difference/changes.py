"""What changed inside a row: its columns, its layers' attributes, layers more and less.

A row's layers are aligned in order, and the attributes of two that stand for each other are
compared in the words that specs write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archc.analysis.alignment import Costs, align
from archc.difference.rows import RowLayer
from archc.fields import to_key
from archc.ops import Op
from archc.ops.wording import value_words

__all__ = [
    "Change",
    "RowLayerPairs",
    "attribute_changes",
    "compare_columns",
    "compare_layers",
    "pair_layers",
    "plural",
    "tally",
]

_NAMED = 3
"""So many layers at most are named; more are counted."""


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
        """Return plain data."""
        data = {"what": self.what, "before": self.before, "after": self.after}
        return data | ({"where": self.where} if self.where else {})


RowLayerPairs = list[tuple[RowLayer | None, RowLayer | None]]
"""A row's layers side by side; None where one side has nothing."""


def pair_layers(before: Sequence[RowLayer], after: Sequence[RowLayer]) -> RowLayerPairs:
    """Align the layers of two rows."""
    return [
        (None if i is None else before[i], None if j is None else after[j])
        for i, j in align(before, after, _COSTS)
    ]


def _pair_cost(before: RowLayer, after: RowLayer) -> int | None:
    """Return the profit of a pair: layers of one operation may be each other.

    That they share a column, a branch or all attributes speaks for it.
    """
    if before.name != after.name:
        return None
    alike = before.column == after.column, before.place == after.place, before.op == after.op
    return -1 - 2 * sum(alike)


_COSTS = Costs(_pair_cost)


def compare_columns(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return the columns whose values differ, in the table's order."""
    return [
        Change(key, before.get(key, "none"), after.get(key, "none"))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]


def compare_layers(pairs: RowLayerPairs) -> list[Change]:
    """Return what changed in the layers, equal changes of several layers told once."""
    alone = len(pairs) == 1
    labels: dict[tuple[str, str, str, str], list[str]] = {}
    for before, after in pairs:
        if before is None or after is None:
            continue
        for what, old, new in attribute_changes(before, after):
            labels.setdefault((before.name, what, old, new), []).append(after.label)
    counts = Counter(
        before.name for before, after in pairs if before is not None and after is not None
    )
    changes = [
        Change(what, old, new, "" if alone else _where(where, name, counts[name]), name)
        for (name, what, old, new), where in labels.items()
    ]
    return changes + list(_unpaired(pairs))


def attribute_changes(before: RowLayer, after: RowLayer) -> Iterator[tuple[str, str, str]]:
    """Yield the attributes that differ, but for those that only follow a column or the input."""
    if before == after:
        return
    follow = {name for name, form in before.forms if (name, form) in after.forms}
    old, new = _attributes(before), _attributes(after)
    for what in old:
        if what in new and old[what] != new[what] and what not in follow:
            yield what, old[what], new[what]


def _where(labels: Sequence[str], name: str, count: int) -> str:
    """Name the layers, or say how many of ``count`` they are."""
    if len(labels) == count > 1:
        return f"all {count} {plural(name)}"
    names = list(dict.fromkeys(labels))
    if len(names) == len(labels) <= _NAMED:
        return ", ".join(names)
    return f"{len(labels)} of {count} {plural(name)}"


def plural(name: str) -> str:
    """Name more than one of an operation: ``convolutions``, ``softmaxes``."""
    return f"{name}es" if name.endswith("x") else f"{name}s"


def _attributes(layer: RowLayer) -> dict[str, str]:
    """Return a layer's attributes by key, as specs write them, with its norm and activation."""
    values = layer.op.values()
    words = {to_key(name): value_words(name, value) for name, value in values.items()}
    words["norm"] = ", ".join(map(_follower, layer.norm)) or "none"
    words["activation"] = ", ".join(map(_follower, layer.activation)) or "none"
    return words


def _follower(op: Op) -> str:
    """Say a norm or an activation with what is no default: ``batch norm (eps 0.001)``."""
    given = [
        f"{to_key(name)} {value_words(name, value)}"
        for name, value in op.values().items()
        if value != op.fields[name].default
    ]
    return f"{op.names[0]} ({', '.join(given)})" if given else op.names[0]


def _unpaired(pairs: RowLayerPairs) -> Iterator[Change]:
    """Yield the layers that one side lacks."""
    for before, after in pairs:
        if after is None and before is not None:
            yield Change("layer", before.op.describe(), None, " ".join(before.place))
        elif before is None and after is not None:
            yield Change("layer", None, after.op.describe(), " ".join(after.place))


def tally(before: Sequence[RowLayer], after: Sequence[RowLayer]) -> list[Change]:
    """Return which kinds of layers there are fewer and more of, whatever their filters."""
    left, right = (
        Counter(f"{layer.name} {layer.op.patch_words()}".rstrip() for layer in side)
        for side in (before, after)
    )
    changes = []
    if fewer := left - right:
        changes.append(Change("layers", _counted(fewer), None))
    if more := right - left:
        changes.append(Change("layers", None, _counted(more)))
    return changes


def _counted(layers: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" if count > 1 else name for name, count in layers.items())
