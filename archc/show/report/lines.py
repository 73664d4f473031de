"""What a table has lines for, a row or an operation each, and what is measured of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from archc.analysis import memory
from archc.analysis.cost import Cost
from archc.analysis.counting import CONVENTIONS, Convention
from archc.analysis.depth import depth
from archc.analysis.receptive_field import Field, receptive_fields
from archc.ir import Network, Operation, Row, Value
from archc.passes import pipeline
from archc.show.report.table import Report, ReportRow
from archc.show.report.verdicts import Published

__all__ = ["Level", "Line", "Measured"]

Level = Literal["row", "op"]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A row of the report, or one operation of it, as the emitted module runs it."""

    printed: str
    name: str
    type: str
    output: Value
    operations: tuple[Operation, ...]
    row: str
    is_row: bool
    unlisted: bool = False
    cells: dict[str, str] = field(default_factory=dict)
    published: dict[str, Published] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """The longest chain of layers with kernels."""
        return depth(self.operations)


@dataclass(frozen=True)
class Measured:
    """A report's figures under one convention, for one dtype and batch.

    Rows are those of the network after the passes that its source has: costs and shapes are
    the same, and operations are the ones that run.
    """

    report: Report
    convention: Convention = CONVENTIONS["paper"]
    dtype: str = "float32"
    batch: int = 1

    @cached_property
    def network(self) -> Network:
        """The network as its source has it."""
        return pipeline.run(self.report.network, pipeline.FOR_SOURCE)

    def lines(self, level: Level) -> Iterator[Line]:
        """The rows in order, unlisted ones included, or their operations."""
        for row, shown in zip(self.network.rows, self.report.rows, strict=True):
            if level == "row":
                yield _row_line(row, shown)
            else:
                yield from _operation_lines(row)

    def cost(self, line: Line) -> Cost:
        """Params, weights and multiply-adds."""
        return self.convention.cost(line.operations)

    @cached_property
    def main(self) -> Cost:
        """The main path's cost, without heads."""
        return self.convention.cost(self.network.operations())

    @cached_property
    def told(self) -> Cost:
        """What the convention's tool says of the whole network."""
        return self.convention.total(self.network)

    @property
    def depth(self) -> int:
        """The main path's depth."""
        return self.report.figures.depth

    @cached_property
    def fields(self) -> dict[Value, Field]:
        """The receptive fields by value."""
        return receptive_fields(self.network)

    @cached_property
    def steps(self) -> dict[Operation, memory.ScheduledOperation]:
        """The schedule, by operation."""
        steps = memory.schedule(self.network, self.dtype, self.batch)
        return {step.operation: step for step in steps}

    def activations(self, line: Line) -> int:
        """Elements of the tensors that the line's operations make, for one sample."""
        return sum(self.steps[each].activations for each in line.operations)

    @property
    def all_activations(self) -> int:
        """Elements of all tensors that operations make, for one sample."""
        return sum(step.activations for step in self.steps.values())

    def memory(self, elements: int) -> int:
        """Bytes of so many elements per sample, for the whole batch."""
        return elements * memory.DTYPES[self.dtype] * self.batch

    def alive(self, line: Line) -> int | None:
        """The most bytes of activations at once while the line runs; None if nothing runs."""
        return memory.peak(self.steps[each] for each in line.operations) or None

    @property
    def peak(self) -> int:
        """The most bytes of activations at once."""
        return memory.peak(self.steps.values())

    @property
    def at_peak(self) -> str:
        """The row in which memory peaks, as printed."""
        busiest = max(self.lines("row"), key=lambda line: self.alive(line) or 0)
        return busiest.printed


def _row_line(row: Row, shown: ReportRow) -> Line:
    return Line(
        row.printed,
        row.name,
        row.type,
        row.output,
        tuple(row.operations()),
        row.name,
        True,
        row.unlisted,
        row.cells,
        shown.published,
    )


def _operation_lines(row: Row) -> Iterator[Line]:
    """The row's operations; a row of several says its name before each."""
    listed = list(row.operations())
    for each in listed:
        kind = each.op.names[0]
        printed = row.printed if len(listed) == 1 else f"{row.printed}: {each.name}"
        yield Line(printed, each.name, kind, each.output, (each,), row.name, False, row.unlisted)
