"""The seconds of repeated runs: measured, and summed up as a median with its spread.

Needs no torch, so that engines without it can be timed, too. What runs on a GPU waits for it
itself (`archc.runtime.device.synchronize`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Spread", "quantile", "time_after_warm_up", "time_runs"]

_WARM_UP_RUNS, _WARM_UP_SHARE = 3, 0.25


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of ``count`` values, and their 10th (``low``) and 90th (``high``) percentile."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up some values, at least one."""
        ordered = sorted(values)
        low, median, high = (quantile(ordered, share) for share in (0.1, 0.5, 0.9))
        return cls(median, low, high, len(ordered))

    def to_dict(self, factor: float = 1.0) -> dict[str, float | int]:
        """Give the spread as plain data, each value times ``factor``."""
        return {
            "median": round(self.median * factor, 6),
            "p10": round(self.low * factor, 6),
            "p90": round(self.high * factor, 6),
            "count": self.count,
        }


def quantile(ordered: Sequence[float], share: float) -> float:
    """Interpolate the value below which ``share`` of the sorted values lie."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def time_after_warm_up(
    run: Callable[[], object],
    seconds: float,
    least: int = 10,
    progress: Callable[[float], None] = lambda share: None,
) -> list[float]:
    """Time many runs over ``seconds``, after a warm-up of a quarter of that."""
    time_runs(run, seconds * _WARM_UP_SHARE, _WARM_UP_RUNS)
    return time_runs(run, seconds, least, progress)


def time_runs(
    run: Callable[[], object],
    seconds: float,
    least: int,
    progress: Callable[[float], None] = lambda share: None,
) -> list[float]:
    """Return the seconds of each run: of ``least``, and of more until ``seconds`` have passed.

    ``progress`` is told between runs what share of all is done; the time it takes is counted for
    no run.
    """
    times: list[float] = []
    start = before = time.perf_counter()
    while len(times) < least or before - start < seconds:
        run()
        now = time.perf_counter()
        times.append(now - before)
        progress(min((now - start) / seconds, len(times) / least) if seconds else 1.0)
        before = time.perf_counter()
    return times
