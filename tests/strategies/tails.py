"""How networks end, and the heads behind some of their rows."""

from __future__ import annotations

import math

from tests.strategies.body import Body
from tests.strategies.cells import modify
from tests.strategies.counts import Count, Row, Tensor, exactly
from tests.strategies.rows import elementwise
from tests.strategies.vocabulary import SYNONYMS


def write_tail(body: Body) -> None:
    """End in a map, or in a classifier of one kind or other."""
    writer = body.writer
    how = writer.one(("map", "linear", "hidden", "convolution", "adaptive", "join"))
    if how == "map" and writer.classes is None:
        return
    classes = Count(lambda _: writer.classes or 10, "classes" if writer.classes else 10)
    if how in ("convolution", "map"):
        body.put(
            {"type": "conv", "patch": "1×1", "filters": classes.text, "padding": 0, "norm": "none"},
            Tensor(classes, body.current.size),
        )
    if how == "adaptive":
        size = writer.one(((2, 2), (1, 2), (1, 1)))
        row: Row = {"type": "adaptive avg pool", "output": list(size)}
        body.put(row, Tensor(body.current.channels, size))
    elif how in ("linear", "convolution"):
        row = {"type": writer.one(SYNONYMS["global avg pool"])}
        body.put(row, Tensor(body.current.channels, (1, 1)))
    _flatten(body)
    if how == "hidden":
        _hidden(body)
    if how == "join":
        _join_of_vectors(body)
    if how not in ("convolution", "map"):
        row = {"type": writer.one(SYNONYMS["linear"]), "filters": classes.text}
        body.put(row, Tensor(classes, None))
    if writer.chance(3):
        body.put({"type": "softmax"}, body.current)


def _flatten(body: Body) -> None:
    """The current map as a vector."""
    assert body.current.size is not None
    cells = math.prod(body.current.size)
    wide = body.current.channels
    flat = Count(lambda values: wide.of(values) * cells)
    body.put({"type": "flatten", "unlisted": True}, Tensor(flat, None))


def _hidden(body: Body) -> None:
    """A linear layer, and an operation behind it."""
    width = exactly(body.writer.upto(16))
    row = {"type": body.writer.one(SYNONYMS["linear"]), "filters": width.text}
    modify(body, row)
    body.put(row, Tensor(width, None))
    elementwise(body)


def _join_of_vectors(body: Body) -> None:
    """Two linear layers side by side."""
    width = body.writer.upto(8)
    op = body.writer.one(("concat", "add"))
    branches = {name: [["linear", None, width, {"activation": "relu"}]] for name in ("a", "b")}
    joined = exactly(width if op == "add" else 2 * width)
    body.put({"branches": branches, "join": op}, Tensor(Count(joined.of), None), 3)


def write_heads(body: Body) -> Row:
    """Auxiliary heads behind some rows, all of one module."""
    writer = body.writer
    places = [
        index
        for index, (row, output) in enumerate(zip(body.rows, body.outputs, strict=True))
        if output.size is not None and "repeat" not in row
    ]
    if not places or not writer.chance(3):
        return {}
    last: Row = {"type": "linear", "filters": "classes" if writer.classes else 7}
    writer.modules["auxiliary"] = {
        "columns": {"width": 4},
        "rows": [["conv", "1×1", "width"], "global avg pool", "flatten", last],
    }
    heads: Row = {}
    for name in writer.some(("aux1", "aux 2", "concat", "count"), 2, 1):
        after = _named(body, writer.one(places))
        heads[name] = {"after": after, "module": "auxiliary"}
        if writer.chance(3):
            heads[name]["declared after"] = after
        if writer.chance(2):
            heads[name] |= {"width": writer.upto(6), "loss weight": 0.3}
    return heads


def _named(body: Body, index: int) -> str:
    """The name of a row; it gets one if it has none."""
    row, taken = body.rows[index], body.names.maps[0]
    if "name" not in row:
        row["name"] = next(f"row {n}" for n in range(99) if f"row {n}" not in taken)
        body.names[row["name"]] = body.outputs[index]
    return str(row["name"])
