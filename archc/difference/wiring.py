"""Which rows a row reads, where it is not only the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from archc.ir import Head, Network, Row, Value

__all__ = ["BEFORE", "Read", "Wiring", "inside", "reads"]

BEFORE = "the row before"


@dataclass(frozen=True, slots=True)
class Read:
    """A tensor that a row takes: of which row (-1 is the input), or the row before's output.

    ``whole`` is whether it is the row's output, and not a tensor inside it.
    """

    source: int | None
    whole: bool = True


Wiring = tuple[tuple[Read, ...], ...]
"""What each row reads, in order."""


def reads(network: Network) -> Wiring:
    """What each row of a network reads."""
    owners: dict[Value, int] = {network.input: -1}
    found = []
    before = network.input
    for index, row in enumerate(network.rows):
        found.append(_reads(row, before, owners, network))
        for operation in row.operations():
            owners.setdefault(operation.output, index)
        before = row.output
    return tuple(found)


def _reads(
    row: Row, before: Value, owners: Mapping[Value, int], network: Network
) -> tuple[Read, ...]:
    taken = (value for operation in row.operations() for value in operation.inputs)
    found = []
    for value in dict.fromkeys(taken):
        if value is before:
            found.append(Read(None))
        elif value in owners:
            source = owners[value]
            whole = source < 0 or value is network.rows[source].output
            found.append(Read(source, whole))
    return tuple(found)


def inside(part: Row | Head) -> tuple[tuple[str, str], ...]:
    """Each operation of a row in order, and what it reads: both numbered by their kind.

    Tensors from elsewhere are numbered as they come: `reads` says which they are.
    """
    names: dict[Value, str] = {}
    counts: Counter[str] = Counter()
    found = []
    for operation in part.operations():
        for value in operation.inputs:
            if value not in names:
                names[value] = _numbered("input", counts)
        name = _numbered(operation.op.names[0], counts)
        found.append((name, ", ".join(names[value] for value in operation.inputs)))
        names[operation.output] = name
    return tuple(found)


def _numbered(name: str, counts: Counter[str]) -> str:
    counts[name] += 1
    return name if counts[name] == 1 else f"{name} {counts[name]}"
