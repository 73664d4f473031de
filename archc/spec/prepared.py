"""What all uses of a body share: what names mean around it, and what its rows say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from archc.diagnostics import Diagnostics
from archc.ir import ModuleInfo
from archc.ops import Op
from archc.spec.located import Located
from archc.spec.rows import RawRow

if TYPE_CHECKING:
    from archc.spec.recipes import Follower, UnitRecipe
    from archc.spec.row_types import Meaning, Repeat

__all__ = ["Defaults", "PreparedRow", "SortedDefaults", "SplitBranch", "Surroundings"]

Defaults = dict[type[Op] | str, dict[str, Located]]
"""Attributes by operation, columns by the module's name."""


class SortedDefaults:
    """An operation's defaults: those that are the same wherever they are used, and others."""

    __slots__ = ("others", "places", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.places: dict[str, Located] = {}
        self.others: dict[str, Located] = {}


class Surroundings:
    """What all uses of a module at one place in the hierarchy share, or all rows of a network.

    ``printed`` has the columns by key, ``defaults`` those in force, the innermost last, and
    ``modules`` the modules around, the outermost first. All of it is settled before the first
    row is lowered, so what follows from it alone is found out once: merged defaults, and what
    rows mean.
    """

    __slots__ = (
        "_merged",
        "_rows",
        "defaults",
        "diagnostics",
        "followers",
        "modules",
        "printed",
        "sorted",
    )

    remembers: ClassVar[bool] = True
    """Whether rows are prepared once; a test compares with rows that are prepared at each use."""

    def __init__(
        self,
        diagnostics: Diagnostics,
        printed: dict[str, str],
        defaults: tuple[Defaults, ...],
        modules: tuple[ModuleInfo, ...] = (),
    ) -> None:
        self.diagnostics = diagnostics
        self.printed = printed
        self.defaults = defaults
        self.modules = modules
        self.sorted: dict[type[Op], SortedDefaults] = {}
        self.followers: dict[type[Op], list[Follower]] = {}
        """What defaults alone let follow an operation, where no column says it."""
        self._merged: dict[type[Op] | str, dict[str, Located]] = {}
        self._rows: dict[RawRow, PreparedRow] = {}

    def defaults_of(self, what: type[Op] | str) -> dict[str, Located]:
        """What defaults give to an operation or a module, the innermost winning."""
        merged = self._merged.get(what)
        if merged is None:
            merged = {}
            for defaults in self.defaults:
                merged.update(defaults.get(what, {}))
            self._merged[what] = merged
        return merged

    def prepared(self, row: RawRow) -> PreparedRow:
        """What is known of a row of these surroundings so far."""
        known = self._rows.get(row)
        if known is None:
            known = PreparedRow()
            if self.remembers:
                self._rows[row] = known
        return known


class SplitBranch(NamedTuple):
    """A branch of a split: its name in the graph, its key, and its rows."""

    name: str
    key: Located
    rows: list[RawRow]


class PreparedRow:
    """What a row means in every use of its surroundings, filled in by its first use.

    Whoever fills a slot has found it without a diagnostic and without reading a column, so
    that nothing is lost where it is not found again. ``None`` is not known yet, or differs from
    use to use.

    ``repeat``: its uses. ``meaning``: what its type says. ``bodies``: a split's branches.
    ``recipe``: its operation, or what joins its branches, with what follows that. ``is_plain``
    where the row is no more than an operation, used once, on the row before.
    """

    __slots__ = ("bodies", "is_plain", "meaning", "recipe", "repeat")

    def __init__(self) -> None:
        self.repeat: Repeat | None = None
        self.meaning: Meaning | None = None
        self.bodies: list[SplitBranch] | None = None
        self.recipe: UnitRecipe | None = None
        self.is_plain = False
