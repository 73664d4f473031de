"""The texts that every format of a difference shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archc.analysis.cost import CONVENTION
from archc.difference.model import Difference, HeadDifference, RowDifference
from archc.ops import Shape, format_shape
from archc.texts import one_line

__all__ = [
    "CONVENTION",
    "HEADER",
    "MARKS",
    "folded",
    "head_line",
    "intro",
    "lines_of",
    "row_cells",
    "row_name",
    "signed",
    "totals",
]

MARKS = {"added": "+", "removed": "−", "changed": "~", "follows": "·", "unchanged": " "}
"""How a table shows what became of a row."""

HEADER = ("", "row", "output size", "Δ params", "Δ ops")


def signed(value: int) -> str:
    """A difference with its sign: ``+1,234``, ``−5``, ``0``."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value):,}"


def intro(difference: Difference) -> list[str]:
    """What is said before the table."""
    if difference.empty:
        return ["No difference."]
    counts = Counter[str](each.status for each in difference.rows)
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
    found: dict[str, list[str]] = {}
    for each in difference.everywhere:
        found.setdefault(each.operation, []).append(str(each.change))
    return found


def folded(difference: Difference) -> Iterator[RowDifference | str]:
    """The rows in order, runs of those with nothing of their own to tell as one line."""
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
    common = sum(each.status == "changed" for each in run)
    if not common:
        return f"… {count} unchanged"
    if common == len(run):
        return f"… {count} changed only as said above"
    return f"… {count} unchanged, or changed only as said above"


def row_name(row: RowDifference) -> str:
    """The row as printed, with its new name where it has one."""
    one, other = row.before, row.after
    if one is None or other is None:
        found = one or other
        assert found is not None
        return one_line(found.row.printed)
    before, after = one.row.printed, other.row.printed
    return one_line(before if before == after else f"{before} → {after}")


def lines_of(row: RowDifference) -> list[str]:
    """What changed in a row, or what an added or removed row is."""
    renamed = [each for each in row.changes if each.what != "name"]
    texts = [str(each) for each in renamed]
    if len(renamed) < len(row.changes):
        texts.append("renamed")
    return [one_line(text) for text in texts or ([row.details] if row.details else [])]


def row_cells(row: RowDifference) -> list[str]:
    """Output size and the differences; a blank where nothing differs."""
    delta = row.delta
    return [
        _shapes(row),
        signed(delta.params) if delta.params else "",
        signed(delta.macs) if delta.macs else "",
    ]


def _shapes(row: RowDifference) -> str:
    found: list[Shape] = [each.output for each in (row.before, row.after) if each is not None]
    return " → ".join(dict.fromkeys(map(format_shape, found)))


def totals(difference: Difference) -> list[list[str]]:
    """Before, after and the difference of each total, heads not counted."""
    one, other = difference.before.figures, difference.after.figures
    values = (
        ("params", one.total.params, other.total.params),
        ("weights", one.total.weights, other.total.weights),
        ("ops", one.total.macs, other.total.macs),
        ("depth", one.depth, other.depth),
    )
    return [
        [name, f"{before:,}", f"{after:,}", _change(name, before, after)]
        for name, before, after in values
    ]


def _change(name: str, before: int, after: int) -> str:
    if before == after or not before or name == "depth":
        return signed(after - before)
    percent = f"{100 * (after - before) / before:+.2f}".replace("-", "−")
    return f"{signed(after - before)} ({percent}%)"


def head_line(head: HeadDifference) -> str:
    """A head in one line."""
    changes = f": {', '.join(map(str, head.changes))}" if head.changes else ""
    status = "written the same" if head.status == "follows" else head.status
    delta = head.delta
    return one_line(
        f"head {head.name} {status}{changes} "
        f"({signed(delta.params)} params, {signed(delta.macs)} ops)"
    )
