"""Rows that use a module."""

from __future__ import annotations

from collections.abc import Mapping

from tests.strategies.body import Body
from tests.strategies.cells import column_or, repeat
from tests.strategies.counts import Count, Row, Tensor, exactly
from tests.strategies.filters import filters
from tests.strategies.modules import KINDS, Column, Module, through
from tests.strategies.rows import convolution

MOST_CHANNELS = 24


def use(body: Body) -> None:
    """A use of a module; a convolution where the module does not fit."""
    writer = body.writer
    module = writer.one(writer.known)
    row, cells = _filled(body, module)
    strides = _strides(body, module, cells)
    if strides is None:
        return convolution(body)
    times, channels = 1, through(module, cells, body.current.channels)
    if strides == 1:
        times = repeat(body, row)
    for _ in range(times - 1):
        channels = through(module, cells, channels)
    if body.free and channels.of({}) > 2 * MOST_CHANNELS:
        return convolution(body)
    if "×" not in row["type"] and writer.chance(3):
        row["type"] += writer.one((" (1)", " (2a)", " (b)"))
    return body.put(row, Tensor(channels, body.after(strides)), module.cost * times)


def _filled(body: Body, module: Module) -> tuple[Row, dict[str, Count]]:
    """The row, and what the module's columns get from it or by default."""
    row: Row = {"type": module.name}
    cells: dict[str, Count] = {}
    for column in module.columns:
        cell = _cell(body, column)
        default = column.default is not None and body.writer.chance(2)
        if not default:
            row[column.name] = cell.text
        cells[column.name] = exactly(column.default) if default else cell
    return row, cells


def _cell(body: Body, column: Column) -> Count:
    """What a use of a module puts into a column."""
    writer = body.writer
    if column.kind == "count":
        return filters(body, portable=True)
    if column.kind == "step":
        step = writer.upto(2)
        return Count(lambda _: step, writer.one((f"3×3/{step}", f"1x1/{step}")))
    return Count(lambda _: 1, column_or(body, column.kind, writer.one(KINDS[column.kind])))


def _strides(body: Body, module: Module, cells: Mapping[str, Count]) -> int | None:
    """What a use divides the size by; None where it might, and only 1 fits."""
    if body.free:
        return module.strides({name: cell.of({}) for name, cell in cells.items()})
    if any(column.kind == "step" for column in module.columns):
        return None
    return 1 if module.strides({}) == 1 else None
