"""A row of the table with what could be made of it, and the padding that its sizes show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archc import ops
from archc.fields import Mistakes
from archc.ops import Family, Shape, ShapeError
from archc.sources.tables.draft import CellValue
from archc.sources.tables.grid import TableCell
from archc.spec.attributes import MODIFIERS
from archc.spec.models import CLAIMS
from archc.spec.tokens import TypeText, parse_patch, parse_size, split_column

__all__ = ["Entry", "SlidingRow", "choose_padding", "fitting", "has_window", "is_window_pool"]

HeightWidth = tuple[int, int]
_ELSEWHERE = frozenset({*CLAIMS, *MODIFIERS, "type", "name", "repeat"})


@dataclass(slots=True)
class Entry:
    """The filled cells by column, the operation if it is one, and what is said beside them."""

    place: TableCell
    values: dict[str, CellValue]
    typed: TypeText
    op: type[ops.Op] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    before: HeightWidth | None = None
    after: HeightWidth | None = None

    @property
    def is_linear(self) -> bool:
        """Whether it is a fully connected layer."""
        return self.op is not None and self.op.family is Family.LINEAR

    @property
    def is_activation(self) -> bool:
        """Whether it is an activation, but for one that ends a network in probabilities."""
        op = self.op
        return op is not None and op.family is Family.ACTIVATION and not op.ends_in_probabilities

    @property
    def pools_windows(self) -> bool:
        """Whether it pools windows, and not the whole map."""
        return self.op is not None and is_window_pool(self.op)

    @property
    def remark(self) -> str:
        """What stands in the patch column without being a patch."""
        text = str(self.values.get("patch") or "")
        return "" if text[:1].isdigit() else text

    @property
    def repeat(self) -> int:
        """How many times the row is used."""
        printed = self.values.get("repeat")
        return printed if isinstance(printed, int) else self.typed.repeat

    @property
    def has_patch(self) -> bool:
        """Whether anything is said in the patch or kernel column."""
        return bool({"patch", "kernel"} & self.values.keys()) or self.typed.kernel is not None

    def definitions(self) -> frozenset[str]:
        """List the columns that define the row's operation or module."""
        columns = {
            part for key in self.values if key not in _ELSEWHERE for part in split_column(key)
        }
        if self.remark:
            columns.remove("patch")
        return frozenset(columns | ({"stride"} if self.remark.startswith("stride ") else set()))

    def size(self, claim: str) -> tuple[int, ...] | None:
        """Read the numbers of a claimed size."""
        return parse_size(str(self.values.get(claim) or ""))

    def grid(self, claim: str) -> HeightWidth | None:
        """Read height and width of a claimed size."""
        size = self.size(claim)
        return (size[0], size[1]) if size is not None and len(size) > 1 else None

    def window(self) -> tuple[HeightWidth, HeightWidth] | None:
        """Read kernel and stride, where they are plain numbers."""
        patch = parse_patch(str(self.values.get("patch") or ""))
        kernel = patch.kernel if patch else self.values.get("kernel") or self.typed.kernel
        stride = (patch and patch.stride) or self.values.get("stride") or 1
        pairs = [_pair(kernel), _pair(stride)]
        return (pairs[0], pairs[1]) if pairs[0] and pairs[1] else None

    def sliding(self) -> SlidingRow | None:
        """Read the row as a sliding window; None for other rows, and where padding is said."""
        window = self.window()
        said = self.typed.padded or "padding" in self.values
        if window is None or said or self.op is None or not has_window(self.op):
            return None
        return SlidingRow(self.op, *window, self.before, self.after, self.repeat)


def _pair(value: object) -> HeightWidth | None:
    if isinstance(value, tuple):
        parts = [int(part) for part in value if str(part).isdecimal()]
        return (parts[0], parts[1]) if len(parts) == 2 else None
    size = parse_size(str(value)) if value is not None else None
    return (size[0], size[-1]) if size is not None and len(size) < 3 else None


_LAST = 10**9
_WIDEST = 32  # cells of padding that are tried
_OFTEN = 100  # uses of a row that are followed


def has_window(op: type[ops.Op]) -> bool:
    """Whether the operation slides a window over a map, which may be padded."""
    return {"kernel", "stride", "padding"} <= op.attributes()


def is_window_pool(op: type[ops.Op]) -> bool:
    """Whether the operation pools windows, and not the whole map."""
    return op.family.is_pool and has_window(op)


@dataclass(frozen=True, slots=True)
class SlidingRow:
    """A row that slides a window, with the sizes that the table claims before and after it."""

    op: type[ops.Op]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    before: HeightWidth | None
    after: HeightWidth | None
    repeat: int = 1

    @property
    def is_evidence(self) -> bool:
        """Whether the sizes say something about padding."""
        known = self.before is not None and self.after is not None
        return known and self.kernel != (1, 1) and 0 < self.repeat <= _OFTEN


@dataclass(frozen=True, slots=True)
class PaddingChoice:
    """One way to pad; without ceil mode where that has no meaning."""

    padding: str | int
    ceil: bool = False

    def attributes(self, op: type[ops.Op]) -> dict[str, Any]:
        """Say it as a row does."""
        ceil = {"ceil": self.ceil} if "ceil" in op.attributes() else {}
        return {"padding": self.padding, **ceil}

    def short(self) -> dict[str, Any]:
        """Say it as `defaults` do: what is no default of archc's own."""
        padding = {} if self.padding == 0 else {"padding": self.padding}
        return padding | ({"ceil": True} if self.ceil else {})

    def __str__(self) -> str:
        words = "no padding" if self.padding == 0 else f"padding {self.padding}"
        return f"{words} in ceil mode" if self.ceil else words


def _choices(row: SlidingRow) -> list[PaddingChoice]:
    """List all ways to pad, in the order of preference."""
    inner = range(1, min(max(row.kernel), _WIDEST))
    choices = [PaddingChoice("same"), PaddingChoice(0), *map(PaddingChoice, inner)]
    if "ceil" in row.op.attributes():
        choices.append(PaddingChoice(0, ceil=True))
    return sorted(choices, key=lambda choice: _rank(choice, row.op))


def _rank(choice: PaddingChoice, op: type[ops.Op]) -> int:
    """Rank what papers do most first: convolutions keep the size, pools are not padded."""
    if choice.padding == "same":
        return _LAST if op.family.is_pool else 0
    assert isinstance(choice.padding, int)
    return 2 if choice.ceil else 1 if choice.padding == 0 else 2 + choice.padding


def _fits(row: SlidingRow, choice: PaddingChoice) -> bool:
    """Whether the row, padded so, makes the claimed size of the claimed one."""
    assert row.before is not None
    values = {"kernel": row.kernel, "stride": row.stride, **choice.attributes(row.op)}
    shape: Shape = (1, *row.before)
    try:
        op = row.op.make({**dict.fromkeys(row.op.required(), 1), **values})
        for _ in range(row.repeat):
            shape = op.infer([shape])
    except (Mistakes, ShapeError):
        return False
    return shape[1:] == row.after


def fitting(row: SlidingRow) -> list[PaddingChoice]:
    """Find the ways to pad that give the claimed size; none for a row that is no evidence."""
    if not row.is_evidence:
        return []
    return [choice for choice in _choices(row) if _fits(row, choice)]


def choose_padding(
    rows: Sequence[SlidingRow],
) -> tuple[PaddingChoice, list[PaddingChoice], int] | None:
    """Choose what fits most rows of one operation; with what fits as many, and how many.

    None where no row is evidence, or nothing fits.
    """
    votes = Counter(choice for row in rows for choice in fitting(row))
    if not votes:
        return None
    most = max(votes.values())
    best = [choice for choice in votes if votes[choice] == most]
    best.sort(key=lambda choice: _rank(choice, rows[0].op))
    return best[0], best[1:], most
