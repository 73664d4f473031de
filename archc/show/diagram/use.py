"""One use of a row that is repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archc.analysis.uses import all_alike, runs, uses
from archc.ir import Head, Node, Row
from archc.show.diagram.names import place_name, row_name, times

__all__ = ["Use", "titled_runs", "use_of"]


@dataclass(frozen=True, slots=True)
class Use:
    """The use of that number, from 1 to the row's repeat."""

    row: Row
    number: int = 1

    @property
    def name(self) -> str:
        """``conv3_x, 2 of 4``, with the row's name."""
        return f"{self.row.name}{self.place}"

    @property
    def place(self) -> str:
        """``, 2 of 4``; nothing for a row that is not repeated."""
        return f", {self.number} of {self.row.repeat}" if self.row.repeat > 1 else ""

    @property
    def printed(self) -> str:
        """The same with what the table prints."""
        return f"{times(self.row, 1)}{self.place}"

    @property
    def title(self) -> str:
        """What a figure of it is: of all uses where they are alike."""
        return times(self.row, self.row.repeat) if all_alike(self.row) else self.printed

    @property
    def box(self) -> str:
        """Its box's name: the first has the row's."""
        name = row_name(self.row)
        return name if self.number == 1 else place_name(name, str(self.number))

    @property
    def nodes(self) -> Sequence[Node]:
        """What it became."""
        return uses(self.row)[self.number - 1]


def use_of(part: Row | Head | Use) -> Use | Head:
    """A row stands for its first use."""
    return Use(part) if isinstance(part, Row) else part


def titled_runs(row: Row) -> Iterator[tuple[str, Use, list[Sequence[Node]]]]:
    """Uses that do the same: what they are called, the first, and what the others became."""
    number = 1
    for run in runs(row):
        use = Use(row, number)
        yield times(row, len(run)) if len(run) > 1 else use.printed, use, run[1:]
        number += len(run)
