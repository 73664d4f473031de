"""The columns that a report can have: one definition each, for every format.

A `ReportColumn` asks `ReportMeasures` for something of a `ReportLine`: a row, or one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from archc.analysis import memory
from archc.analysis.cost import CONVENTIONS, Convention, Cost, depth
from archc.analysis.receptive_field import FieldInterval, ReceptiveField, receptive_fields
from archc.diagnostics import ArchcError, nearest
from archc.ir import Network, Operation, Row, Value
from archc.ops import format_shape
from archc.ops.shape import is_map
from archc.passes import pipeline
from archc.quantities import percent
from archc.show.report.figures import ReportFigures, ReportRow
from archc.show.report.verdicts import MARKS, Published
from archc.texts import one_line

__all__ = [
    "COLUMNS",
    "DEFAULT",
    "ColumnValue",
    "ReportColumn",
    "ReportLevel",
    "ReportLine",
    "ReportMeasures",
    "UnknownColumnError",
    "choose",
]

ReportLevel = Literal["row", "op"]
"""What a table has lines for."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportLine:
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
class ReportMeasures:
    """A report's figures under one convention, for one dtype and batch.

    Rows are those of the network after the passes that its source has: costs and shapes are
    the same, and operations are the ones that run.
    """

    report: ReportFigures
    convention: Convention = CONVENTIONS["paper"]
    dtype: str = "float32"
    batch: int = 1

    @cached_property
    def network(self) -> Network:
        """The network as its source has it."""
        return pipeline.run(self.report.network, pipeline.FOR_SOURCE)

    def lines(self, level: ReportLevel) -> Iterator[ReportLine]:
        """Make a line for each row in order, unlisted ones included, or for each operation."""
        for row, shown in zip(self.network.rows, self.report.rows, strict=True):
            if level == "row":
                yield _row_line(row, shown)
            else:
                yield from _operation_lines(row)

    def cost(self, line: ReportLine) -> Cost:
        """Count params, weights and multiply-adds."""
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
    def fields(self) -> dict[Value, ReceptiveField]:
        """The receptive fields by value."""
        return receptive_fields(self.network)

    @cached_property
    def steps(self) -> dict[Operation, memory.ScheduledOperation]:
        """The schedule, by operation."""
        steps = memory.schedule(self.network, self.dtype, self.batch)
        return {step.operation: step for step in steps}

    def activations(self, line: ReportLine) -> int:
        """Count the elements of the tensors that the line's operations make, for one sample."""
        return sum(self.steps[operation].activations for operation in line.operations)

    @property
    def all_activations(self) -> int:
        """Elements of all tensors that operations make, for one sample."""
        return sum(step.activations for step in self.steps.values())

    def memory(self, elements: int) -> int:
        """Count the bytes of so many elements per sample, for the whole batch."""
        return elements * memory.DTYPES[self.dtype] * self.batch

    def alive(self, line: ReportLine) -> int | None:
        """Find the most bytes of activations at once while the line runs; None if nothing runs."""
        return memory.peak(self.steps[operation] for operation in line.operations) or None

    @property
    def peak(self) -> int:
        """The most bytes of activations at once."""
        return memory.peak(self.steps.values())

    @property
    def at_peak(self) -> str:
        """The row in which memory peaks, as printed."""
        busiest = max(self.lines("row"), key=lambda line: self.alive(line) or 0)
        return busiest.printed


def _row_line(row: Row, shown: ReportRow) -> ReportLine:
    return ReportLine(
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


def _operation_lines(row: Row) -> Iterator[ReportLine]:
    """Make a line for each of the row's operations; a row of several says its name before each."""
    listed = list(row.operations())
    for operation in listed:
        kind = operation.op.names[0]
        printed = row.printed if len(listed) == 1 else f"{row.printed}: {operation.name}"
        yield ReportLine(
            printed,
            operation.name,
            kind,
            operation.output,
            (operation,),
            row.name,
            False,
            row.unlisted,
        )


# Columns

ColumnValue = str | int | float | list[int] | list[int | float] | None
"""A value as data: None where there is nothing to say."""

DEFAULT = ("row", "output", "depth", "params", "macs", "flops")
"""What is shown where another level or convention is asked for, and no columns."""


class UnknownColumnError(ArchcError):
    """There is no such column."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column: its name on the command line, its header, and what it is in words.

    ``value`` is a line's cell as data, ``show`` its text where that is not its usual one.
    ``total`` is the cell of the last line.
    """

    name: str
    header: str
    about: str
    value: Callable[[ReportLine, ReportMeasures], ColumnValue]
    total: Callable[[ReportMeasures], ColumnValue] = lambda measures: None
    show: Callable[[ColumnValue], str] | None = None
    left: bool = False

    def text(self, cell: ColumnValue) -> str:
        """Write a value as people read it; nothing for None and, of counts, for 0."""
        if cell is None:
            return ""
        if self.show is not None:
            return self.show(cell)
        return (f"{cell:,}" if cell else "") if isinstance(cell, int) else one_line(str(cell))


def choose(names: Iterable[str]) -> tuple[ReportColumn, ...]:
    """Find the columns of these names, in order. Raises `UnknownColumnError`, with the nearest."""
    chosen = []
    for name in names:
        if name not in COLUMNS:
            hint = nearest(name, COLUMNS) or f"the columns are {', '.join(COLUMNS)}"
            raise UnknownColumnError(f"no column `{name}`, {hint}")
        chosen.append(COLUMNS[name])
    return tuple(chosen)


def _count(key: str) -> Callable[[ReportLine, ReportMeasures], ColumnValue]:
    return lambda line, measures: getattr(measures.cost(line), key)


def _share(key: str) -> Callable[[ReportLine, ReportMeasures], ColumnValue]:
    """Measure a line's part of the main path's total, 0 to 1."""

    def value(line: ReportLine, measures: ReportMeasures) -> ColumnValue:
        whole = getattr(measures.main, key)
        return getattr(measures.cost(line), key) / whole if whole else None

    return value


def _percent(cell: ColumnValue) -> str:
    return percent(cell) if isinstance(cell, float) and cell else ""


def _mebibytes(cell: ColumnValue) -> str:
    return f"{cell / 2**20:,.2f}" if isinstance(cell, int) and cell else ""


def _shape(cell: ColumnValue) -> str:
    return format_shape(tuple(map(int, cell))) if isinstance(cell, list) else ""


def _pair(cell: ColumnValue) -> str:
    """``7×7``: height × width."""
    return "×".join(f"{size:,}" for size in cell) if isinstance(cell, list) else ""


def _field(
    read: Callable[[FieldInterval], Fraction],
) -> Callable[[ReportLine, ReportMeasures], ColumnValue]:
    """Measure the receptive field along height and width, in whole cells where it is."""

    def value(line: ReportLine, measures: ReportMeasures) -> ColumnValue:
        receptive = measures.fields[line.output]
        return [_number(read(axis)) for axis in (receptive.height, receptive.width)]

    return value


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _seen(line: ReportLine, measures: ReportMeasures) -> ColumnValue:
    """Count the cells of the input that the middle cell sees, along height and width."""
    receptive, shape = measures.fields[line.output], line.output.shape
    middle = [size // 2 for size in shape[1:]] if is_map(shape) else [0, 0]
    spans = [
        axis.seen(cell, size)
        for axis, cell, size in zip(
            (receptive.height, receptive.width),
            middle,
            measures.network.input.shape[1:],
            strict=True,
        )
    ]
    return [last - first + 1 for first, last in spans]


def _printed(key: str) -> Callable[[ReportLine, ReportMeasures], ColumnValue]:
    """Return what the paper prints, with its verdict's mark."""

    def value(line: ReportLine, measures: ReportMeasures) -> ColumnValue:
        cell = line.published.get(key)
        return f"{cell.printed} {MARKS[cell.verdict]}" if cell else None

    return value


def _flops(cost: Cost) -> int:
    return 2 * cost.macs


_PRINTED = {"params": "{counted}", "ops": "multiply-adds", "depth": "the column depth"}
"""The paper's figures, and which of ours they are about."""

COLUMNS: dict[str, ReportColumn] = {
    column.name: column
    for column in (
        ReportColumn(
            "row", "row", "the row as printed, or the operation",
            lambda line, measures: line.printed, lambda measures: "total", left=True,
        ),
        ReportColumn(
            "name", "name", "the name in code", lambda line, measures: line.name, left=True,
        ),
        ReportColumn("type", "type", "what it is", lambda line, measures: line.type, left=True),
        ReportColumn(
            "patch", "patch", "the patch size and stride as printed",
            lambda line, measures: line.cells.get("patch"), left=True,
        ),
        ReportColumn(
            "output", "output", "output: height×width×channels of one sample",
            lambda line, measures: list(line.output.shape), show=_shape,
        ),
        ReportColumn(
            "depth", "depth", "depth: the longest chain of convolutions and linear layers",
            lambda line, measures: line.depth, lambda measures: measures.depth,
        ),
        ReportColumn(
            "params", "params",
            "params: learned weights and biases, and a norm's scale and shift",
            _count("params"), lambda measures: measures.main.params,
        ),
        ReportColumn(
            "params-share", "% params", "% params: of the main path's params",
            _share("params"), show=_percent,
        ),
        ReportColumn(
            "weights", "weights", "weights: kernels of convolutions and linear layers alone",
            _count("weights"), lambda measures: measures.main.weights,
        ),
        ReportColumn(
            "macs", "mult-adds", "mult-adds: {macs}",
            _count("macs"), lambda measures: measures.main.macs,
        ),
        ReportColumn(
            "macs-share", "% mult-adds", "% mult-adds: of the main path's multiply-adds",
            _share("macs"), show=_percent,
        ),
        ReportColumn(
            "flops", "FLOPs", "FLOPs: 2 × mult-adds",
            lambda line, measures: _flops(measures.cost(line)),
            lambda measures: _flops(measures.main),
        ),
        ReportColumn(
            "activations", "activations",
            "activations: elements of the tensors that operations make, for one sample "
            "(none for views and what overwrites its input)",
            lambda line, measures: measures.activations(line),
            lambda measures: measures.all_activations,
        ),
        ReportColumn(
            "memory", "memory MiB",
            "memory: the activations in MiB (2^20 bytes), {dtype}, batch {batch}",
            lambda line, measures: measures.memory(measures.activations(line)),
            lambda measures: measures.memory(measures.all_activations), show=_mebibytes,
        ),
        ReportColumn(
            "alive", "alive MiB",
            "alive: the most MiB of activations at once while it runs in inference, {dtype}, "
            "batch {batch}",
            lambda line, measures: measures.alive(line),
            lambda measures: measures.peak, show=_mebibytes,
        ),
        ReportColumn(
            "field", "field", "field: receptive field of an output cell, height×width in cells "
            "of the input, padding included",
            _field(lambda axis: axis.size), show=_pair,
        ),
        ReportColumn(
            "seen", "seen", "seen: what the middle output cell sees of the input, without padding",
            _seen, show=_pair,
        ),
        ReportColumn(
            "jump", "jump", "jump: cells of the input from one output cell to the next",
            _field(lambda axis: axis.jump), show=_pair,
        ),
        ReportColumn(
            "centre", "centre", "centre: of the first output cell's field, in cells of the input "
            "(its first is 0)",
            _field(lambda axis: axis.centre), show=_pair,
        ),
        *(
            ReportColumn(
                f"paper-{key}", f"paper {key}",
                f"paper {key}: as printed, about {counted} (= exact, ≈ off by rounding, "
                "✗ erratum)",
                _printed(key),
            )
            for key, counted in _PRINTED.items()
        ),
    )
}  # fmt: skip
"""By name, in the order in which help lists them."""
