"""A difference as Markdown, for the comment on a change."""

from __future__ import annotations

from collections.abc import Sequence

from archc.difference import cells
from archc.difference.model import Difference, RowDifference

__all__ = ["markdown"]


def markdown(difference: Difference) -> str:
    """A heading, what holds everywhere, the rows that differ, totals and heads."""
    lines = [f"### {_escape(_title(difference))}", ""]
    lines += [f"- {_escape(line)}" for line in cells.intro(difference)]
    if not difference.empty:
        lines += ["", *_table(difference)]
    lines += ["", *_totals(difference)]
    heads = [each for each in difference.heads if each.status != "unchanged"]
    if heads:
        lines += ["", *(f"- {_escape(cells.head_line(each))}" for each in heads)]
    lines += ["", f"Counting: {_escape(cells.CONVENTION)}. Totals are without heads."]
    return "\n".join(lines) + "\n"


def _title(difference: Difference) -> str:
    return f"{difference.before.title} → {difference.after.title}"


def _table(difference: Difference) -> list[str]:
    header = ["", "row", "change", *cells.HEADER[2:]]
    lines = [_line(header), _line(["---", "---", "---", "---", "---:", "---:"])]
    for each in cells.folded(difference):
        if isinstance(each, str):
            lines.append(_line(["", each, "", "", "", ""]))
        else:
            lines.append(_row(each))
    delta = difference.delta
    figures = [f"**{cells.signed(value)}**" for value in (delta.params, delta.macs)]
    return [*lines, _line(["", "**total**", "", "", *figures])]


def _row(row: RowDifference) -> str:
    changes = "<br>".join(_code(line) for line in cells.lines_of(row))
    name, *figures = map(_escape, (cells.row_name(row), *cells.row_cells(row)))
    return _line([cells.MARKS[row.status], name, changes, *figures])


def _totals(difference: Difference) -> list[str]:
    titles = (difference.before.title, difference.after.title)
    lines = [_line(["total", *map(_escape, titles), "Δ"]), _line(["---", "---:", "---:", "---:"])]
    return lines + [_line(row) for row in cells.totals(difference)]


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(row) + " |"


def _code(text: str) -> str:
    """Text as code: forges make links of ``#3`` anywhere else."""
    flat = " ".join(text.split()).replace("`", "'")
    return "`" + flat.replace("|", "\\|") + "`"


def _escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    flat = " ".join(text.split())
    for char in "\\|<>`*_~":
        flat = flat.replace(char, "\\" + char)
    return flat
