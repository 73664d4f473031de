"""Mistakes in ``from``: names that do not exist, come later, or close a cycle."""

from __future__ import annotations

from archc.diagnostics import Code, Label, nearest
from archc.spec.located import Located
from archc.spec.problems import listed
from archc.spec.rows import RawRow
from archc.spec.scope import Scope

__all__ = ["report_unknown_tensor"]


def report_unknown_tensor(name: Located, row: RawRow, siblings: list[RawRow], scope: Scope) -> None:
    """Say why ``from: name`` finds nothing."""
    wanted = str(name.value)
    later = next((other for other in siblings if other.name == wanted), None)
    if later is None:
        known = list(scope.tensor_names())
        help_ = nearest(wanted, known) or f"known here: {listed(known)}"
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
