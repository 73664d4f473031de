"""All that is known of one row or head: what the inspector shows, and the search looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from archc.analysis.figures import HeadFigures
from archc.diagnostics import Span
from archc.ir import Block, Node, Operation
from archc.ops import format_shape
from archc.ops.windowed import Windowed
from archc.show.report.columns import Cell
from archc.show.report.html.kinds import operations
from archc.show.report.html.markup import NOTHING, Markup, lines, tag
from archc.show.report.html.view import View
from archc.show.report.table import ReportRow
from archc.show.report.verdicts import MARKS, WORDS, Published, Verdict
from archc.texts import one_line

__all__ = ["inspector"]

_LABELS = {
    "output": "output size", "params": "params", "weights": "weights", "macs": "multiply-adds",
    "memory": "memory MiB", "alive": "alive MiB", "depth": "depth",
    "field": "receptive field", "seen": "seen", "jump": "jump",
}  # fmt: skip
"""The measures in the inspector's words; what each is stands under Counting."""

_SAID = ("type", "output size", "params", "ops", "depth")
"""Cells that are told elsewhere in the inspector."""


def inspector(view: View) -> Markup:
    """A card for each row and head; the script shows the selected one alone."""
    rows = [
        _row(row, data, view) for row, data in zip(view.report.rows, view.grid.data, strict=True)
    ]
    heads = [_head(each, view) for each in view.report.figures.heads]
    close = tag("button", "Close", type="button", class_="close scripted")
    heading = tag(view.heading, "Row by row", class_="unscripted")
    return tag(
        "aside",
        lines(heading, close, *rows, *heads),
        class_="inspector", aria_label=f"The selected row of {view.report.network.name}",
    )  # fmt: skip


def _row(row: ReportRow, data: Sequence[Cell], view: View) -> Markup:
    found = row.figures.row
    text = _texts(data, view)
    facts = [(label, text[key], text.get(f"{key}-share", "")) for key, label in _LABELS.items()]
    kinds = operations(found.operations())
    told = [row.printed, found.type, found.name, format_shape(row.figures.output), kinds]
    told += [cell for key, cell in found.cells.items() if key not in _SAID[1:]]
    told += [key for key in found.cells if key not in _SAID]
    told += map(_patch, found.operations())
    told += ["erratum"] if any(c.verdict == "erratum" for c in row.published.values()) else []
    times = view.times(found)
    unlisted = "not in the paper's table" if row.unlisted else ""
    return _card(
        view,
        view.row_id(found),
        f"{row.printed} {times}" if times else row.printed,
        [found.type, found.name, _place(found.origin.span), unlisted],
        told,
        _list(facts, "figures"),
        _published(row.published, found.note),
        _list(_written(row, kinds), "written"),
        tag("p", found.note, class_="note") if found.note else NOTHING,
    )


def _patch(operation: Operation) -> str:
    """``3×3/2``, as a table has it; nothing of what has no kernel."""
    op = operation.op
    if not isinstance(op, Windowed):
        return ""
    (tall, wide), (down, right) = op.kernel, op.stride
    stride = f"{down}" if down == right else f"{down}×{right}"
    return f"{tall}×{wide}" + (f"/{stride}" if op.stride != (1, 1) else "")


def _texts(data: Sequence[Cell], view: View) -> dict[str, str]:
    """A row's measures by name; a count of nothing is 0 here, where a table leaves a blank."""
    cells = zip(view.grid.columns, data, strict=True)
    return {
        column.name: "0" if cell == 0 and column.show is None else column.text(cell)
        for column, cell in cells
    }


def _head(each: HeadFigures, view: View) -> Markup:
    head = each.head
    facts = [
        ("after", head.after),
        ("loss weight", "" if head.loss_weight is None else f"{head.loss_weight:g}"),
        ("output size", format_shape(head.output.shape)),
        ("params", f"{each.cost.params:,}"),
        ("weights", f"{each.cost.weights:,}"),
        ("multiply-adds", f"{each.cost.macs:,}"),
        ("depth", str(each.depth)),
    ]
    kinds = operations(head.operations())
    return _card(
        view,
        view.head_id(head.name),
        head.name,
        ["auxiliary head", _place(head.origin.span)],
        [
            head.name,
            "auxiliary head",
            head.after,
            format_shape(head.output.shape),
            kinds,
            *map(_patch, head.operations()),
        ],
        _list(facts, "figures"),
        _list([("operations", kinds), *_modules(head.nodes)], "written"),
    )


def _card(
    view: View,
    of: str,
    title: str,
    where: Iterable[str],
    told: Iterable[str],
    *content: Markup,
) -> Markup:
    """``of`` is the id of what it is about; ``told`` are the words that a search finds."""
    words = " ".join(dict.fromkeys(" ".join(told).lower().replace("×", "x").split()))
    spans = (tag("span", each) for each in dict.fromkeys(where) if each)
    head = lines(tag(view.beneath, title), tag("p", *_spaced(spans), class_="where"))
    return tag("article", lines(head, *content), class_="facts", data_of=of, data_words=words)


def _spaced(elements: Iterable[Markup]) -> Iterator[str]:
    for index, each in enumerate(elements):
        if index:
            yield " "
        yield each


def _list(facts: Iterable[Sequence[str]], name: str) -> Markup:
    """A list of names and values, with shares; a dash where there is nothing to say."""
    pairs = [
        tag("div", tag("dt", label), tag("dd", value or "–", *map(_share, share)))
        for label, value, *share in facts
    ]
    return tag("dl", *pairs, class_=name) if pairs else NOTHING


def _share(text: str) -> Markup:
    return tag("span", f" {text}", class_="share-of") if text else NOTHING


def _written(row: ReportRow, kinds: str) -> Iterator[tuple[str, str]]:
    """The row's cells as the spec has them, and what they stand for."""
    found = row.figures.row
    for key, cell in found.cells.items():
        if key not in _SAID:
            yield one_line(key), one_line(cell)
    if kinds:
        yield "operations", kinds
    yield from _modules(found.nodes)


def _modules(nodes: Iterable[Node]) -> Iterator[tuple[str, str]]:
    infos = [each.module for each in nodes if isinstance(each, Block) and each.module]
    for info in dict.fromkeys(infos):
        said = ", ".join(one_line(part) for part in (info.figure, info.source) if part)
        yield "module", f"{one_line(info.name)}: {said}" if said else one_line(info.name)


def _published(cells: dict[str, Published], said: str | None) -> Markup:
    """The paper's figures beside ours, with the verdicts in words; ``said`` is not repeated."""
    if not cells:
        return NOTHING
    noted = any(cell.note not in (None, said) for cell in cells.values())
    names = ["paper", "printed", "computed", "verdict", *(["note"] if noted else [])]
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    body = [
        tag(
            "tr",
            tag("th", key, scope="row"),
            tag("td", cell.printed, class_="number"),
            tag("td", cell.computed, class_="number"),
            tag("td", _verdict(cell.verdict)),
            *([tag("td", cell.note if cell.note and cell.note != said else "")] if noted else []),
        )
        for key, cell in cells.items()
    ]
    return tag("table", tag("thead", head), tag("tbody", lines(*body)), class_="published")


def _verdict(verdict: Verdict) -> Markup:
    return tag("span", f"{MARKS[verdict]} {WORDS[verdict]}", class_=verdict)


def _place(span: Span) -> str:
    """``googlenet.yaml:21``: the file without its folder, which is another on each machine."""
    return f"{PurePath(span.source.name).name}:{span.line}"
