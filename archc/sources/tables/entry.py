"""A row of the table with what could be made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from archc import ops
from archc.ops.linear import Linear
from archc.ops.windowed import Windowed
from archc.sources.tables.draft import Scalar
from archc.sources.tables.grid import Cell
from archc.sources.tables.padding import Step
from archc.spec.attributes import MODIFIERS
from archc.spec.models import CLAIMS
from archc.spec.tokens import TypeText, parse_patch, parse_size, split_column

__all__ = ["Entry"]

Size = tuple[int, int]
_ELSEWHERE = frozenset({*CLAIMS, *MODIFIERS, "type", "name", "repeat"})


@dataclass(slots=True)
class Entry:
    """The filled cells by column, the operation if it is one, and what is said beside them."""

    place: Cell
    values: dict[str, Scalar]
    typed: TypeText
    op: type[ops.Op] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    before: Size | None = None
    after: Size | None = None

    @property
    def is_linear(self) -> bool:
        """Whether it is a fully connected layer."""
        return self.op is not None and issubclass(self.op, Linear)

    @property
    def remark(self) -> str:
        """What stands in the patch column without being a patch."""
        text = str(self.values.get("patch") or "")
        return "" if text[:1].isdigit() else text

    @property
    def repeat(self) -> int:
        """How many times the row is used."""
        found = self.values.get("repeat")
        return found if isinstance(found, int) else self.typed.repeat

    @property
    def has_patch(self) -> bool:
        """Whether anything is said in the patch or kernel column."""
        return bool({"patch", "kernel"} & self.values.keys()) or self.typed.kernel is not None

    def definitions(self) -> frozenset[str]:
        """The columns that define the row's operation or module."""
        found = {part for key in self.values if key not in _ELSEWHERE for part in split_column(key)}
        if self.remark:
            found.remove("patch")
        return frozenset(found | ({"stride"} if self.remark.startswith("stride ") else set()))

    def size(self, claim: str) -> tuple[int, ...] | None:
        """The numbers of a claimed size."""
        return parse_size(str(self.values.get(claim) or ""))

    def grid(self, claim: str) -> Size | None:
        """Height and width of a claimed size."""
        size = self.size(claim)
        return (size[0], size[1]) if size is not None and len(size) > 1 else None

    def window(self) -> tuple[Size, Size] | None:
        """Kernel and stride, where they are plain numbers."""
        patch = parse_patch(str(self.values.get("patch") or ""))
        kernel = patch.kernel if patch else self.values.get("kernel") or self.typed.kernel
        stride = (patch and patch.stride) or self.values.get("stride") or 1
        pairs = [_pair(kernel), _pair(stride)]
        return (pairs[0], pairs[1]) if pairs[0] and pairs[1] else None

    def step(self) -> Step | None:
        """The row as a sliding window; None for other rows, and where it is padded already."""
        window = self.window()
        said = self.typed.padded or "padding" in self.values
        if window is None or said or self.op is None or not issubclass(self.op, Windowed):
            return None
        return Step(self.op, *window, self.before, self.after, self.repeat)


def _pair(value: object) -> Size | None:
    if isinstance(value, tuple):
        parts = [int(part) for part in value if str(part).isdecimal()]
        return (parts[0], parts[1]) if len(parts) == 2 else None
    size = parse_size(str(value)) if value is not None else None
    return (size[0], size[-1]) if size is not None and len(size) < 3 else None
