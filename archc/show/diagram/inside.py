"""Boxes for what is inside rows: an operation with its norm and activation, or each alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from archc.ir import Node, Operation, Value
from archc.ir.graph import operations
from archc.ops.arrangement import Concat
from archc.ops.family import Family
from archc.show.diagram.drawing import Arrow, Box, Frame, Part
from archc.show.diagram.labels import operation_lines, unit_lines, wrapped
from archc.show.diagram.names import inner_name, place_name

__all__ = ["Detail", "Sketch"]

Detail = Literal["units", "operations"]


class Sketch:
    """Collects the arrows between boxes, and remembers which boxes made each tensor.

    ``sizes`` are labels that tensors still have to get, on the first arrow of each.

    With ``units``, an operation is one box with its norm and activation, and a concatenation
    that only another one reads is drawn as part of that one, as in the papers' figure 7.
    """

    def __init__(self, detail: Detail, graph: Iterable[Operation]) -> None:
        """An empty sheet for a graph of these operations."""
        self.detail = detail
        self.arrows: list[Arrow] = []
        self.made_by: dict[Value, tuple[str, ...]] = {}
        self.sizes: dict[Value, str] = {}
        self._entered: dict[Value, tuple[str, ...]] = {}
        self._within: dict[Value, tuple[Operation, ...]] = {}
        listed = list(graph)
        self._reads = Counter(value for each in listed for value in each.inputs)
        self._joined = {
            value for each in listed if isinstance(each.op, Concat) for value in each.inputs
        }

    def parts(self, nodes: Iterable[Node], outer: str, aside: bool = False) -> tuple[Part, ...]:
        """The nodes' boxes, with a frame around each module that another one uses.

        Its title is what the spec calls the module: the use has a name for code. A row's own
        module has its frame from the row: only ``row-stem/stem`` opens others.
        """
        found: list[Part] = []
        for node in nodes:
            name = inner_name(outer, node.name)
            if isinstance(node, Operation):
                found += self._box(name, (node,), aside)
            elif node.kind == "unit" and self.detail == "units":
                found += self._box(name, tuple(node.operations()), aside)
            elif node.module is not None and "/" in outer:
                found += self.framed(wrapped(node.module.name), node.children, name, aside)
            else:
                found += self.parts(node.children, name, aside)
        return tuple(found)

    def framed(
        self, title: tuple[str, ...], nodes: Sequence[Node], name: str, aside: bool = False
    ) -> tuple[Part, ...]:
        """The nodes' boxes in a frame, unless there is only one.

        The frame's title stands where the first tensor comes in, and other tensors that are
        read more than once have a dot there, so that one arrow leads to each and arrows to many
        boxes do not start in what is before.
        """
        if self._count(nodes) < 2:
            return self.parts(nodes, name, aside)
        inside = list(operations(nodes))
        made = {each.output for each in inside}
        reads = Counter(value for each in inside for value in each.inputs if value not in made)
        main, *others = reads
        entries = [Box(place_name(name, "title"), title, Family.TENSOR, mark="title", aside=aside)]
        self._enter(main, entries[0])
        for number, value in enumerate(value for value in others if reads[value] > 1):
            dot = place_name(name, f"in {number}")
            entries.append(Box(dot, (), Family.TENSOR, mark="dot", aside=aside))
            self._enter(value, entries[-1])
        before = {value: self._entered.pop(value) for value in reads if value in self._entered}
        parts = (*entries, *self.parts(nodes, name, aside))
        self.made_by.update(before)
        return (Frame(name, title, parts, aside),)

    def connect(self, values: Iterable[Value], box: str, aside: bool = False) -> None:
        """Arrows to a box from whatever made the tensors."""
        for value in values:
            for tail in self.made_by[value]:
                label = self.sizes.pop(value, "") if not aside else ""
                self.arrows.append(Arrow(tail, box, label, aside))

    def same(self, drawn: Iterable[Operation], left_out: Iterable[Operation]) -> None:
        """Operations that are not drawn, as others stand for them: their tensors are theirs."""
        for one, other in zip(drawn, left_out, strict=True):
            self.made_by[other.output] = self.made_by[one.output]

    def _enter(self, value: Value, entry: Box) -> None:
        self.connect([value], entry.name, entry.aside)
        self._entered[value] = self.made_by[value]
        self.made_by[value] = (entry.name,)

    def _count(self, nodes: Iterable[Node]) -> int:
        """How many boxes the nodes are."""
        count = 0
        for node in nodes:
            if isinstance(node, Operation):
                count += not self._is_part_of_a_join((node,))
            elif node.kind == "unit" and self.detail == "units":
                count += 1
            else:
                count += self._count(node.children)
        return count

    def _box(self, name: str, operations: Sequence[Operation], aside: bool) -> list[Box]:
        if self._is_part_of_a_join(operations):
            output, inputs = operations[0].output, operations[0].inputs
            self.made_by[output] = tuple(tail for each in inputs for tail in self.made_by[each])
            self._within[output] = (*operations, *self._inner(inputs))
            return []
        made = {each.output for each in operations}
        outside = [each for one in operations for each in one.inputs if each not in made]
        self.connect(outside, name, aside)
        self.made_by.update(dict.fromkeys(made, (name,)))
        lines = unit_lines if self.detail == "units" else _one
        kind = operations[0].op.family
        drawn = (*operations, *self._inner(outside))
        return [Box(name, lines(operations), kind, drawn, aside=aside)]

    def _inner(self, values: Iterable[Value]) -> Iterator[Operation]:
        """The concatenations that are drawn as part of the one that reads them."""
        for value in values:
            yield from self._within.get(value, ())

    def _is_part_of_a_join(self, operations: Sequence[Operation]) -> bool:
        if self.detail != "units" or not isinstance(operations[0].op, Concat):
            return False
        output = operations[0].output
        return len(operations) == 1 and output in self._joined and self._reads[output] == 1


def _one(operations: Sequence[Operation]) -> tuple[str, ...]:
    return operation_lines(operations[0])
