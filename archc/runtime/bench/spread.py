"""A middle, and how far values lie around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spread", "quantile"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Values' median, and between what eight of ten lie."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """That of some values, at least one."""
        ordered = sorted(values)
        low, median, high = (quantile(ordered, share) for share in (0.1, 0.5, 0.9))
        return cls(median, low, high, len(ordered))

    def to_dict(self, factor: float = 1.0) -> dict[str, float | int]:
        """The spread as plain data, each value times ``factor``."""
        return {
            "median": round(self.median * factor, 6),
            "p10": round(self.low * factor, 6),
            "p90": round(self.high * factor, 6),
            "count": self.count,
        }


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie, interpolated."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
