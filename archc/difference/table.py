"""A difference as tables: the rows that differ, then the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archc.analysis.cost import CONVENTION
from archc.difference.model import Difference, HeadDifference, RowDifference
from archc.ops import format_shape
from archc.show.table import EMPTY, Note, Table, TableRow, TextCell, TextColumn, plain_row
from archc.texts import one_line

__all__ = ["difference_tables"]

_MARKS = {"added": "+", "removed": "−", "changed": "~", "follows": "·", "unchanged": " "}
"""How a table shows what became of a row."""

_STYLES = {"added": "green", "removed": "red", "changed": "yellow", "follows": "", "unchanged": ""}

_COLUMNS = (
    TextColumn(""),
    TextColumn("row", wraps=True, details="change"),
    TextColumn("output size"),
    TextColumn("Δ params", right=True),
    TextColumn("Δ ops", right=True),
)


def difference_tables(difference: Difference, named: bool = False) -> tuple[Table, Table]:
    """Make two tables: what holds everywhere and the rows that differ; totals and heads.

    The totals' columns are ``before`` and ``after``, or ``named`` as the networks are.
    """
    return _rows_table(difference), _totals_table(difference, named)


def _rows_table(difference: Difference) -> Table:
    title = one_line(f"{difference.before.title} → {difference.after.title}")
    intro = tuple(_intro(difference))
    if difference.empty:
        return Table(title=title, intro=intro)
    rows = [
        _fold_row(part) if isinstance(part, str) else _row(part) for part in _folded(difference)
    ]
    delta = difference.delta
    total = plain_row("", "total", "", _signed(delta.params), _signed(delta.macs)).cells
    return Table(_COLUMNS, tuple(rows), total, title, intro=intro)


def _totals_table(difference: Difference, named: bool) -> Table:
    """Show before, after and the difference of each total, heads not counted."""
    before, after = difference.before, difference.after
    values = (
        ("params", before.figures.total.params, after.figures.total.params),
        ("weights", before.figures.total.weights, after.figures.total.weights),
        ("ops", before.figures.total.macs, after.figures.total.macs),
        ("depth", before.figures.depth, after.figures.depth),
    )
    rows = tuple(
        plain_row(name, f"{old:,}", f"{new:,}", _change(name, old, new))
        for name, old, new in values
    )
    names = (before.title, after.title) if named else ("before", "after")
    heads = [head for head in difference.heads if head.status != "unchanged"]
    counting = f"Counting: {CONVENTION}. Totals are without heads."
    return Table(
        (
            TextColumn("total"),
            *(TextColumn(one_line(name), right=True) for name in names),
            TextColumn("Δ", right=True),
        ),
        rows,
        notes=(
            *(Note(_head_line(head)) for head in heads),
            Note(counting, apart=True, aside=True, style="dim"),
        ),
    )


def _signed(value: int) -> str:
    """Write a difference with its sign: ``+1,234``, ``−5``, ``0``."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value):,}"


def _change(name: str, before: int, after: int) -> str:
    if before == after or not before or name == "depth":
        return _signed(after - before)
    percent = f"{100 * (after - before) / before:+.2f}".replace("-", "−")
    return f"{_signed(after - before)} ({percent}%)"


def _head_line(head: HeadDifference) -> str:
    """Say in one line what became of a head."""
    changes = f": {', '.join(map(str, head.changes))}" if head.changes else ""
    status = "written the same" if head.status == "follows" else head.status
    delta = head.delta
    return one_line(
        f"head {head.name} {status}{changes} "
        f"({_signed(delta.params)} params, {_signed(delta.macs)} ops)"
    )


# What is said before the table


def _intro(difference: Difference) -> list[str]:
    """Say how many rows differ, and what holds for all of them."""
    if difference.empty:
        return ["No difference."]
    counts = Counter[str](row.status for row in difference.rows)
    parts = [
        f"{counts[status]} {text}"
        for status, text in (
            ("added", "added (+)"),
            ("removed", "removed (−)"),
            ("changed", "changed (~)"),
            ("follows", "written the same, other figures (·)"),
            ("unchanged", "unchanged"),
        )
        if counts[status]
    ]
    lines = ["Rows: " + ", ".join(parts) + "."]
    before, after = (
        format_shape(side.network.input.shape) for side in (difference.before, difference.after)
    )
    if before != after:
        lines.append(f"Input: {before} → {after}.")
    for name, changes in _by_operation(difference).items():
        lines.append(f"Every {name}: {', '.join(changes)}.")
    return [one_line(line) for line in lines]


def _by_operation(difference: Difference) -> dict[str, list[str]]:
    changes: dict[str, list[str]] = {}
    for everywhere in difference.everywhere:
        changes.setdefault(everywhere.operation, []).append(str(everywhere.change))
    return changes


# Rows


def _folded(difference: Difference) -> Iterator[RowDifference | str]:
    """Return the rows in order; those with nothing of their own to tell are one line together."""
    run: list[RowDifference] = []
    for row in difference.rows:
        if row.status == "unchanged" or (not row.changes and not row.moved):
            run.append(row)
            continue
        if run:
            yield _fold(run)
            run = []
        yield row
    if run:
        yield _fold(run)


def _fold(run: list[RowDifference]) -> str:
    count = f"{len(run)} row{'s' * (len(run) > 1)}"
    common = sum(row.status == "changed" for row in run)
    if not common:
        return f"… {count} unchanged"
    if common == len(run):
        return f"… {count} changed only as said above"
    return f"… {count} unchanged, or changed only as said above"


def _fold_row(text: str) -> TableRow:
    return TableRow((EMPTY, TextCell(text, style="dim"), EMPTY, EMPTY, EMPTY))


def _row(row: RowDifference) -> TableRow:
    """Show what became of a row, and below its name what changed; a blank where nothing did."""
    style, delta = _STYLES[row.status], row.delta
    return TableRow(
        (
            TextCell("", _MARKS[row.status], style=style),
            TextCell(_name(row), details=tuple(_details(row)), style=style),
            TextCell(_shapes(row)),
            TextCell(_signed(delta.params) if delta.params else ""),
            TextCell(_signed(delta.macs) if delta.macs else ""),
        )
    )


def _name(row: RowDifference) -> str:
    """Name the row as printed, with its new name where it has one."""
    sides = [side.row.printed for side in (row.before, row.after) if side is not None]
    return one_line(" → ".join(dict.fromkeys(sides)))


def _details(row: RowDifference) -> list[str]:
    """Say what changed in a row, or what an added or removed row is."""
    renamed = [change for change in row.changes if change.what != "name"]
    texts = [str(change) for change in renamed]
    if len(renamed) < len(row.changes):
        texts.append("renamed")
    return [one_line(text) for text in texts or ([row.details] if row.details else [])]


def _shapes(row: RowDifference) -> str:
    """Write the output's size; a new one stands below the old one on a terminal."""
    sides = [format_shape(side.output) for side in (row.before, row.after) if side is not None]
    return "\n→ ".join(dict.fromkeys(sides))
