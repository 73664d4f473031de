"""What the comparison finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the spec and the module say differently.

    ``place`` names it in the spec's words (a row, and a column or branch of it), ``row`` is
    the row alone, empty for the whole network. ``spec`` and ``module`` are what each says;
    None where it has nothing. ``path`` is the module's part, ``count`` how many layers a
    difference is about. One in ``training`` alone (a head, the rate of a dropout) leaves the
    output in evaluation as it is.
    """

    place: str
    row: str
    kind: str
    spec: str | None
    module: str | None
    path: str
    count: int = 1
    training: bool = False

    @property
    def text(self) -> str:
        """The difference as a sentence of one line."""
        path = f" ({self.path})" if self.path else ""
        if self.kind == "unknown":
            return f"not understood: {self.module}{path}, {self.place}"
        if self.spec is None:
            return f"{self.place}: {self.module} in the module, not in the spec{path}"
        if self.module is None:
            what = f"{self.spec} in the spec, " if self.spec else ""
            return f"{self.place}: {what}not in the module{path}"
        module = self.module.removeprefix(self._said())
        return f"{self.place}: {self.spec} in the spec, {module} in the module{path}"

    def _said(self) -> str:
        """What the spec's side begins with and the module's need not repeat: ``kernel ``."""
        assert self.spec is not None
        word, _, rest = self.spec.partition(" ")
        several = self.kind not in ("wiring", "order") and ", " in rest
        return "" if several or self.kind == "operation" else f"{word} "

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data, with its sentence."""
        return {**asdict(self), "text": self.text}
