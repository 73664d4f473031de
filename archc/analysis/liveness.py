"""From when to when each tensor is alive, and how much memory that takes at each step.

One definition for a graph, whose blocks keep what they are called with (`archc.analysis.memory`),
and for a program, whose values have registers (`archc.passes.storage`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from archc.ir import Value

__all__ = ["Lifetime", "Moment", "alive", "homes", "lifetimes"]


class Moment(NamedTuple):
    """One step of a run: the tensor that it makes, and those that are still needed at its end."""

    makes: Value
    needs: tuple[Value, ...]


class Lifetime(NamedTuple):
    """The numbers of the first and the last step at which a tensor's memory is taken."""

    first: int
    last: int


def homes(given: Value, made: Iterable[tuple[Value, Value | None]]) -> dict[Value, Value]:
    """The value whose memory each value is: its own, or that of what it is a view of.

    ``made`` has the values in order, each with the value that it is a view of, if it is one.
    """
    home = {given: given}
    for value, shown in made:
        home[value] = value if shown is None else home[shown]
    return home


def lifetimes(
    given: Value,
    moments: Sequence[Moment],
    kept: Iterable[Value] = (),
    home: Mapping[Value, Value] | None = None,
) -> dict[Value, Lifetime]:
    """When each tensor is alive: from the step that makes it to the last that needs it.

    The tensor ``given`` is there at the beginning; those ``kept`` stay to the end. With ``home``
    the tensors are those that have memory of their own, and a view keeps what it shows.
    """
    first: dict[Value, int] = {}
    last: dict[Value, int] = {}

    def touch(value: Value, step: int) -> None:
        owner = value if home is None else home[value]
        first.setdefault(owner, step)
        last[owner] = step

    touch(given, 0)
    for step, (makes, needs) in enumerate(moments):
        for value in (makes, *needs):
            touch(value, step)
    for value in kept:
        touch(value, len(moments))
    return {value: Lifetime(first[value], last[value]) for value in first}


def alive(lived: Mapping[Value, Lifetime], steps: int, size: Callable[[Value], int]) -> list[int]:
    """How much is alive while each step runs, in what ``size`` counts for a tensor."""
    change = [0] * (steps + 2)
    for value, (first, last) in lived.items():
        change[first] += size(value)
        change[last + 1] -= size(value)
    return list(accumulate(change))[:steps]
