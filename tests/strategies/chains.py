"""Rows one after the other, and those that hold or join other rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.strategies.body import Body
from tests.strategies.cells import modify
from tests.strategies.counts import Count, Row, Tensor, settled, together
from tests.strategies.filters import filters, width_of_current
from tests.strategies.rows import convolution, elementwise, grouped, padded, pool
from tests.strategies.table import written
from tests.strategies.uses import use
from tests.strategies.vocabulary import BRANCHES, SYNONYMS

MOST_OPERATIONS = 40


def chain(body: Body, length: int) -> None:
    """Some rows of stride 1, as far as the network may still grow."""
    for _ in range(length):
        if body.writer.cost >= MOST_OPERATIONS:
            return
        body.writer.one(_steps(body))(body)


def _steps(body: Body) -> list[Callable[[Body], None]]:
    """What may come next."""
    found: list[Callable[[Body], None]] = [convolution] * 4
    found += [pool, elementwise, gather, grouped, padded, detour]
    if body.depth < 2:
        found += [split, split, group]
    if body.writer.known:
        found += [use] * 3
    return found


def detour(body: Body) -> None:
    """Rows that start from an earlier tensor, joined with the current one in the end."""
    left, before = body.name_last(), body.current
    found = [name for name, tensor in body.names.items() if tensor.size == before.size]
    if left is None:
        return elementwise(body)
    body.source = body.label = body.writer.one(found)
    body.current = body.names[body.source]
    free, body.free = body.free, False
    steps: list[Callable[[Body], None]] = [convolution, pool, grouped, split, group]
    body.writer.one(steps)(body)
    body.free = free
    right = body.name_last()
    row = {"type": "concat", "from": [left, right]}
    body.put(row, together([before, body.current]))
    return None


def gather(body: Body) -> None:
    """A join of named tensors, the current one among them."""
    writer = body.writer
    current = body.name_last()
    if current is None:
        return elementwise(body)
    op = writer.one(("concat", "add"))
    found = [
        name
        for name, tensor in body.names.items()
        if tensor.size == body.current.size
        and (op == "concat" or tensor.channels is body.current.channels)
    ]
    chosen = [writer.one(found) for _ in range(writer.upto(2, 0))]
    chosen.insert(writer.upto(len(chosen), 0), current)
    body.source = None
    row = {"type": writer.one(SYNONYMS[op]), "from": chosen}
    tensors = [body.names[name] for name in chosen]
    modify(body, row)
    body.put(row, tensors[0] if op == "add" else together(tensors))
    return None


def split(body: Body, stride: int = 1) -> None:
    """Branches side by side; those that are added end in as many filters."""
    writer = body.writer
    op = writer.one(("concat", "concat", "add", "add", None))
    width = width_of_current(body) if stride == 1 else None
    same = width is not None and writer.chance(2)
    target = width if same and width is not None else filters(body, portable=True)
    branches: dict[str, list[Any]] = {}
    outputs: list[Tensor] = []
    for label in writer.some(BRANCHES, 3, 1):
        branch = body.inner()
        empty = stride == 1 and (op != "add" or same) and writer.chance(4)
        if not empty:
            chain(branch, writer.upto(2, 0))
            _end_branch(branch, target if op == "add" else None, stride)
        branches[label] = written(branch)
        outputs.append(branch.current)
    row: Row = {"branches": branches}
    if op is not None:
        row["join"] = writer.one(SYNONYMS[op])
    if writer.chance(3):
        row["type"] = writer.one(("split", "block (2)", "stem"))
    modify(body, row)
    if op != "add":
        return body.put(row, together(outputs))
    channels = body.current.channels if same else settled(target)
    return body.put(row, Tensor(channels, outputs[0].size))


def _end_branch(body: Body, target: Count | None, stride: int) -> None:
    """What brings a branch to the width and the stride that its join needs."""
    if target is not None:
        convolution(body, target, stride)
    elif stride > 1 and body.writer.one(("pool", "convolution")) == "pool":
        pool(body, stride)
    elif stride > 1:
        convolution(body, None, stride)


def group(body: Body) -> None:
    """Rows that are repeated together; a repeated group ends as wide as it began."""
    writer = body.writer
    width = width_of_current(body)
    times = 1 if width is None else writer.upto(3)
    inner = body.inner()
    before = writer.cost
    chain(inner, writer.upto(2))
    if times > 1:
        convolution(inner, width)
    row: Row = {"rows": written(inner)}
    if times > 1 or writer.chance(3):
        row["repeat"] = times
    if writer.chance(2):
        row["type"] = writer.one(("stage", "group (1)"))
    channels = body.current.channels if times > 1 else inner.current.channels
    cost = (writer.cost - before) * (times - 1)
    body.put(row, Tensor(channels, inner.current.size), cost)
