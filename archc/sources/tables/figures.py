"""Settle what a table's printed figures tell: how it counts, and rows that it leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from archc.analysis.figures import RowFigures, figures
from archc.diagnostics import Code
from archc.ir import Network, Units
from archc.ops import Shape, format_shape
from archc.quantities import parse_quantity
from archc.show.report.verdicts import Verdict, compare
from archc.sources.tables.draft import Draft, DraftRow, check_text, write
from archc.sources.tables.vocabulary import ModuleCard, modules
from archc.spec.tokens import column_key, parse_size

__all__ = ["fill_gaps", "right_ops", "settle_units"]

_WHATS: tuple[Literal["params", "weights"], ...] = ("params", "weights")


@dataclass(frozen=True, slots=True)
class TableUnits:
    """What a table's params count, what its K is, and how many of its figures are then right."""

    params: Literal["params", "weights"]
    K: int
    exact: int
    near: int
    judged: int

    def settings(self) -> dict[str, object]:
        """Say them as ``units`` do; archc's own are no setting."""
        changed = {"params": self.params} if self.params != "params" else {}
        return changed | ({"K": self.K} if self.K != 1000 else {})


def settle_units(draft: Draft, folder: Path | None) -> None:
    """Count as the table does, if a network can be made of it at all."""
    networks = check_text(write(draft), draft.source, folder).networks
    units = _best_units(networks[0]) if networks else None
    if units is None:
        return
    draft.units = units.settings()
    what = "kernels without biases" if units.params == "weights" else "biases too"
    draft.notes.append(
        f"params count {what} and K is {units.K}: then {units.exact} of the table's {units.judged} "
        f"are exact, {units.near} off by rounding"
    )


def _best_units(network: Network) -> TableUnits | None:
    """Find the units in which most params are right; None where the table prints none.

    Right to the digit counts first, then right but for rounding; archc's own wins ties.
    """
    tried = [_judged(network, what, k) for what, k in product(_WHATS, (1000, 1024))]
    best = max(tried, key=lambda units: (units.exact, units.near))
    return best if best.judged else None


def right_ops(network: Network, factor: int) -> tuple[int, int]:
    """Count the ops that are right, but for rounding, if a multiply-add is ``factor``; and all."""
    macs = ((row, row.macs * factor) for row in figures(network).rows)
    verdicts = _verdicts("ops", macs, network.units)
    return len(verdicts) - verdicts.count("erratum"), len(verdicts)


def _judged(network: Network, what: Literal["params", "weights"], k: int) -> TableUnits:
    counts = ((row, getattr(row, what)) for row in figures(network).rows)
    verdicts = _verdicts("params", counts, Units(what, k))
    return TableUnits(what, k, verdicts.count("exact"), verdicts.count("rounding"), len(verdicts))


def _verdicts(column: str, counts: Iterable[tuple[RowFigures, int]], units: Units) -> list[Verdict]:
    """Judge what a column prints, for the rows for which it prints anything."""
    verdicts = []
    for row, count in counts:
        claim = row.row.claims.get(column)
        quantity = parse_quantity(claim.printed) if claim is not None else None
        if claim is not None and quantity is not None:
            verdicts.append(compare(claim.printed, quantity, count, units, None).verdict)
    return verdicts


_MOST = 12  # gaps that are filled


def fill_gaps(draft: Draft, folder: Path | None) -> None:
    """Add what the printed input sizes need: library modules that need no columns.

    Only where a row does not get the input that the table claims for it, and only if exactly
    one module gives that.
    """
    for _ in range(_MOST):
        index = _first_wrong(draft, folder)
        wanted = _claimed_input(draft, index) if index else None
        if index is None or wanted is None:
            return
        fitting = [card for card in modules() if _gives(card, wanted, draft, index, folder)]
        if len(fitting) != 1:
            return
        _insert(draft, index, wanted, fitting[0])


def _first_wrong(draft: Draft, folder: Path | None) -> int | None:
    """Find the first row with a wrong size; rows are the last lines of a spec, one each."""
    text = write(draft)
    before = text.count("\n") - len(draft.rows)
    diagnostics = check_text(text, draft.source, folder).diagnostics
    wrong = (
        diagnostic.span.line for diagnostic in diagnostics if diagnostic.code is Code.WRONG_CLAIM
    )
    return min((line - before - 1 for line in wrong), default=None)


def _claimed_input(draft: Draft, index: int) -> Shape | None:
    """Read the feature map that a row claims to read."""
    columns = draft.columns or []
    meanings = columns if isinstance(columns, dict) else dict.fromkeys(columns)
    keys = [meaning or column_key(name) for name, meaning in meanings.items()]
    row = draft.rows[index]
    if "input size" not in keys or not row.listed:
        return None
    size = parse_size(str(row.cells[keys.index("input size")]))
    return (size[2], size[0], size[1]) if size is not None and len(size) == 3 else None


def _gives(card: ModuleCard, wanted: Shape, draft: Draft, index: int, folder: Path | None) -> bool:
    """Whether a module that needs no columns makes the claimed input of what comes before."""
    if card.required:
        return False
    part = copy(draft)
    part.rows = [*draft.rows[:index], DraftRow([card.name], listed=False)]
    part.classes = None
    networks = check_text(write(part), draft.source, folder).networks
    return bool(networks) and networks[0].output.shape == wanted


def _insert(draft: Draft, index: int, wanted: Shape, card: ModuleCard) -> None:
    following = draft.rows[index].cells[0]
    draft.rows.insert(index, DraftRow([card.name], listed=False))
    draft.notes.append(
        f"before `{following}` the sizes need something that the table leaves out: the library's "
        f"module `{card.name}` gives the printed {format_shape(wanted)}, and is added"
    )
