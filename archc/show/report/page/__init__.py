"""Reports as one page of HTML that stands alone: no file beside it, no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from archc.ops import format_shape
from archc.show.html import page, render
from archc.show.report.figures import ReportFigures, ReportRow
from archc.show.report.page.diagram import lane_count, legend, steps
from archc.show.report.page.facts import head_card, row_card
from archc.show.report.page.view import Drawings, NetworkView, bar_shares
from archc.show.report.tables import (
    NetworkTotals,
    comparison_table,
    convention,
    footnotes,
    has_printed,
    mark_counts,
    paper_table,
    summary,
)
from archc.show.report.verdicts import MARKS, WORDS
from archc.show.table import Note

__all__ = ["Drawings", "comparison_page", "fragment", "report_page", "reports_page"]

_SIDE_BY_SIDE = "Networks side by side"


def report_page(report: ReportFigures, drawings: Drawings | None = None) -> str:
    """Make a page to explore one network: its diagram, its table, all that is known of its rows."""
    view = NetworkView(report, drawings or Drawings())
    return page(report.network.name, _network(view), explored=True)


def comparison_page(networks: Sequence[NetworkTotals]) -> str:
    """Make a page of networks side by side, one line each."""
    return page(_SIDE_BY_SIDE, _comparison(networks, linked=False), explored=False)


def reports_page(
    networks: Sequence[NetworkTotals],
    reports: Sequence[ReportFigures],
    drawings: Sequence[Drawings],
) -> str:
    """Make a page of networks side by side, then a section for each."""
    sections = [
        _network(NetworkView(report, drawn, number, level=2, alone=False))
        for number, (report, drawn) in enumerate(zip(reports, drawings, strict=True), 1)
    ]
    return page(_SIDE_BY_SIDE, _comparison(networks, linked=True), *sections, explored=True)


def fragment(report: ReportFigures, rows: Iterable[ReportRow] | None, svg: bytes | None) -> str:
    """Make the table, of some ``rows`` or of all, for somebody else's page, such as a notebook.

    No style of that page is touched. The picture is an image of its own, so that its ids and its
    style stay there.
    """
    table, name = paper_table(report), report.network.name
    counting = Note(convention(report))
    if rows is None:
        notes, drawn = [*table.notes[:-1], counting], name
    else:
        chosen = list(rows)
        table = paper_table(report, chosen)._replace(total=())
        notes, drawn = [counting], ", ".join([name, *(row.printed for row in chosen)])
    picture = "" if svg is None else b64encode(svg).decode()
    table = table._replace(notes=tuple(notes))
    return str(render("fragment.html", table=table, picture=picture, drawn=drawn))


def _comparison(networks: Sequence[NetworkTotals], linked: bool) -> Markup:
    key = " · ".join(f"{MARKS[verdict]} {word}" for verdict, word in WORDS.items())
    table = comparison_table(networks)
    return render("comparison.html", title=_SIDE_BY_SIDE, table=table, linked=linked, key=key)


def _network(view: NetworkView) -> Markup:
    """Make a network's part of the page."""
    report = view.report
    noted = [
        row
        for row in report.rows
        if any(cell.verdict == "erratum" for cell in row.published.values())
    ]
    shares = bar_shares(view)
    column = steps(view, shares)
    return render(
        "network.html",
        view=view,
        network=report.network,
        steps=column,
        lanes=lane_count(column),
        output=format_shape(report.network.output.shape),
        heads=[view.head_id(name) for name in view.head_ids],
        legend=legend(report.network),
        table=paper_table(report, report.rows),
        caption=_caption(report),
        rows=report.rows,
        shares=shares,
        note_numbers={row.figures.name: number for number, row in enumerate(noted, 1)},
        marks=MARKS,
        verdict_words=WORDS,
        mark_counts=mark_counts(report, " · "),
        notes=[note.removeprefix(f"{MARKS['erratum']} ") for note in footnotes(report)],
        totals=summary(report),
        convention=convention(report),
        counted="; ".join(_more_counted(view)),
        cards=[
            *(row_card(row, values, view) for row, values in view.measured),
            *(head_card(head, view) for head in report.figures.heads),
        ],
    )


def _caption(report: ReportFigures) -> str:
    beside = ", computed figures beside the printed ones" if has_printed(report) else ""
    text = f"The paper's rows{beside}."
    if any(row.unlisted for row in report.rows):
        text += " Rows in italics are not in the paper's table."
    return text


def _more_counted(view: NetworkView) -> list[str]:
    """Say what the inspector's other measures count."""
    said = ("output", "params", "weights", "mult-adds")
    lines = view.chosen.convention
    return [line for line in lines if line.partition(":")[0].removeprefix("% ") not in said]
