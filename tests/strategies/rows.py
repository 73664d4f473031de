"""Rows of one operation that read one tensor."""

from __future__ import annotations

from tests.strategies.body import Body
from tests.strategies.cells import column_or, flag, modify, repeat
from tests.strategies.counts import Count, Row, Tensor, settled
from tests.strategies.filters import filters
from tests.strategies.vocabulary import SYNONYMS
from tests.strategies.windows import window


def convolution(body: Body, count: Count | None = None, stride: int = 1) -> None:
    """A convolution, separable or not, with or without norm and activation."""
    writer = body.writer
    kind = "separable convolution" if writer.chance(6) else "convolution"
    count = filters(body) if count is None else count
    row, size = window(body, kind, stride)
    row = {"type": writer.one(SYNONYMS[kind]), **row, "filters": count.text}
    if kind != "convolution" and writer.chance(3):
        row["multiplier"] = writer.upto(3)
    if writer.chance(4):
        row["bias"] = flag(body)
    repeats = size == body.current.size and "channels" not in str(count.text)
    modify(body, row)
    body.put(row, Tensor(settled(count), size), repeat(body, row) if repeats else 1)


def grouped(body: Body) -> None:
    """A depthwise convolution, or one in groups after a 1×1 convolution that fits them."""
    groups = filters(body, portable=True)
    if body.writer.chance(2):
        return depthwise(body)
    twice = Count(lambda values: 2 * groups.of(values), f"2 * ({groups.text})")
    assert body.current.size is not None
    one = {"type": "convolution", "patch": "1×1", "filters": twice.text, "padding": 0}
    body.put(one, Tensor(settled(twice), body.current.size))
    row, size = window(body, "convolution")
    row = {"type": "convolution", **row, "filters": twice.text, "groups": groups.text}
    body.put(row, Tensor(settled(twice), size))
    return None


def depthwise(body: Body) -> None:
    """A convolution with as many groups as channels, and once or twice as many filters."""
    row, size = window(body, "convolution")
    times = body.writer.upto(2)
    count = "channels" if times == 1 else f"{times} * channels"
    before = body.current.channels
    row = {"type": "conv", **row, "filters": count, "groups": "channels"}
    modify(body, row)
    body.put(row, Tensor(Count(lambda values: times * before.of(values)), size))


def padded(body: Body) -> None:
    """Padding as a row of its own, and the convolution that uses it up."""
    writer = body.writer
    count = filters(body)
    sides = writer.one(([1, 1, 1, 1], [0, 2, 1, 1], [2, 0, 0, 2]))
    pad: Row = {"type": writer.one(("zero pad", "pad")), "padding": sides}
    if writer.chance(4):
        pad["value"] = writer.one((0.0, 1.0, -0.5))
    size = body.current.size
    assert size is not None
    body.put(pad, Tensor(body.current.channels, (size[0] + 2, size[1] + 2)))
    row = {"type": "conv", "patch": "3×3", "filters": count.text, "padding": "valid"}
    body.put(row, Tensor(settled(count), size))


def pool(body: Body, stride: int = 1) -> None:
    """A pool."""
    kind = body.writer.one(("max pool", "avg pool"))
    row, size = window(body, kind, stride)
    row = {"type": body.writer.one(SYNONYMS[kind]), **row}
    if body.writer.chance(6):
        modify(body, row)
    body.put(row, Tensor(body.current.channels, size))


def elementwise(body: Body) -> None:
    """An operation that keeps the shape."""
    writer = body.writer
    rows: list[Row] = [
        {"type": writer.one(SYNONYMS["batch norm"])},
        {"type": "batch norm", "scale": flag(body), "shift": flag(body)},
        {"type": "dropout (40%)"},
        {"type": "dropout", "rate": column_or(body, "rate", 0.25)},
        {"type": "scale", "by": column_or(body, "number", 0.5)},
        {"type": "identity"},
        {"type": "relu"},
        {"type": "prelu", "per channel": flag(body)},
        {"type": "leaky relu", "slope": 0.3},
        {"type": "elu", "alpha": column_or(body, "number", 0.7)},
        {"type": "softmax"},
        {"type": "sigmoid"},
    ]
    if body.current.size is not None:
        rows.append({"type": writer.one(SYNONYMS["local response norm"])})
        rows.append({"type": "lrn", "size": 3, "alpha": 0.001, "k": 2})
    row = writer.one(rows)
    if writer.chance(4):
        modify(body, row)
    body.put(row, body.current, repeat(body, row))
