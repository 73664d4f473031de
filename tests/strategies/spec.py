"""Whole specs."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.strategies.body import Body
from tests.strategies.chains import chain, split
from tests.strategies.counts import INPUT, Count, Row, Size, Tensor
from tests.strategies.definitions import define
from tests.strategies.rows import convolution, elementwise
from tests.strategies.table import write_table
from tests.strategies.tails import write_heads, write_tail
from tests.strategies.vocabulary import DEFAULTS, MODULES, NETWORKS, TEXTS
from tests.strategies.writer import Writer


def specs() -> st.SearchStrategy[str]:
    """Specs as YAML, nearly all of them valid."""
    return spec_data().map(as_yaml)


@st.composite
def spec_data(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Row:
    """A spec as plain data."""
    writer = Writer(draw)
    if writer.chance(2):
        writer.classes = writer.upto(12)
    _draw_defaults(writer)
    for name in writer.some(MODULES, 3):
        writer.known.append(define(writer, name))
    size = (writer.upto(20, 6), writer.upto(20, 6))
    channels = writer.upto(4)
    body = _network(writer, size, channels)
    heads = write_heads(body)
    columns, rows = write_table(body, claims=writer.chance(2))
    spec: Row = {"network": writer.one(NETWORKS), "input": f"{size[0]}×{size[1]}×{channels}"}
    sections = {
        "source": writer.one(TEXTS) if writer.chance(3) else None,
        "notes": writer.one((TEXTS[1], list(TEXTS))) if writer.chance(5) else None,
        "classes": writer.classes,
        "defaults": writer.defaults,
        "modules": writer.modules,
        "columns": columns,
        "rows": rows,
        "heads": heads,
        "names": _names(writer, [*heads, *(row["name"] for row in body.rows if "name" in row)]),
    }
    return {**spec, **{key: value for key, value in sections.items() if value}}


def as_yaml(data: Any) -> str:
    """The data as YAML, rows on lines of their own."""
    text: str = yaml.dump(
        data,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=10_000,
    )
    return text


def _draw_defaults(writer: Writer) -> None:
    """Defaults of some operations."""
    for op, choices in DEFAULTS.items():
        if writer.chance(4):
            keys = [each for each in choices if writer.chance(2)]
            writer.defaults[op] = {key: writer.one(values) for key, values in keys}


def _network(writer: Writer, size: Size, channels: int) -> Body:
    """The network's own rows, from its input to its end."""
    start = Tensor(Count(lambda _: channels, INPUT), size)
    body = Body(writer, start, ChainMap({"input": start}), {}, free=True, label="input")
    chain(body, writer.upto(5))
    if writer.chance(3):
        if writer.one(("split", "convolution")) == "split":
            split(body, 2)
        else:
            convolution(body, None, 2)
    write_tail(body)
    if not body.rows:
        elementwise(body)
    return body


def _names(writer: Writer, known: Sequence[str]) -> dict[str, str]:
    """Names in code for some rows and heads, odd ones among them."""
    if not writer.chance(3):
        return {}
    wanted = ("Conv2d_1a", "Mixed_5b", "forward", "logits", "x", "nn", "_1")
    return dict(zip(known, writer.some(wanted, min(len(known), len(wanted))), strict=False))
