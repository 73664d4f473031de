"""Padding, which tables leave out, from the sizes that they print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archc import ops
from archc.fields import Mistakes
from archc.ops import ShapeError
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.pooling import Pool
from archc.ops.windowed import Windowed

__all__ = ["Step", "choose_padding", "fitting"]

Size = tuple[int, int]
_LAST = 10**9
_WIDEST = 32  # cells of padding that are tried
_OFTEN = 100  # uses of a row that are followed


@dataclass(frozen=True, slots=True)
class Step:
    """A row that slides a window, with the sizes that the table claims before and after it."""

    op: type[ops.Op]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    before: Size | None
    after: Size | None
    repeat: int = 1

    @property
    def is_evidence(self) -> bool:
        """Whether the sizes say something about padding."""
        known = self.before is not None and self.after is not None
        return known and self.kernel != (1, 1) and 0 < self.repeat <= _OFTEN


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to pad; without ceil mode where that has no meaning."""

    padding: str | int
    ceil: bool = False

    def attributes(self, op: type[ops.Op]) -> dict[str, Any]:
        """As a row says it."""
        return {"padding": self.padding, **({"ceil": self.ceil} if issubclass(op, Pool) else {})}

    def short(self) -> dict[str, Any]:
        """As `defaults` say it: what is no default of archc's own."""
        padding = {} if self.padding == 0 else {"padding": self.padding}
        return padding | ({"ceil": True} if self.ceil else {})

    def __str__(self) -> str:
        words = "no padding" if self.padding == 0 else f"padding {self.padding}"
        return f"{words} in ceil mode" if self.ceil else words


def _candidates(step: Step) -> list[Candidate]:
    """All ways to pad, in the order of preference."""
    widest = max(step.kernel) // 2 + 1 if issubclass(step.op, Pool) else max(step.kernel)
    inner = range(1, min(widest, _WIDEST))
    found = [Candidate("same"), Candidate(0), *map(Candidate, inner)]
    if issubclass(step.op, Pool):
        found.append(Candidate(0, ceil=True))
    return sorted(found, key=lambda candidate: _rank(candidate, step.op))


def _rank(candidate: Candidate, op: type[ops.Op]) -> int:
    """What papers do most comes first: convolutions keep the size, pools are not padded."""
    if candidate.padding == "same":
        return _LAST if issubclass(op, Pool) else 0
    assert isinstance(candidate.padding, int)
    return 2 if candidate.ceil else 1 if candidate.padding == 0 else 2 + candidate.padding


def _fits(step: Step, candidate: Candidate) -> bool:
    attributes: dict[str, Any] = {"kernel": step.kernel, "stride": step.stride}
    if issubclass(step.op, Convolution | SeparableConvolution):
        attributes["filters"] = 1
    try:
        op = step.op.make({**attributes, **candidate.attributes(step.op)})
        assert isinstance(op, Windowed)
        assert step.before is not None
        size = step.before
        for _ in range(step.repeat):
            size = op.spatial(*size, candidate.ceil)
        return size == step.after
    except (Mistakes, ShapeError):
        return False


def fitting(step: Step) -> list[Candidate]:
    """The ways to pad that give the claimed size; none for a step that is no evidence."""
    if not step.is_evidence:
        return []
    return [candidate for candidate in _candidates(step) if _fits(step, candidate)]


def choose_padding(steps: Sequence[Step]) -> tuple[Candidate, list[Candidate], int] | None:
    """What fits most rows of one operation, what fits as many, and how many those are.

    None where no row is evidence, or nothing fits.
    """
    found = [fitting(step) for step in steps]
    votes = Counter(candidate for each in found for candidate in each)
    if not votes:
        return None
    most = max(votes.values())
    best = [candidate for candidate in votes if votes[candidate] == most]
    best.sort(key=lambda candidate: _rank(candidate, steps[0].op))
    return best[0], best[1:], most
