"""What the parts of a network's page share: its report, its measures, and what is called how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from archc.ir import Row
from archc.show.report.grid import Choice, Grid, make_grid
from archc.show.report.table import Report

__all__ = ["Drawings", "View"]

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
class View:
    """One network on the page: its ``number`` there, and its heading's ``level``."""

    report: Report
    drawings: Drawings
    number: int = 1
    level: int = 1
    alone: bool = True

    @property
    def heading(self) -> str:
        """The element for headings of its parts."""
        return f"h{self.level + 1}"

    @property
    def beneath(self) -> str:
        """The element for headings below those."""
        return f"h{self.level + 2}"

    @property
    def counted(self) -> str:
        """What its paper's params are: ``params`` or ``weights``."""
        return self.report.network.units.params

    @cached_property
    def grid(self) -> Grid:
        """The measures of every row, in the rows' order."""
        return make_grid(self.report, Choice(_MEASURED))

    @cached_property
    def row_ids(self) -> dict[str, str]:
        """The rows' ids by name, without the word in front that says of what."""
        return self._ids(row.figures.name for row in self.report.rows)

    @cached_property
    def head_ids(self) -> dict[str, str]:
        """The heads' by name."""
        return self._ids(each.head.name for each in self.report.figures.heads)

    @cached_property
    def _printed(self) -> Counter[str]:
        return Counter(row.printed for row in self.report.rows)

    def told(self, row: Row) -> str:
        """A row as printed, and what the spec calls it where others are printed alike."""
        alike = self._printed[row.printed] > 1
        return f"{row.printed} ({row.name})" if alike else row.printed

    def times(self, row: Row) -> str:
        """``×4``: how often the row is repeated, unless what is printed says so already."""
        said = re.match(rf"\s*{row.repeat}\s*[×x]", row.printed)
        return f"×{row.repeat}" if row.repeat > 1 and not said else ""

    def row_id(self, row: Row) -> str:
        """The id of a row in the table, which links and the page's address end with."""
        return f"row-{self.row_ids[row.name]}"

    def box_id(self, row: Row) -> str:
        """The id of its box."""
        return f"box-{self.row_ids[row.name]}"

    def head_id(self, name: str) -> str:
        """The id of an auxiliary head."""
        return f"head-{self.head_ids[name]}"

    def _ids(self, names: Iterable[str]) -> dict[str, str]:
        """Names in small letters, figures and dashes, each once on the page."""
        found: dict[str, str] = {}
        taken: set[str] = set()
        front = "" if self.alone else f"{self.number}-"
        for place, name in enumerate(names, 1):
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or str(place)
            while slug in taken:
                slug += f"-{place}"
            taken.add(slug)
            found[name] = front + slug
        return found
