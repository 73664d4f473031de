"""Reports as LaTeX: tables in the style of booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archc.diagnostics import safe
from archc.show.report import cells
from archc.show.report.comparison import COLUMNS, Line
from archc.show.report.grid import Grid
from archc.show.report.table import Report

__all__ = ["chosen", "comparison", "escape", "table"]

_PACKAGES = "% needs \\usepackage{booktabs}; characters beyond Latin need LuaLaTeX or XeLaTeX\n"

# Brackets and stars are braced because after \\ or \midrule they would be an argument; the
# double quote because babel may have given it another meaning. An erratum's mark is "not equal".
_ESCAPES = str.maketrans({
    "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", '"': "\\char34{}",
    "`": "\\textasciigrave{}", "[": "{[}", "]": "{]}", "*": "{*}",
    "×": "$\\times$", "✗": "$\\neq$", "≈": "$\\approx$", "≤": "$\\leq$", "≥": "$\\geq$",
    "−": "$-$", "→": "$\\rightarrow$", "·": "$\\cdot$", "′": "$'$",
    "\N{REPLACEMENT CHARACTER}": "?",
    **{char: f"\\{char}" for char in "&%$#_{}"},
})  # fmt: skip


def table(report: Report) -> str:
    """The paper's table, and below it the totals, the notes and the convention."""
    head = cells.header(report)
    rows = [cells.row_cells(row, report) for row in report.listed]
    notes = [
        *cells.summary(report),
        *cells.footnotes(report),
        f"Counting: {cells.convention(report)}",
    ]
    tabular = _tabular("ll" + "r" * (len(head) - 2), head, rows, cells.totals(report))
    return _captioned(report, tabular, notes)


def chosen(grid: Grid) -> str:
    """The chosen columns, and below them the notes and what the columns count."""
    spec = "".join("l" if column.left else "r" for column in grid.columns)
    tabular = _tabular(spec, grid.header, grid.texts(), grid.text(grid.totals))
    counting = [f"Counting: {'; '.join(grid.convention)}."] if grid.convention else []
    return _captioned(grid.report, tabular, [*grid.notes, *counting])


def _captioned(report: Report, tabular: Iterable[str], notes: Iterable[str]) -> str:
    """A table called as its network, and what stands below it."""
    name = ": ".join(filter(None, (report.network.name, report.network.source)))
    return "\n".join([
        _PACKAGES + "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{escape(name)}}}",
        *tabular,
        "",
        "  \\medskip",
        "  \\begin{minipage}{\\linewidth}",
        "    \\footnotesize",
        *(f"    {escape(note)}\\par" for note in notes),
        "  \\end{minipage}",
        "\\end{table}\n",
    ])  # fmt: skip


def comparison(lines: Sequence[Line]) -> str:
    """Networks side by side."""
    rows = [line.exact(",")[:-1] for line in lines]
    return "\n".join([
        _PACKAGES + "\\begin{table}",
        "  \\centering",
        *_tabular("llrrrl", COLUMNS[:-1], rows),
        "\\end{table}\n",
    ])  # fmt: skip


def _tabular(
    spec: str, head: Iterable[str], rows: Iterable[Iterable[str]], last: Iterable[str] | None = None
) -> list[str]:
    """The lines of a tabular with its columns so aligned, ``last`` below a rule of its own."""
    return [
        f"  \\begin{{tabular}}{{{spec}}}",
        "    \\toprule",
        _line(head),
        "    \\midrule",
        *(_line(row) for row in rows),
        *(["    \\midrule", _line(last)] if last else []),
        "    \\bottomrule",
        "  \\end{tabular}",
    ]


def _line(row: Iterable[str]) -> str:
    return f"    {' & '.join(escape(cell) for cell in row)} \\\\"


def escape(text: str) -> str:
    """Text that LaTeX sets as it is, on one line, none of its characters joined to others."""
    shown = safe(" ".join(text.split())).translate(_ESCAPES)
    return re.sub(r"([-',])(?=\1)", r"\1{}", shown)
