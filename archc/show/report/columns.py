"""The columns that a report can have: one definition each, for every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from archc.analysis.cost import Cost
from archc.analysis.receptive_field import Axis
from archc.diagnostics import ArchcError, nearest
from archc.ops import format_shape
from archc.ops.shape import is_map
from archc.quantities import percent
from archc.show.report.lines import Line, Measured
from archc.show.report.verdicts import MARKS
from archc.texts import one_line

__all__ = ["COLUMNS", "DEFAULT", "Cell", "Column", "UnknownColumnError", "choose"]

Cell = str | int | float | list[int] | list[int | float] | None
"""A value as data: None where there is nothing to say."""

DEFAULT = ("row", "output", "depth", "params", "macs", "flops")
"""What is shown where another level or convention is asked for, and no columns."""


class UnknownColumnError(ArchcError):
    """There is no such column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name on the command line, its header, and what it is in words.

    ``value`` is a line's cell as data, ``show`` its text where that is not its usual one.
    ``total`` is the cell of the last line.
    """

    name: str
    header: str
    about: str
    value: Callable[[Line, Measured], Cell]
    total: Callable[[Measured], Cell] = lambda found: None
    show: Callable[[Cell], str] | None = None
    left: bool = False

    def text(self, cell: Cell) -> str:
        """A cell as people read it; nothing for None and, of counts, for 0."""
        if cell is None:
            return ""
        if self.show is not None:
            return self.show(cell)
        return (f"{cell:,}" if cell else "") if isinstance(cell, int) else one_line(str(cell))


def choose(names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these names, in order. Raises `UnknownColumnError`, with the nearest."""
    found = []
    for name in names:
        if name not in COLUMNS:
            hint = nearest(name, COLUMNS) or f"the columns are {', '.join(COLUMNS)}"
            raise UnknownColumnError(f"no column `{name}`, {hint}")
        found.append(COLUMNS[name])
    return tuple(found)


def _count(key: str) -> Callable[[Line, Measured], Cell]:
    return lambda line, found: getattr(found.cost(line), key)


def _share(key: str) -> Callable[[Line, Measured], Cell]:
    """A line's part of the main path's total, 0 to 1."""

    def value(line: Line, found: Measured) -> Cell:
        whole = getattr(found.main, key)
        return getattr(found.cost(line), key) / whole if whole else None

    return value


def _percent(cell: Cell) -> str:
    return percent(cell) if isinstance(cell, float) and cell else ""


def _mebibytes(cell: Cell) -> str:
    return f"{cell / 2**20:,.2f}" if isinstance(cell, int) and cell else ""


def _shape(cell: Cell) -> str:
    return format_shape(tuple(map(int, cell))) if isinstance(cell, list) else ""


def _pair(cell: Cell) -> str:
    """``7×7``: height × width."""
    return "×".join(f"{size:,}" for size in cell) if isinstance(cell, list) else ""


def _field(read: Callable[[Axis], Fraction]) -> Callable[[Line, Measured], Cell]:
    """Something of the receptive field along height and width, in whole cells where it is."""

    def value(line: Line, found: Measured) -> Cell:
        field = found.fields[line.output]
        return [_number(read(axis)) for axis in (field.height, field.width)]

    return value


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _seen(line: Line, found: Measured) -> Cell:
    """Cells of the input that the middle cell sees, along height and width."""
    field, shape = found.fields[line.output], line.output.shape
    middle = [size // 2 for size in shape[1:]] if is_map(shape) else [0, 0]
    spans = [
        axis.seen(cell, size)
        for axis, cell, size in zip(
            (field.height, field.width), middle, found.network.input.shape[1:], strict=True
        )
    ]
    return [last - first + 1 for first, last in spans]


def _printed(key: str) -> Callable[[Line, Measured], Cell]:
    """What the paper prints, with its verdict's mark."""

    def value(line: Line, found: Measured) -> Cell:
        cell = line.published.get(key)
        return f"{cell.printed} {MARKS[cell.verdict]}" if cell else None

    return value


def _flops(cost: Cost) -> int:
    return 2 * cost.macs


_PRINTED = {"params": "{counted}", "ops": "multiply-adds", "depth": "the column depth"}
"""The paper's figures, and which of ours they are about."""

COLUMNS: dict[str, Column] = {
    each.name: each
    for each in (
        Column(
            "row", "row", "the row as printed, or the operation",
            lambda line, found: line.printed, lambda found: "total", left=True,
        ),
        Column(
            "name", "name", "the name in code", lambda line, found: line.name, left=True,
        ),
        Column("type", "type", "what it is", lambda line, found: line.type, left=True),
        Column(
            "patch", "patch", "the patch size and stride as printed",
            lambda line, found: line.cells.get("patch"), left=True,
        ),
        Column(
            "output", "output", "output: height×width×channels of one sample",
            lambda line, found: list(line.output.shape), show=_shape,
        ),
        Column(
            "depth", "depth", "depth: the longest chain of convolutions and linear layers",
            lambda line, found: line.depth, lambda found: found.depth,
        ),
        Column(
            "params", "params",
            "params: learned weights and biases, and a norm's scale and shift",
            _count("params"), lambda found: found.main.params,
        ),
        Column(
            "params-share", "% params", "% params: of the main path's params",
            _share("params"), show=_percent,
        ),
        Column(
            "weights", "weights", "weights: kernels of convolutions and linear layers alone",
            _count("weights"), lambda found: found.main.weights,
        ),
        Column(
            "macs", "mult-adds", "mult-adds: {macs}",
            _count("macs"), lambda found: found.main.macs,
        ),
        Column(
            "macs-share", "% mult-adds", "% mult-adds: of the main path's multiply-adds",
            _share("macs"), show=_percent,
        ),
        Column(
            "flops", "FLOPs", "FLOPs: 2 × mult-adds",
            lambda line, found: _flops(found.cost(line)), lambda found: _flops(found.main),
        ),
        Column(
            "activations", "activations",
            "activations: elements of the tensors that operations make, for one sample "
            "(none for views and what overwrites its input)",
            lambda line, found: found.activations(line),
            lambda found: found.all_activations,
        ),
        Column(
            "memory", "memory MiB",
            "memory: the activations in MiB (2^20 bytes), {dtype}, batch {batch}",
            lambda line, found: found.memory(found.activations(line)),
            lambda found: found.memory(found.all_activations), show=_mebibytes,
        ),
        Column(
            "alive", "alive MiB",
            "alive: the most MiB of activations at once while it runs in inference, {dtype}, "
            "batch {batch}",
            lambda line, found: found.alive(line), lambda found: found.peak, show=_mebibytes,
        ),
        Column(
            "field", "field", "field: receptive field of an output cell, height×width in cells "
            "of the input, padding included",
            _field(lambda axis: axis.size), show=_pair,
        ),
        Column(
            "seen", "seen", "seen: what the middle output cell sees of the input, without padding",
            _seen, show=_pair,
        ),
        Column(
            "jump", "jump", "jump: cells of the input from one output cell to the next",
            _field(lambda axis: axis.jump), show=_pair,
        ),
        Column(
            "centre", "centre", "centre: of the first output cell's field, in cells of the input "
            "(its first is 0)",
            _field(lambda axis: axis.centre), show=_pair,
        ),
        *(
            Column(
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
