"""A comparison, and a profile, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archc.quantities import percent
from archc.runtime.bench.result import Comparison, Measured
from archc.runtime.bench.spread import Spread
from archc.texts import one_line

__all__ = ["print_comparison", "print_profile", "title", "where"]

_HEADS = ("engine", "version", "ms a batch", "images/s", "time / archc's", "first result")


def title(found: Comparison) -> str:
    """What was run, and where."""
    return one_line(f"{found.name}, {found.dtype}, batch {found.batch}, on {where(found.machine)}")


def where(machine: Mapping[str, Any]) -> str:
    """The GPU, or the CPU and its threads."""
    if "gpu" in machine:
        return str(machine["gpu"])
    count = machine["threads"]
    return f"{machine['processor']}, {count} thread{'s' * (count > 1)}"


def print_comparison(found: Comparison, console: Console) -> None:
    """A row for each engine, archc first."""
    console.print(Text(title(found), "bold"))
    console.print()
    rows = [(*_cells(found, each), _difference(each)) for each in found.measured]
    _print_table((*_HEADS, "difference"), rows, 2, console)
    for each in found.engines:
        if each.skipped:
            console.print(Text(one_line(f"{each.engine}: left out, {each.skipped}")))
    for each in filter(found.is_wrong, found.measured):
        line = f"{each.engine} computes something else: its outputs differ by more than roundings"
        console.print(Text(one_line(line), "bold red"))
    console.print()
    rounds = len(found.base.rounds)
    for line in (
        f"Medians over {rounds} rounds, in parentheses the 10th and the 90th percentile; the "
        "ratio is taken within each round.",
        "First result: from the spec, with the engine's libraries imported.",
        "Difference: the largest of an output from eager float32, over the largest output.",
    ):
        console.print(Text(line, "dim"))


def _cells(found: Comparison, engine: Measured) -> tuple[str, ...]:
    ratio = found.ratio(engine)
    shown = "" if ratio is None or engine is found.base else _spread(ratio, 1, "×")
    return (
        engine.engine,
        engine.version,
        _spread(engine.latency, 1e3),
        f"{found.throughput(engine):.4g}",
        shown,
        f"{engine.first:.2f} s",
    )


def _spread(of: Spread, factor: float, unit: str = "") -> str:
    median, low, high = (f"{each * factor:.3g}" for each in (of.median, of.low, of.high))
    return f"{median}{unit} ({low}–{high})"


def _difference(engine: Measured) -> str:
    return "" if engine.difference is None else f"{engine.difference:.1e}"


# Profiles


def print_profile(name: str, found: Mapping[str, Any], console: Console) -> None:
    """A row for each instruction, in order, and what they add up to."""
    layers: Sequence[Mapping[str, Any]] = found["layers"]
    whole = sum(each["seconds"] for each in layers)
    console.print(Text(one_line(name), "bold"))
    console.print()
    rows = [
        (
            one_line(each["name"]),
            each["op"],
            "×".join(map(str, (*each["output"][1:], each["output"][0]))),
            f"{each['seconds'] * 1e3:.3f}",
            percent(each["seconds"] / whole),
            f"{each['bound'] * 1e3:.3f}",
            f"{each['seconds'] / each['bound']:.1f}×" if each["bound"] else "",
            each["bound_by"],
        )
        for each in layers
    ]
    heads = ("layer", "operation", "output", "ms", "share", "roofline ms", "over it", "bound by")
    _print_table(heads, rows, 3, console)
    bound = sum(each["bound"] for each in layers)
    console.print()
    console.print(
        Text(
            f"{len(layers)} instructions take {whole * 1e3:.4g} ms one by one, "
            f"{found['whole'] * 1e3:.4g} ms as a whole; at the roofline {bound * 1e3:.4g} ms"
        )
    )
    console.print(
        Text(
            f"Roofline: {found['flops'] / 1e9:,.4g} GFLOP/s in the best of matrix products and a "
            f"convolution, {found['bandwidth'] / 1e9:,.4g} GB/s in a copy of memory, both "
            "measured before; what lies in a cache can be faster.",
            "dim",
        )
    )


def _print_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], left: int, console: Console
) -> None:
    """The first ``left`` columns to the left, the others to the right; nothing is cut."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, justify="left" if index < left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    width = console.width
    unbounded = console.options.update(max_width=10_000)
    console.width = max(width, console.measure(table, options=unbounded).maximum)
    console.print(table)
    console.width = width
