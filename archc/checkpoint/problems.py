"""What keeps a checkpoint from fitting a network, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archc.ops import Shape

__all__ = ["KINDS", "Problem", "ProblemKind"]

ProblemKind = Literal[
    "missing", "unexpected", "wrong shape", "wrong type", "misplaced", "ambiguous"
]

KINDS: dict[ProblemKind, str] = {
    "missing": "in the network, not in the checkpoint",
    "unexpected": "in the checkpoint, not in the network",
    "wrong shape": "in both, of different shapes",
    "wrong type": "not floating-point numbers",
    "misplaced": "in both, but elsewhere in the checkpoint's order",
    "ambiguous": "several layers of the checkpoint could be this one",
}
"""The kinds in the order they are listed, and what they mean."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One layer or tensor that does not fit.

    ``ours`` is its name in the emitted module, ``expected`` its shape there; ``theirs`` are
    the names in the checkpoint, ``found`` the first one's shape. ``layer`` is the layer in the
    emitted module that a tensor belongs to. ``note`` is for people.
    """

    kind: ProblemKind
    row: str = ""
    ours: str = ""
    theirs: tuple[str, ...] = ()
    expected: Shape | None = None
    found: Shape | None = None
    layer: str = ""
    note: str = ""
