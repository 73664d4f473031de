"""All that is known of one row or head: what the inspector shows, and the search looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from archc.analysis.figures import HeadFigures
from archc.diagnostics import Span
from archc.ir import Node, Operation
from archc.ops import format_shape
from archc.show.report.columns import ColumnValue
from archc.show.report.figures import ReportRow
from archc.show.report.page.view import NetworkView, module_infos
from archc.show.report.verdicts import Published
from archc.texts import one_line

__all__ = ["FactsCard", "head_card", "row_card"]

_LABELS = {
    "output": "output size", "params": "params", "weights": "weights", "macs": "multiply-adds",
    "memory": "memory MiB", "alive": "alive MiB", "depth": "depth",
    "field": "receptive field", "seen": "seen", "jump": "jump",
}  # fmt: skip
"""The measures in the inspector's words; what each is stands under Counting."""

_SAID = ("type", "output size", "params", "ops", "depth")
"""Cells that are told elsewhere in the inspector."""

Fact = tuple[str, str, str]
"""A name, a value and a share, which may be blank."""


class FactsCard(NamedTuple):
    """What is known of a row or head: ``target`` is its id, ``words`` are what a search finds."""

    target: str
    words: str
    title: str
    where: list[str]
    figures: list[Fact]
    published: dict[str, Published]
    noted: bool
    written: list[Fact]
    note: str


def row_card(row: ReportRow, values: Sequence[ColumnValue], view: NetworkView) -> FactsCard:
    """Make a row's card; ``values`` are its measures."""
    graph_row = row.figures.row
    text, times = _texts(values, view), view.times(graph_row)
    figures = [(label, text[key], text.get(f"{key}-share", "")) for key, label in _LABELS.items()]
    kinds = _operations(graph_row.operations())
    unlisted = "not in the paper's table" if row.unlisted else ""
    where = [graph_row.type, graph_row.name, _place(graph_row.origin.span), unlisted]
    return FactsCard(
        view.row_id(graph_row),
        _words(_told(row, kinds)),
        f"{row.printed} {times}" if times else row.printed,
        list(filter(None, dict.fromkeys(where))),
        figures,
        row.published,
        any(cell.note not in (None, graph_row.note) for cell in row.published.values()),
        list(_written(row, kinds)),
        graph_row.note or "",
    )


def head_card(figures: HeadFigures, view: NetworkView) -> FactsCard:
    """Make a head's card."""
    head = figures.head
    kinds, shape = _operations(head.operations()), format_shape(head.output.shape)
    facts = {
        "after": head.after,
        "loss weight": "" if head.loss_weight is None else f"{head.loss_weight:g}",
        "output size": shape,
        "params": f"{figures.cost.params:,}",
        "weights": f"{figures.cost.weights:,}",
        "multiply-adds": f"{figures.cost.macs:,}",
        "depth": str(figures.depth),
    }
    told = [head.name, "auxiliary head", head.after, shape, kinds]
    return FactsCard(
        view.head_id(head.name),
        _words([*told, *(operation.op.size_words() for operation in head.operations())]),
        head.name,
        ["auxiliary head", _place(head.origin.span)],
        [(label, value, "") for label, value in facts.items()],
        {},
        False,
        [("operations", kinds, ""), *_modules(head.nodes)],
        "",
    )


def _told(row: ReportRow, kinds: str) -> Iterator[str]:
    """List what a search for the row may name."""
    graph_row = row.figures.row
    shape = format_shape(row.figures.output)
    yield from (row.printed, graph_row.type, graph_row.name, shape, kinds)
    yield from (cell for key, cell in graph_row.cells.items() if key not in _SAID[1:])
    yield from (key for key in graph_row.cells if key not in _SAID)
    yield from (operation.op.size_words() for operation in graph_row.operations())
    if any(cell.verdict == "erratum" for cell in row.published.values()):
        yield "erratum"


def _words(told: Iterable[str]) -> str:
    """Join the words, each once, as the search compares them."""
    return " ".join(dict.fromkeys(" ".join(told).lower().replace("×", "x").split()))


def _texts(values: Sequence[ColumnValue], view: NetworkView) -> dict[str, str]:
    """Write a row's measures by name; a count of nothing is 0, where a table leaves a blank."""
    return {
        column.name: "0" if value == 0 and column.show is None else column.text(value)
        for column, value in zip(view.chosen.columns, values, strict=True)
    }


def _operations(operations: Iterable[Operation]) -> str:
    """Count operations by name: ``convolution ×6, relu ×6, concat``."""
    counts = Counter(operation.op.names[0] for operation in operations)
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in counts.items())


def _written(row: ReportRow, kinds: str) -> Iterator[Fact]:
    """List the row's cells as the spec has them, and what they stand for."""
    graph_row = row.figures.row
    for key, cell in graph_row.cells.items():
        if key not in _SAID:
            yield one_line(key), one_line(cell), ""
    if kinds:
        yield "operations", kinds, ""
    yield from _modules(graph_row.nodes)


def _modules(nodes: Iterable[Node]) -> Iterator[Fact]:
    for info in module_infos(nodes):
        said = ", ".join(one_line(part) for part in (info.figure, info.source) if part)
        yield "module", f"{one_line(info.name)}: {said}" if said else one_line(info.name), ""


def _place(span: Span) -> str:
    """Write ``googlenet.yaml:21``, without the folder, which is another on each machine."""
    return f"{PurePath(span.source.name).name}:{span.line}"
