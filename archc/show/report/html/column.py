"""The network as a column of boxes: one per row, sizes between them, heads at the side."""

from __future__ import annotations

from archc.analysis.figures import HeadFigures
from archc.analysis.kind import kind_of_part
from archc.ops import Shape, format_shape
from archc.show.report.html.bars import Share, bar, shares
from archc.show.report.html.inside import unfolding
from archc.show.report.html.kinds import legend
from archc.show.report.html.markup import NOTHING, Markup, away, lines, tag
from archc.show.report.html.skips import Read, lanes, reads
from archc.show.report.html.view import View
from archc.show.report.table import ReportRow

__all__ = ["column"]


def column(view: View) -> Markup:
    """The diagram with its heading and its colours."""
    network = view.report.network
    read = reads(network)
    steps = [
        _step(row, view, each, share)
        for row, each, share in zip(view.report.rows, read, shares(view), strict=True)
    ]
    classes = " ".join(["column", f"lanes-{lanes(read)}", *(["headed"] if network.heads else [])])
    boxes = tag(
        "ol", lines(_end("input", view.number), *steps, _last(network.output.shape)), class_=classes
    )
    label = f"Diagram of {network.name}, scrollable"
    pane = tag("div", boxes, class_="pane", role="region", tabindex="0", aria_label=label)
    missing = view.drawings.missing
    why = tag("p", f"Modules are listed, not drawn: {missing}.", class_="missing")
    return tag(
        "div",
        lines(
            tag(view.heading, "Diagram"), pane, legend(network), why if missing else NOTHING
        ),
        class_="diagram",
    )  # fmt: skip


def _end(word: str, number: int) -> Markup:
    return tag("li", tag("span", word, class_="box", id=f"start-{number}"), class_="step end")


def _last(shape: Shape) -> Markup:
    return tag("li", _edge(shape), tag("span", "output", class_="box"), class_="step end")


def _edge(shape: Shape) -> Markup:
    return tag("p", away("takes "), format_shape(shape), class_="edge")


def _step(row: ReportRow, view: View, read: list[Read], share: list[Share]) -> Markup:
    """A row's box, what it reads above it and the heads that read it at the side."""
    straight = [_edge(each.value.shape) for each in read if each.straight]
    others = [_link(each, view) for each in read if not each.straight]
    heads = [
        _head(each, view)
        for each in view.report.figures.heads
        if each.head.after == row.figures.name
    ]
    gap = NOTHING if straight else tag("p", class_="edge none")
    return tag(
        "li",
        lines(
            *straight,
            gap,
            tag("p", *others, class_="reads") if others else NOTHING,
            _card(row, view, share),
            tag("div", *heads, class_="heads") if heads else NOTHING,
        ),
        class_="step unlisted" if row.unlisted else "step",
    )


def _card(row: ReportRow, view: View, share: list[Share]) -> Markup:
    found = row.figures.row
    patch, times = found.cells.get("patch"), view.times(found)
    box = tag(
        "a",
        tag("span", row.printed, class_="name"),
        tag("span", times, class_="times") if times else NOTHING,
        tag("span", patch, class_="patch") if patch else NOTHING,
        bar(share),
        class_="box pick", id=view.box_id(found), href=f"#{view.row_id(found)}",
    )  # fmt: skip
    inside = unfolding(found, row.printed, view.drawings.modules.get(found.name))
    return tag("div", box, inside, class_=f"card {kind_of_part(found).css}")


def _link(read: Read, view: View) -> Markup:
    """What a row reads that does not stand above it, as a link to who makes it."""
    maker = read.maker
    words = (
        away("takes "),
        tag("span", view.told(maker) if maker else "input", class_="name"),
        f" {format_shape(read.value.shape)}",
    )
    box = view.box_id(maker) if maker else f"start-{view.number}"
    lane = {} if read.lane is None else {"data_from": box, "data_lane": str(read.lane)}
    target = view.row_id(maker) if maker else box
    return tag("a", *words, class_="from pick" if maker else "from", href=f"#{target}", **lane)


def _head(found: HeadFigures, view: View) -> Markup:
    head = found.head
    box = tag(
        "a",
        tag("span", head.name, class_="name"),
        tag("span", "" if head.loss_weight is None else f"loss ×{head.loss_weight:g}"),
        class_="box pick", href=f"#{view.head_id(head.name)}",
    )  # fmt: skip
    inside = unfolding(head, head.name, view.drawings.modules.get(head.name))
    return tag("div", box, inside, class_=f"card head {kind_of_part(head).css}")
