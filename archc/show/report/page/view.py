"""What the parts of a network's page share: its report, its measures, and what is called how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from archc.ir import ModuleInfo, Node, Row
from archc.quantities import percent
from archc.show.report.chosen import ChosenReport, ColumnChoice, choose_columns
from archc.show.report.columns import ColumnValue
from archc.show.report.figures import ReportFigures, ReportRow

__all__ = ["BarShare", "Drawings", "NetworkView", "bar_shares", "module_infos"]

_MEASURED = (
    "output", "params", "params-share", "weights", "macs", "macs-share", "memory", "alive",
    "depth", "field", "seen", "jump",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawings:
    """SVG documents of modules by name of the row or head, and why there are none."""

    modules: Mapping[str, bytes] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class NetworkView:
    """One network on the page: its ``number`` there, and its heading's ``level``."""

    report: ReportFigures
    drawings: Drawings
    number: int = 1
    level: int = 1
    alone: bool = True

    @property
    def counted(self) -> str:
        """What its paper's params are: ``params`` or ``weights``."""
        return self.report.network.units.params

    @cached_property
    def chosen(self) -> ChosenReport:
        """The measures of every row, in the rows' order."""
        return choose_columns(self.report, ColumnChoice(_MEASURED))

    @property
    def measured(self) -> Iterable[tuple[ReportRow, Sequence[ColumnValue]]]:
        """Each row with its measures."""
        return zip(self.report.rows, self.chosen.data, strict=True)

    @cached_property
    def row_ids(self) -> dict[str, str]:
        """The rows' ids by name, without the word in front that says of what."""
        return self._ids(row.figures.name for row in self.report.rows)

    @cached_property
    def head_ids(self) -> dict[str, str]:
        """The heads' by name."""
        return self._ids(head.head.name for head in self.report.figures.heads)

    @cached_property
    def _printed(self) -> Counter[str]:
        return Counter(row.printed for row in self.report.rows)

    def told(self, row: Row) -> str:
        """Name a row as printed, and as the spec does where others are printed alike."""
        alike = self._printed[row.printed] > 1
        return f"{row.printed} ({row.name})" if alike else row.printed

    def times(self, row: Row) -> str:
        """Write ``×4`` for a row that is repeated, unless what is printed says so already."""
        said = re.match(rf"\s*{row.repeat}\s*[×x]", row.printed)
        return f"×{row.repeat}" if row.repeat > 1 and not said else ""

    def row_id(self, row: Row) -> str:
        """Return the id of a row in the table, which links and the page's address end with."""
        return f"row-{self.row_ids[row.name]}"

    def box_id(self, row: Row) -> str:
        """Return the id of its box."""
        return f"box-{self.row_ids[row.name]}"

    def head_id(self, name: str) -> str:
        """Return the id of an auxiliary head."""
        return f"head-{self.head_ids[name]}"

    def _ids(self, names: Iterable[str]) -> dict[str, str]:
        """Make ids of names: small letters, figures and dashes, each once on the page."""
        ids: dict[str, str] = {}
        taken: set[str] = set()
        front = "" if self.alone else f"{self.number}-"
        for place, name in enumerate(names, 1):
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or str(place)
            while slug in taken:
                slug += f"-{place}"
            taken.add(slug)
            ids[name] = front + slug
        return ids


def module_infos(nodes: Iterable[Node]) -> list[ModuleInfo]:
    """List the modules that the nodes are uses of, each once."""
    infos = (node.module for node in nodes)
    return list(dict.fromkeys(info for info in infos if info is not None))


class BarShare(NamedTuple):
    """A row's part of one measure: of the whole in words, and of the most that a row has in %."""

    measure: str
    percent: str
    width: str


def bar_shares(view: NetworkView) -> list[tuple[BarShare, ...]]:
    """Measure which rows hold the params, do the work and need the memory."""
    keys = {"params": view.counted, "macs": "macs", "memory": "memory"}
    rows = [view.chosen.named(values) for values in view.chosen.data]
    columns = [_shares(measure, [row[key] for row in rows]) for measure, key in keys.items()]
    return list(zip(*columns, strict=True))


def _shares(measure: str, cells: Sequence[ColumnValue]) -> list[BarShare]:
    values = [cell if isinstance(cell, int) else 0 for cell in cells]
    whole, most = sum(values) or 1, max(values, default=0) or 1
    return [
        BarShare(measure, percent(value / whole) if value else "", f"{100 * value / most:.4g}")
        for value in values
    ]
