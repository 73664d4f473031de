"""Report names of rows and tensors that do not exist, come later, close a cycle or clash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archc.diagnostics import Code, Diagnostics, Label, nearest
from archc.spec.located import Located
from archc.spec.problems import all_known, joined, listed
from archc.spec.rows import RawRow
from archc.spec.scope import Scope

__all__ = ["report_name_twice", "report_unknown_row", "report_unknown_tensor"]


def report_name_twice(row: RawRow, siblings: list[RawRow], diagnostics: Diagnostics) -> None:
    """Report two rows of one body with the same name, or one with the input's."""
    message = f"the name `{row.name}` is given twice"
    first = next((each for each in siblings if each.name == row.name), row)
    if first is row:
        message, labels = f"`{row.name}` is the name of what the first row reads", []
    else:
        labels = [Label(first.cells.get("name", first.located).span, "first given here")]
    span, help_ = row.cells["name"].span, "choose another"
    diagnostics.add(Code.DUPLICATE_NAME, message, span, help=help_, labels=labels)


def report_unknown_row(
    place: Located,
    rows: Sequence[tuple[str, str]],
    diagnostics: Diagnostics,
    message: str | None = None,
    others: Iterable[str] = (),
    otherwise: str | None = None,
) -> None:
    """Say why the row that is named at ``place`` is none, or not the only one.

    ``rows`` are names with what is printed, ``others`` further names that would do.
    ``otherwise`` is the way out where no name is like it.
    """
    wanted = str(place.value)
    several = [f"`{name}`" for name, printed in rows if printed == wanted]
    if len(several) > 1:
        message, help_ = f"several rows are `{wanted}`", f"write {joined(several, 'or')}"
    else:
        names = [name for name, _ in rows]
        printed = [text for _, text in rows]
        known = [*others, *(text for text in printed if printed.count(text) == 1), *names]
        message = message or f"there is no row {place.shown}"
        help_ = nearest(wanted, known) or otherwise or all_known("row", names)
    diagnostics.add(Code.UNKNOWN_ROW, message, place.span, help=help_)


def report_unknown_tensor(name: Located, row: RawRow, siblings: list[RawRow], scope: Scope) -> None:
    """Say why ``from: name`` finds nothing."""
    wanted = str(name.value)
    later = next((other for other in siblings if other.name == wanted), None)
    if later is None:
        known = list(scope.tensor_names())
        help_ = nearest(wanted, known) or f"known here: {listed(known)}"
        several = [f"`{other.name}`" for other in siblings if other.type == wanted]
        if len(several) > 1:
            help_ = f"several rows are `{wanted}`: write {joined(several, 'or')}"
        parts = [part.strip() for part in wanted.split(",")]
        if len(parts) > 1 and all(part in known for part in parts):
            help_ = f"write several as a list: [{', '.join(parts)}]"
        message = f"there is no tensor `{wanted}`"
        scope.diagnostics.add(Code.UNKNOWN_TENSOR, message, name.span, help=help_)
        return
    if later is row:
        message, help_ = f"the row reads its own output `{wanted}`", "read an earlier tensor"
        scope.diagnostics.add(Code.CYCLE, message, name.span, help=help_)
        return
    label = Label(later.located.span, "which comes later")
    cycle = _cycle(row, later, siblings)
    if cycle:
        message = "the row needs its own output: " + " → ".join(f"`{one}`" for one in cycle)
        help_ = "read an earlier tensor"
        scope.diagnostics.add(Code.CYCLE, message, name.span, help=help_, labels=[label])
        return
    message = f"`{wanted}` is used before it is made"
    help_ = f"move this row behind `{wanted}`"
    scope.diagnostics.add(Code.UNKNOWN_TENSOR, message, name.span, help=help_, labels=[label])


def _cycle(row: RawRow, later: RawRow, siblings: list[RawRow]) -> list[str]:
    """The names on the way from ``row`` through ``later`` back to it; empty if there is none."""
    import networkx  # only for a message, and slow to import

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    before: RawRow | None = None
    for each in siblings:
        cell = each.cells.get("from")
        if cell is not None:
            for item in cell.items or [cell]:
                graph.add_edge(str(item.value), each.name)
        elif before is not None:
            graph.add_edge(before.name, each.name)
        before = each
    if row.name not in graph or not networkx.has_path(graph, row.name, later.name):
        return []
    return [*networkx.shortest_path(graph, row.name, later.name), row.name]
