"""Tables as LaTeX, in the style of booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from archc.diagnostics import safe
from archc.show.table import Table, TextCell

__all__ = ["escape", "to_latex"]

_PACKAGES = "% needs \\usepackage{booktabs}; characters beyond Latin need LuaLaTeX or XeLaTeX"

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


def to_latex(*tables: Table) -> str:
    """Write the tables one after the other, with their captions, and their notes below."""
    return "\n".join("\n".join(_lines(table)) + "\n" for table in tables)


def _lines(table: Table) -> Iterator[str]:
    yield _PACKAGES
    yield "\\begin{table}"
    yield "  \\centering"
    if table.title:
        yield f"  \\caption{{{escape(': '.join(filter(None, (table.title, table.source))))}}}"
    yield from _tabular(table)
    if table.notes:
        yield from ("", "  \\medskip", "  \\begin{minipage}{\\linewidth}", "    \\footnotesize")
        yield from (f"    {escape(note.text)}\\par" for note in table.notes)
        yield "  \\end{minipage}"
    yield "\\end{table}"


def _tabular(table: Table) -> Iterator[str]:
    """Write the rows, and the total below a rule of its own."""
    sides = "".join("r" if column.right else "l" for column in table.columns)
    yield f"  \\begin{{tabular}}{{{sides}}}"
    yield "    \\toprule"
    yield _line(column.whole_header for column in table.columns)
    yield "    \\midrule"
    yield from (_row(row.cells) for row in table.rows)
    if table.total:
        yield "    \\midrule"
        yield _row(table.total)
    yield "    \\bottomrule"
    yield "  \\end{tabular}"


def _row(cells: Sequence[TextCell]) -> str:
    return _line(cell.marked for cell in cells)


def _line(texts: Iterable[str]) -> str:
    return f"    {' & '.join(map(escape, texts))} \\\\"


def escape(text: str) -> str:
    """Escape text so that LaTeX sets it as it is, on one line, no characters joined to others."""
    shown = safe(" ".join(text.split())).translate(_ESCAPES)
    return re.sub(r"([-',])(?=\1)", r"\1{}", shown)
