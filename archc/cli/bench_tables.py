"""Measurements as tables: engines side by side, and an executor's layers one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archc.quantities import percent
from archc.runtime.bench.comparison import Comparison, EngineTimes
from archc.runtime.timing import Spread
from archc.show.table import Note, Table, TableRow, TextColumn, plain_row
from archc.texts import one_line

__all__ = ["engines_table", "profile_table", "title", "where"]

_ENGINES = ("engine", "version", "ms a batch", "images/s", "time / archc's", "first result")
_LAYERS = (
    "layer", "operation", "output", "ms", "share", "roofline ms", "over it", "bound by",
)  # fmt: skip


def title(found: Comparison) -> str:
    """Say what was run, and where."""
    return one_line(f"{found.name}, {found.dtype}, batch {found.batch}, on {where(found.machine)}")


def where(machine: Mapping[str, Any]) -> str:
    """Name the GPU, or the CPU and its threads."""
    if "gpu" in machine:
        return str(machine["gpu"])
    count = machine["threads"]
    return f"{machine['processor']}, {count} thread{'s' * (count > 1)}"


def engines_table(compared: Comparison) -> Table:
    """Make a row for each engine, archc first."""
    rows = [plain_row(*_cells(compared, engine)) for engine in compared.measured]
    notes = [
        Note(one_line(f"{engine.engine}: left out, {engine.skipped}"))
        for engine in compared.engines
        if engine.skipped
    ]
    for engine in filter(compared.is_wrong, compared.measured):
        line = f"{engine.engine} computes something else: its outputs differ by more than roundings"
        notes.append(Note(one_line(line), style="bold red"))
    rounds = len(compared.base.rounds)
    asides = (
        f"Medians over {rounds} rounds, in parentheses the 10th and the 90th percentile; the "
        "ratio is taken within each round.",
        "First result: from the spec, with the engine's libraries imported.",
        "Difference: the largest of an output from eager float32, over the largest output.",
    )
    notes += [Note(line, not index, aside=True, style="dim") for index, line in enumerate(asides)]
    return _table(title(compared), (*_ENGINES, "difference"), 2, rows, notes)


def _cells(compared: Comparison, engine: EngineTimes) -> tuple[str, ...]:
    ratio = compared.ratio(engine)
    shown = "" if ratio is None or engine is compared.base else _spread(ratio, 1, "×")
    return (
        one_line(engine.engine),
        one_line(engine.version),
        _spread(engine.latency, 1e3),
        f"{compared.throughput(engine):.4g}",
        shown,
        f"{engine.first:.2f} s",
        "" if engine.difference is None else f"{engine.difference:.1e}",
    )


def _spread(of: Spread, factor: float, unit: str = "") -> str:
    median, low, high = (f"{value * factor:.3g}" for value in (of.median, of.low, of.high))
    return f"{median}{unit} ({low}–{high})"


def profile_table(name: str, profile: Mapping[str, Any]) -> Table:
    """Make a row for each instruction, in order, and say what they add up to."""
    layers: Sequence[Mapping[str, Any]] = profile["layers"]
    whole = sum(layer["seconds"] for layer in layers)
    bound = sum(layer["bound"] for layer in layers)
    rows = [
        plain_row(
            one_line(layer["name"]),
            layer["op"],
            "×".join(map(str, (*layer["output"][1:], layer["output"][0]))),
            f"{layer['seconds'] * 1e3:.3f}",
            percent(layer["seconds"] / whole),
            f"{layer['bound'] * 1e3:.3f}",
            f"{layer['seconds'] / layer['bound']:.1f}×" if layer["bound"] else "",
            layer["bound_by"],
        )
        for layer in layers
    ]
    sums = (
        f"{len(layers)} instructions take {whole * 1e3:.4g} ms one by one, "
        f"{profile['whole'] * 1e3:.4g} ms as a whole; at the roofline {bound * 1e3:.4g} ms"
    )
    roofline = (
        f"Roofline: {profile['flops'] / 1e9:,.4g} GFLOP/s in the best of matrix products and a "
        f"convolution, {profile['bandwidth'] / 1e9:,.4g} GB/s in a copy of memory, both "
        "measured before; what lies in a cache can be faster."
    )
    notes = [Note(sums, apart=True), Note(roofline, aside=True, style="dim")]
    return _table(one_line(name), _LAYERS, 3, rows, notes)


def _table(
    name: str, heads: Sequence[str], left: int, rows: Sequence[TableRow], notes: Sequence[Note]
) -> Table:
    """Align the first ``left`` columns to the left, the others to the right."""
    columns = (TextColumn(head, right=index >= left) for index, head in enumerate(heads))
    return Table(tuple(columns), tuple(rows), title=name, notes=tuple(notes))
