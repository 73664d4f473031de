"""Boxes and arrows for what is inside rows, and the uses of a row that is repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archc.analysis.parts import all_alike, runs, uses
from archc.ir import Head, ModuleInfo, Node, Operation, Row, Value
from archc.ir.walk import operations
from archc.ops.family import Family
from archc.show.diagram.drawing import Arrow, Box, DrawnPart, Frame
from archc.show.diagram.labels import (
    inner_name,
    place_name,
    row_name,
    times,
    unit_lines,
    wrapped,
)

__all__ = ["Detail", "Sketch", "Use", "module_of", "titled_runs", "use_of"]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a row, by its number, from 1 to the row's repeat."""

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
    """Take a row for its first use."""
    return Use(part) if isinstance(part, Row) else part


def module_of(nodes: Sequence[Node]) -> ModuleInfo | None:
    """Return the module that a row or a head is a use of."""
    if not nodes or nodes[0].kind != "module":
        return None
    return nodes[0].module


def titled_runs(row: Row) -> Iterator[tuple[str, Use, list[Sequence[Node]]]]:
    """Group uses that do the same: their title, the first, and what the others became."""
    number = 1
    for run in runs(row):
        use = Use(row, number)
        yield times(row, len(run)) if len(run) > 1 else use.printed, use, run[1:]
        number += len(run)


Detail = Literal["units", "operations"]


class Sketch:
    """Collects the arrows between boxes, and remembers which boxes made each tensor.

    Boxes are asked for in the order of the graph, so that what a box reads is always in
    ``made_by``: the boxes (several for an inner concatenation) that its arrows start at. In a
    frame that is the frame's title or a dot. ``sizes`` are labels that tensors still have to get,
    on the first arrow of each.

    With ``units``, an operation is one box with its norm and activation, and a concatenation
    that only another one reads is drawn as part of that one, as in the papers' figure 7.
    """

    def __init__(self, detail: Detail) -> None:
        self.detail = detail
        self.arrows: list[Arrow] = []
        self.made_by: dict[Value, tuple[str, ...]] = {}
        self.sizes: dict[Value, str] = {}
        self._entered: dict[Value, tuple[str, ...]] = {}
        self._within: dict[Value, tuple[Operation, ...]] = {}

    def parts(
        self, nodes: Iterable[Node], outer: str, aside: bool = False
    ) -> tuple[DrawnPart, ...]:
        """Draw the nodes as boxes, with a frame around each module that another one uses.

        Its title is what the spec calls the module: the use has a name for code. A row's own
        module has its frame from the row: only ``row-stem/stem`` opens others.
        """
        drawn: list[DrawnPart] = []
        for node in nodes:
            name = inner_name(outer, node.name)
            if self._is_box(node):
                drawn += self._box(name, tuple(node.operations()), aside)
            elif node.kind == "module" and node.module is not None and "/" in outer:
                drawn += self.framed(wrapped(node.module.name), node.children, name, aside)
            else:
                drawn += self.parts(node.children, name, aside)
        return tuple(drawn)

    def framed(
        self, title: tuple[str, ...], nodes: Sequence[Node], name: str, aside: bool = False
    ) -> tuple[DrawnPart, ...]:
        """Draw the nodes as boxes in a frame, unless there is only one.

        The frame's title stands where the first tensor comes in, and other tensors that are
        read more than once have a dot there, so that one arrow leads to each and arrows to many
        boxes do not start in what is before.
        """
        if self._count(nodes) < 2:
            return self.parts(nodes, name, aside)
        inside = list(operations(nodes))
        made = {operation.output for operation in inside}
        reads = Counter(
            value for operation in inside for value in operation.inputs if value not in made
        )
        main, *further = reads
        entries = [Box(place_name(name, "title"), title, Family.TENSOR, mark="title", aside=aside)]
        self._enter(main, entries[0])
        for number, value in enumerate(value for value in further if reads[value] > 1):
            dot = place_name(name, f"in {number}")
            entries.append(Box(dot, (), Family.TENSOR, mark="dot", aside=aside))
            self._enter(value, entries[-1])
        before = {value: self._entered.pop(value) for value in reads if value in self._entered}
        parts = (*entries, *self.parts(nodes, name, aside))
        self.made_by.update(before)
        return (Frame(name, title, parts, aside),)

    def connect(self, values: Iterable[Value], box: str, aside: bool = False) -> None:
        """Draw arrows to a box from whatever made the tensors."""
        for value in values:
            for tail in self.made_by[value]:
                label = self.sizes.pop(value, "") if not aside else ""
                self.arrows.append(Arrow(tail, box, label, aside))

    def same(self, drawn: Iterable[Operation], left_out: Iterable[Operation]) -> None:
        """Let operations that are drawn stand for others that are left out."""
        for shown, hidden in zip(drawn, left_out, strict=True):
            self.made_by[hidden.output] = self.made_by[shown.output]

    def _enter(self, value: Value, entry: Box) -> None:
        self.connect([value], entry.name, entry.aside)
        self._entered[value] = self.made_by[value]
        self.made_by[value] = (entry.name,)

    def _count(self, nodes: Iterable[Node]) -> int:
        """Count the boxes that the nodes are."""
        count = 0
        for node in nodes:
            if self._is_box(node):
                count += not self._is_part_of_a_join(tuple(node.operations()))
            else:
                count += self._count(node.children)
        return count

    def _is_box(self, node: Node) -> bool:
        """Whether a node is drawn as one box."""
        return node.kind in (("operation", "unit") if self.detail == "units" else ("operation",))

    def _box(self, name: str, operations: Sequence[Operation], aside: bool) -> list[Box]:
        if self._is_part_of_a_join(operations):
            output, inputs = operations[0].output, operations[0].inputs
            self.made_by[output] = tuple(tail for value in inputs for tail in self.made_by[value])
            self._within[output] = (*operations, *self._inner(inputs))
            return []
        made = {operation.output for operation in operations}
        outside = [
            value for operation in operations for value in operation.inputs if value not in made
        ]
        self.connect(outside, name, aside)
        self.made_by.update(dict.fromkeys(made, (name,)))
        kind = operations[0].op.family
        drawn = (*operations, *self._inner(outside))
        return [Box(name, unit_lines(operations), kind, drawn, aside=aside)]

    def _inner(self, values: Iterable[Value]) -> Iterator[Operation]:
        """List the concatenations that are drawn as part of the one that reads them."""
        for value in values:
            yield from self._within.get(value, ())

    def _is_part_of_a_join(self, operations: Sequence[Operation]) -> bool:
        """Whether it is one concatenation, which another one alone reads."""
        users = operations[0].output.users
        return (
            self.detail == "units"
            and len(operations) == len(users) == 1
            and operations[0].op.absorbs
            and users[0].op.absorbs
        )
