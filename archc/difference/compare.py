"""Compare two networks, row by row and head by head.

The rows of the two tables are aligned, then the layers inside each pair of rows; a row's changes
are its columns, its layers' attributes and what it reads. What all layers of an operation change
is told once, for the whole network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archc.analysis.alignment import Costs, PositionMatch, align
from archc.analysis.figures import HeadFigures, figures
from archc.difference.changes import (
    Change,
    RowLayerPairs,
    attribute_changes,
    compare_columns,
    compare_layers,
    pair_layers,
    tally,
)
from archc.difference.model import (
    ComparedNetwork,
    Difference,
    GeneralChange,
    HeadDifference,
    RowDifference,
    RowStatus,
)
from archc.difference.rows import (
    BEFORE,
    RowProfile,
    RowRead,
    Wiring,
    head_profile,
    inside,
    likeness,
    reads,
    row_profile,
)
from archc.ir import Head, Network, Row

__all__ = ["compare"]

_COMMON = 3
"""A change of so many layers at least, and of all of their operation, is told once."""

_NUMBER = re.compile(r"_\d+$")


def compare(before: Network, after: Network, titles: tuple[str, str] | None = None) -> Difference:
    """Return what became of ``before``'s rows and heads in ``after``.

    Rows are aligned by what is printed, their types, layers and columns; a renamed row stays
    the same row. Names in code, claims and remarks are not compared. ``titles`` are what to
    call the two; their own names if not given. Figures are for one sample.
    """
    names = titles or (before.name, after.name)
    sides = (
        ComparedNetwork(names[0], before, figures(before)),
        ComparedNetwork(names[1], after, figures(after)),
    )
    tables = _Tables.of(before, after)
    pairs = {match: tables.layers(match) for match in tables.matches}
    everywhere = _everywhere(pairs.values())
    rows = tuple(_row(match, tables, sides, pairs[match], everywhere) for match in tables.matches)
    return Difference(*sides, everywhere, rows, tuple(_heads(sides, tables)))


@dataclass(frozen=True, slots=True)
class _Tables:
    """Both tables' rows, aligned, and what they read."""

    before: tuple[RowProfile, ...]
    after: tuple[RowProfile, ...]
    matches: tuple[PositionMatch, ...]
    wiring: tuple[Wiring, Wiring]
    partners: Mapping[int, int]
    """The position in ``after`` of each of ``before``'s rows that is there; the input is -1."""

    @classmethod
    def of(cls, before: Network, after: Network) -> _Tables:
        """Align the rows of two networks."""
        left = tuple(map(row_profile, before.rows))
        right = tuple(map(row_profile, after.rows))
        matches = tuple(_matches(left, right))
        partners = {-1: -1} | {i: j for i, j in matches if i is not None and j is not None}
        return cls(left, right, matches, (reads(before), reads(after)), partners)

    def layers(self, match: PositionMatch) -> RowLayerPairs:
        """Pair the layers of two rows; none where one side has no row."""
        i, j = match
        return _layers(self.before[i], self.after[j]) if i is not None and j is not None else []


def _matches(left: Sequence[RowProfile], right: Sequence[RowProfile]) -> list[PositionMatch]:
    """Align two tables; rows of the same names in the same order are the same.

    Which table is on the left of the alignment depends on their contents alone, so that a
    comparison the other way round finds the same pairs; on what is printed only where all else
    is equal, so that other words give the same pairs, too.
    """
    if [_words(row) for row in left] == [_words(row) for row in right]:
        return [(index, index) for index in range(len(left))]
    if _contents(left) < _contents(right):
        return align(left, right, _COSTS)
    turned = [(i, j) for j, i in align(right, left, _COSTS)]
    return _removed_first(turned)


def _words(row: RowProfile) -> tuple[str, str]:
    return row.printed, row.name


def _contents(table: Sequence[RowProfile]) -> list[tuple[object, ...]]:
    """Return what two tables are ordered by: shapes and operations, then words."""
    return [(row.shapes, row.operations, _words(row)) for row in table]


def _pair_cost(before: RowProfile, after: RowProfile) -> int | None:
    return -likeness(before, after) or None


_COSTS = Costs(_pair_cost)


def _removed_first(matches: Sequence[PositionMatch]) -> list[PositionMatch]:
    """Put the first table's rows before the second's within each gap."""
    found: list[PositionMatch] = []
    added: list[PositionMatch] = []
    for match in matches:
        if match[0] is None:
            added.append(match)
            continue
        if match[1] is not None:
            found += added
            added = []
        found.append(match)
    return found + added


def _layers(before: RowProfile, after: RowProfile) -> RowLayerPairs:
    """Pair layers use by use, as far as both rows go: one repeat more is told as that."""
    if before.single is not None and after.single is not None:
        return [(before.single, after.single)]
    if before.repeat == after.repeat or before.kind != after.kind:
        return pair_layers(before.layers, after.layers)
    uses = zip(before.uses, after.uses, strict=False)
    return [pair for one, other in uses for pair in pair_layers(one, other)]


def _everywhere(rows: Iterable[RowLayerPairs]) -> tuple[GeneralChange, ...]:
    """Find the changes that all layers of an operation make."""
    layers: Counter[str] = Counter()
    changes: Counter[tuple[str, Change]] = Counter()
    for pairs in rows:
        for one, other in pairs:
            if one is None or other is None:
                continue
            layers[one.name] += 1
            for what, before, after in attribute_changes(one, other):
                changes[one.name, Change(what, before, after)] += 1
    return tuple(
        GeneralChange(name, change)
        for (name, change), count in changes.items()
        if count == layers[name] >= _COMMON
    )


def _row(
    match: PositionMatch,
    tables: _Tables,
    sides: tuple[ComparedNetwork, ComparedNetwork],
    pairs: RowLayerPairs,
    everywhere: Sequence[GeneralChange],
) -> RowDifference:
    i, j = match
    before = sides[0].figures.rows[i] if i is not None else None
    after = sides[1].figures.rows[j] if j is not None else None
    if i is None or j is None:
        alone = tables.before[i] if i is not None else tables.after[j or 0]
        status: RowStatus = "added" if i is None else "removed"
        return RowDifference(status, before, after, details=_details(alone))
    one, other = tables.before[i], tables.after[j]
    changes = [*_own(one, other), *_from(i, j, tables), *_inside(one, other, pairs)]
    if not changes:
        parts = sides[0].network.rows[i], sides[1].network.rows[j]
        changes = _rewired(*parts) or _renamed(one, other)
    common = {(each.operation, *_said(each.change)) for each in everywhere}
    special = tuple(each for each in changes if (each.operation, *_said(each)) not in common)
    found = RowDifference("unchanged", before, after, special)
    if changes:
        return replace(found, status="changed")
    return replace(found, status="follows") if found.moved else found


def _said(change: Change) -> tuple[str, str | None, str | None]:
    return change.what, change.before, change.after


def _own(before: RowProfile, after: RowProfile) -> Iterator[Change]:
    """Find what changed beside the layers: type, repeat and columns."""
    one, other = dict(before.columns), dict(after.columns)
    if before.kind != after.kind:
        yield Change("type", before.kind, after.kind)
        shared = one.keys() & other.keys()
        one, other = ({key: each[key] for key in each if key in shared} for each in (one, other))
    if before.repeat != after.repeat:
        yield Change("repeat", str(before.repeat), str(after.repeat))
    yield from compare_columns(one, other)


def _inside(before: RowProfile, after: RowProfile, pairs: RowLayerPairs) -> list[Change]:
    """Find what changed in the layers; large modules of different kinds get a tally."""
    if before.kind == after.kind or len(pairs) <= _COMMON:
        return compare_layers(pairs)
    return tally(before.layers, after.layers)


def _rewired(before: Row | Head, after: Row | Head) -> list[Change]:
    """Find equal layers that read each other in another way."""
    return [
        Change("from", old, new, name)
        for (name, old), (_, new) in zip(inside(before), inside(after), strict=False)
        if old != new
    ]


def _renamed(before: RowProfile, after: RowProfile) -> list[Change]:
    """Find another name; a number that counts rows of one name is no part of it."""
    if before.printed != after.printed:
        return [Change("name", before.printed, after.printed)]
    names = _NUMBER.sub("", before.name), _NUMBER.sub("", after.name)
    return [Change("name", before.name, after.name)] if names[0] != names[1] else []


def _from(i: int, j: int, tables: _Tables) -> Iterator[Change]:
    """Find that a row reads another row than before."""
    left, right = tables.wiring[0][i], tables.wiring[1][j]
    mapped = [
        read if read.source is None else replace(read, source=tables.partners.get(read.source))
        for read in left
    ]
    lost = any(
        read.source is not None and to.source is None for read, to in zip(left, mapped, strict=True)
    )
    if lost or tuple(mapped) != right:
        yield Change("from", _named(left, tables.before), _named(right, tables.after))


def _named(found: Sequence[RowRead], rows: Sequence[RowProfile]) -> str:
    return ", ".join(
        BEFORE
        if read.source is None
        else "input"
        if read.source < 0
        else f"{'' if read.whole else 'inside '}{rows[read.source].printed}"
        for read in found
    )


def _details(profile: RowProfile) -> str:
    """Say what an added or removed row is: its columns, or its only layer."""
    if profile.columns:
        return ", ".join(f"{key} {value}" for key, value in profile.columns)
    told = profile.single.op.describe() if profile.single is not None else profile.kind
    return "" if told in (profile.kind, profile.printed) else told


def _heads(
    sides: tuple[ComparedNetwork, ComparedNetwork], tables: _Tables
) -> Iterator[HeadDifference]:
    """Compare heads by name: the first network's in order, then those of the second alone."""
    before = {each.head.name: each for each in sides[0].figures.heads}
    after = {each.head.name: each for each in sides[1].figures.heads}
    renamed = {
        tables.before[i].name: tables.after[j].name
        for i, j in tables.matches
        if i is not None and j is not None
    }
    for name in dict.fromkeys((*before, *after)):
        yield _head(before.get(name), after.get(name), renamed)


def _head(
    before: HeadFigures | None, after: HeadFigures | None, renamed: Mapping[str, str]
) -> HeadDifference:
    if before is None or after is None:
        return HeadDifference("added" if before is None else "removed", before, after)
    one, other = head_profile(before.head), head_profile(after.head)
    changes = [*_own(one, other), *_inside(one, other, _layers(one, other))]
    changes = changes or _rewired(before.head, after.head)
    if renamed.get(before.head.after) != after.head.after:
        changes.append(Change("after", before.head.after, after.head.after))
    if before.head.loss_weight != after.head.loss_weight:
        weights = (before.head.loss_weight, after.head.loss_weight)
        texts = ["none" if weight is None else f"{weight:g}" for weight in weights]
        changes.append(Change("loss weight", *texts))
    status: RowStatus = "changed" if changes else "unchanged"
    if not changes and before.cost != after.cost:
        status = "follows"
    return HeadDifference(status, before, after, tuple(changes))
