"""Modules as a spec defines them."""

from __future__ import annotations

import re
from collections import ChainMap
from typing import Any

from tests.strategies.body import Body
from tests.strategies.chains import chain, split
from tests.strategies.counts import INPUT, Count, Row, Tensor, Values, settled
from tests.strategies.filters import filters
from tests.strategies.modules import KINDS, Column, Module
from tests.strategies.rows import convolution
from tests.strategies.table import written
from tests.strategies.vocabulary import ACTIVATIONS, COLUMNS, TEXTS
from tests.strategies.writer import Writer


def define(writer: Writer, name: str) -> Module:
    """Write a module."""
    columns = {each.name: each for each in _columns(writer)}
    start = Tensor(Count(lambda values: int(values[INPUT]), INPUT), (1, 1))
    body = Body(writer, start, ChainMap({"input": start}), columns, relative=True, label="input")
    before = writer.cost
    stride = writer.one((1, 1, 1, 2))
    step = next(iter(body.columns_of("step")), None)
    if step is not None:
        stride = 1
    _begin(body, step, stride)
    definition = _rows(body)
    cost, writer.cost = writer.cost - before, before
    used = [column for key, column in columns.items() if _mentions(definition, key)]
    writer.modules[name] = {**_head(writer, used), **definition}

    def strides(values: Values) -> int:
        return stride * (int(values[step]) if step is not None else 1)

    return Module(name, tuple(used), body.current.channels.of, strides, cost)


def _columns(writer: Writer) -> list[Column]:
    """Up to four columns, some with defaults."""
    found: list[Column] = []
    for name in writer.some(COLUMNS, 4):
        kind = writer.one(("count", "count", "count", "count", *KINDS))
        default: Any = None
        if writer.chance(3) and kind != "step":
            default = writer.upto(8) if kind == "count" else writer.one(KINDS[kind])
        if kind == "step" and any(each.kind == "step" for each in found):
            kind = "flag"
        found.append(Column(name, kind, default))
    return found


def _begin(body: Body, step: str | None, stride: int) -> None:
    """The first row, which has the module's stride, or its column ``step`` for it."""
    if step is not None:
        count = filters(body)
        row = {"type": "conv", "patch": step, "padding": "same", "filters": count.text}
        body.put(row, Tensor(settled(count), body.current.size))
    elif body.writer.chance(2):
        split(body, stride)
    else:
        convolution(body, None, stride)


def _rows(body: Body) -> Row:
    """The module as its branches, or as rows, of which more may follow."""
    only = body.rows[0]
    if "branches" in only and body.writer.chance(2):
        keys = ("branches", "join", "norm", "activation")
        return {key: only[key] for key in keys if key in only}
    chain(body, body.writer.upto(2, 0))
    return {"rows": written(body)}


def _head(writer: Writer, columns: list[Column]) -> Row:
    """What a module says besides its rows: columns, its figure, defaults."""
    head: Row = {}
    if any(each.default is not None for each in columns):
        head["columns"] = {each.name: each.default for each in columns}
    elif columns:
        head["columns"] = [each.name for each in columns]
    if writer.chance(4):
        head["figure"] = writer.one(TEXTS)
    if writer.chance(4):
        head["defaults"] = {"convolution": {"activation": writer.one(ACTIVATIONS)}}
    return head


def _mentions(data: Any, column: str) -> bool:
    """Whether some cell in ``data`` uses the column."""
    if isinstance(data, dict):
        skipped = ("name", "from", "type")
        return any(_mentions(item, column) for key, item in data.items() if key not in skipped)
    if isinstance(data, list):
        return any(_mentions(item, column) for item in data)
    return bool(re.search(rf"(?<![\w#]){re.escape(column)}(?!\w)", str(data)))
