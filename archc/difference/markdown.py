"""A difference as Markdown, for the comment on a change."""

from __future__ import annotations

from collections.abc import Sequence

from archc.difference import cells
from archc.difference.model import Difference, RowDifference
from archc.texts import code, escape_markdown, markdown_line

__all__ = ["markdown"]


def markdown(difference: Difference) -> str:
    """A heading, what holds everywhere, the rows that differ, totals and heads."""
    lines = [f"### {markdown_line(_title(difference))}", ""]
    lines += [f"- {markdown_line(line)}" for line in cells.intro(difference)]
    if not difference.empty:
        lines += ["", *_table(difference)]
    lines += ["", *_totals(difference)]
    heads = [each for each in difference.heads if each.status != "unchanged"]
    if heads:
        lines += ["", *(f"- {markdown_line(cells.head_line(each))}" for each in heads)]
    lines += ["", f"Counting: {escape_markdown(cells.CONVENTION)}. Totals are without heads."]
    return "\n".join(lines) + "\n"


def _title(difference: Difference) -> str:
    return f"{difference.before.title} → {difference.after.title}"


def _table(difference: Difference) -> list[str]:
    header = ["", "row", "change", *cells.HEADER[2:]]
    lines = [_line(header), _line(["---", "---", "---", "---", "---:", "---:"])]
    for each in cells.folded(difference):
        if isinstance(each, str):
            lines.append(_line(["", escape_markdown(each), "", "", "", ""]))
        else:
            lines.append(_row(each))
    delta = difference.delta
    figures = [f"**{cells.signed(value)}**" for value in (delta.params, delta.macs)]
    return [*lines, _line(["", "**total**", "", "", *figures])]


def _row(row: RowDifference) -> str:
    changes = "<br>".join(code(line) for line in cells.lines_of(row))
    name, *figures = map(escape_markdown, (cells.row_name(row), *cells.row_cells(row)))
    return _line([cells.MARKS[row.status], name, changes, *figures])


def _totals(difference: Difference) -> list[str]:
    titles = (difference.before.title, difference.after.title)
    lines = [
        _line(["total", *map(escape_markdown, titles), "Δ"]),
        _line(["---", "---:", "---:", "---:"]),
    ]
    return lines + [_line(row) for row in cells.totals(difference)]


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(row) + " |"
