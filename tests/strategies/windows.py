"""Kernels, strides and paddings of convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.strategies.body import Body
from tests.strategies.counts import Row, Size


def window(body: Body, kind: str, stride: int = 1) -> tuple[Row, Size]:
    """Kernel, stride and padding of a row of ``kind``, and the size of its output."""
    writer = body.writer
    assert body.current.size is not None
    if body.free and writer.chance(2):
        found = _free_window(body, kind)
        if found is not None:
            return found
    patch = _patch_column(body, stride)
    if patch is not None:
        return _spelt_out(body, {"patch": patch, "padding": "same"}, kind), body.current.size
    height = writer.one((1, 3, 3, 2, 5))
    kernel = (height, writer.one((height, height, 1, 3)))
    dilation = 1 if kind == "avg pool" else writer.one((1, 1, 1, 2))
    extents = (dilation * (kernel[0] - 1) + 1, dilation * (kernel[1] - 1) + 1)
    padding = _keeping(body, kind, extents, dilation > 1)
    row = {**_patch(body, kernel, (stride, stride)), "padding": padding}
    if dilation > 1:
        row["dilation"] = dilation
    if kind == "avg pool" and (padding != "same" or any(each % 2 == 0 for each in extents)):
        row["count include pad"] = True
    if kind.endswith("pool") and stride > 1:
        row["ceil"] = False
    return _spelt_out(body, row, kind), body.after(stride)


def _patch_column(body: Body, stride: int) -> str | None:
    """A column that stands for a kernel of stride 1, as the only patch of the row."""
    found = body.columns_of("patch")
    return body.writer.one(found) if found and stride == 1 and body.writer.chance(2) else None


def _keeping(body: Body, kind: str, extents: Size, dilated: bool) -> Any:
    """Padding with which a window moves over as many places as there are cells."""
    first = tuple((each - 1) // 2 for each in extents)
    last = tuple(each // 2 for each in extents)
    if kind.endswith("pool") and dilated:
        return "same"  # torch pads a pool by half its kernel at most, dilated or not
    ways: list[Any] = ["same", [first[0], last[0], first[1], last[1]]]
    if kind.endswith("convolution"):
        ways.append([0, extents[0] - 1, extents[1] - 1, 0])
    if first == last:
        ways += ["same", f"{first[0]}×{first[1]}", list(first)]
        if first[0] == first[1]:
            ways.append(first[0])
    return body.writer.one(ways)


def _free_window(body: Body, kind: str) -> tuple[Row, Size] | None:
    """Any kernel, stride and padding; None if no window fits."""
    writer, one, upto = body.writer, body.writer.one, body.writer.upto
    assert body.current.size is not None
    pool = kind.endswith("pool")
    kernel = (upto(5), upto(5)) if writer.chance(4) else (one((2, 3, 7)),) * 2
    stride = (one((1, 2, 3)),) * 2 if not writer.chance(6) else (upto(3), upto(3))
    pads = [upto(3, 0) for _ in range(4)] if writer.chance(3) else [upto(2, 0)] * 4
    if pool:
        pads = [min(each, kernel[index // 2] // 2) for index, each in enumerate(pads)]
    row = _patch(body, kernel, stride)
    row["padding"] = pads[0] if len(set(pads)) == 1 else pads
    if pads == [0] * 4 and writer.chance(2):
        row["padding"] = "valid"
    ceil = pool and writer.chance(3)
    if pool:
        row["ceil"] = ceil
    if kind == "avg pool":
        even = pads[0] == pads[1] and pads[2] == pads[3]
        row["count include pad"] = not even or writer.chance(2)
    sizes = [
        _places(cells, kernel[at], stride[at], pads[2 * at : 2 * at + 2], ceil)
        for at, cells in enumerate(body.current.size)
    ]
    if min(sizes) < 1:
        return None
    return _spelt_out(body, row, kind), (sizes[0], sizes[1])


def _places(size: int, extent: int, stride: int, pads: Sequence[int], ceil: bool) -> int:
    """How many windows fit, by torch's rule; the last may hang over the end with ``ceil``."""
    room = size + sum(pads) - extent
    if not ceil:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pads[0] else count


def _patch(body: Body, kernel: Size, stride: Size) -> Row:
    """Kernel and stride in one of the ways to write them."""
    writer = body.writer
    times = writer.one("×x")
    square = kernel[0] == kernel[1]
    steps = "" if stride == (1, 1) else f"/{stride[0]}"
    if stride[0] != stride[1]:
        steps += f"{times}{stride[1]}"
    if writer.chance(6):
        return {"kernel": list(kernel), "stride": list(stride)}
    if square and not steps and writer.chance(4):
        return {"patch": kernel[0]}
    if square and not steps and writer.chance(4):
        return {"kernel": kernel[0]}
    return {"patch": f"{kernel[0]}{times}{kernel[1]}{steps}"}


def _spelt_out(body: Body, row: Row, kind: str) -> Row:
    """Leave out what the defaults say anyway; say what they would say otherwise."""
    defaults = {"padding": 0, "ceil": False, **body.writer.defaults.get(kind, {})}
    if kind == "avg pool":
        defaults.setdefault("count include pad", row.get("padding") != "same")
    pool = kind.endswith("pool")
    row = {"padding": 0, **({"ceil": False} if pool else {}), **row}
    for key, default in defaults.items():
        if key in row and row[key] == default and type(row[key]) is type(default):
            del row[key]
    return row
