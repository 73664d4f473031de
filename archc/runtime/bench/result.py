"""What a comparison found, as data. Imports no engine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archc.runtime.bench.spread import Spread

__all__ = ["Comparison", "EngineTimes"]

_ROUNDING = {"float32": 1e-3, "bfloat16": 0.1, "float16": 0.1}
"""The most that roundings make of an output's largest number, generously."""


@dataclass(slots=True)
class EngineTimes:
    """An engine and its times, in seconds; or why it has none, in ``skipped``.

    ``first`` is from the spec to the first result, with the engine's libraries (``imports``)
    imported before; ``difference`` the largest difference of an output from eager float32,
    over the largest output. ``rounds`` has the spread of each round's calls.
    """

    engine: str
    version: str = ""
    imports: float = math.nan
    first: float = math.nan
    difference: float | None = None
    rounds: list[Spread] = field(default_factory=list)
    skipped: str = ""

    @property
    def latency(self) -> Spread:
        """Of a batch: over the rounds' medians."""
        return Spread.of([each.median for each in self.rounds])


@dataclass(slots=True)
class Comparison:
    """Engines side by side, archc first, under one set of conditions."""

    name: str
    spec: str
    device: str
    dtype: str
    batch: int
    machine: Mapping[str, Any]
    engines: Sequence[EngineTimes]

    @property
    def base(self) -> EngineTimes:
        """What the others are compared with."""
        return self.engines[0]

    @property
    def measured(self) -> list[EngineTimes]:
        """The engines that ran."""
        return [each for each in self.engines if not each.skipped]

    def is_wrong(self, engine: EngineTimes) -> bool:
        """Whether its outputs differ from eager float32's by more than roundings."""
        return engine.difference is not None and not (engine.difference <= _ROUNDING[self.dtype])

    def ratio(self, engine: EngineTimes) -> Spread | None:
        """How many times as long it takes as archc, over the rounds; None where one did not run."""
        if engine.skipped or self.base.skipped:
            return None
        pairs = zip(engine.rounds, self.base.rounds, strict=True)
        return Spread.of([other.median / base.median for other, base in pairs])

    def throughput(self, engine: EngineTimes) -> float:
        """Images per second."""
        return self.batch / engine.latency.median

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data; times in milliseconds but for those in seconds by name."""
        return {
            "name": self.name,
            "spec": self.spec,
            "device": self.device,
            "dtype": self.dtype,
            "batch": self.batch,
            "machine": dict(self.machine),
            "engines": [self._engine(each) for each in self.engines],
        }

    def _engine(self, engine: EngineTimes) -> dict[str, Any]:
        if engine.skipped:
            return {"engine": engine.engine, "version": engine.version, "skipped": engine.skipped}
        ratio = self.ratio(engine)
        return {
            "engine": engine.engine,
            "version": engine.version,
            "import_seconds": round(engine.imports, 3),
            "first_result_seconds": round(engine.first, 3),
            "difference": engine.difference,
            "latency_ms": engine.latency.to_dict(1e3),
            "images_per_second": round(self.throughput(engine), 3),
            "ratio": None if ratio is None else ratio.to_dict(),
            "rounds_ms": [each.to_dict(1e3) for each in engine.rounds],
        }
