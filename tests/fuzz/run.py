"""A recorded run: inputs by seed and number, judged in one process or several."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.judge import Failure, Outcome, judge, write
from tests.fuzz.limits import peak_memory
from tests.fuzz.mutate import Input, make_input

__all__ = ["Summary", "run", "save"]

_SLOWEST = 5
_BATCH = 100
"""Inputs that a process judges before it reports."""


@dataclass(slots=True)
class Summary:
    """What a run found."""

    inputs: int = 0
    succeeded: int = 0
    refused: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int]] = field(default_factory=list)
    peak_memory: int = 0
    seconds: float = 0.0
    failures: dict[int, Failure] = field(default_factory=dict)

    def note(self, index: int, outcome: Outcome) -> None:
        """Count an outcome. An input's code counts once, however many mistakes have it."""
        self.inputs += 1
        self.succeeded += outcome.succeeded
        self.refused += outcome.failure is None and bool(outcome.codes)
        self.codes.update(set(outcome.codes))
        self.slowest = sorted([*self.slowest, (outcome.seconds, index)])[-_SLOWEST:]
        if outcome.failure is not None:
            self.failures[index] = outcome.failure

    def add(self, other: Summary) -> None:
        """Count another run's inputs, too."""
        self.inputs += other.inputs
        self.succeeded += other.succeeded
        self.refused += other.refused
        self.codes.update(other.codes)
        self.slowest = sorted([*self.slowest, *other.slowest])[-_SLOWEST:]
        self.peak_memory = max(self.peak_memory, other.peak_memory)
        self.failures.update(other.failures)

    def groups(self) -> dict[str, list[int]]:
        """The numbers of failing inputs by what failed, most first."""
        found: dict[str, list[int]] = {}
        for index, failure in sorted(self.failures.items()):
            found.setdefault(failure.group, []).append(index)
        return dict(sorted(found.items(), key=lambda each: -len(each[1])))

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data."""
        return {**asdict(self), "codes": dict(sorted(self.codes.items())), "groups": self.groups()}


def run(
    seed: int,
    indices: range,
    jobs: int = 1,
    progress: Callable[[Summary, Summary], None] = lambda batch, total: None,
) -> Summary:
    """Judge the inputs of a seed; ``progress`` hears of each batch, and of all so far."""
    start, total = time.perf_counter(), Summary()
    for part in _parts(seed, indices, jobs):
        total.add(part)
        total.seconds = time.perf_counter() - start
        progress(part, total)
    return total


def _parts(seed: int, indices: range, jobs: int) -> Iterator[Summary]:
    batches = [indices[at : at + _BATCH] for at in range(0, len(indices), _BATCH)]
    work = partial(_batch, seed)
    if jobs == 1:
        yield from map(work, batches)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(work, batches)


def _batch(seed: int, indices: range) -> Summary:
    found = Summary()
    for index in indices:
        found.note(index, one(seed, index))
    found.peak_memory = peak_memory()
    return found


def one(seed: int, index: int) -> Outcome:
    """Make, write and judge one input, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="archc-fuzz-"))
    try:
        case = chosen(seed, index)
        return judge(case, write(case, folder))
    finally:
        shutil.rmtree(folder)


def chosen(seed: int, index: int) -> Input:
    """The input of that number."""
    return make_input(Random(f"{seed}:{index}"))


def save(summary: Summary, seed: int, folder: Path) -> None:
    """Write each failing input into a folder of its number, with what it did."""
    for index, failure in summary.failures.items():
        here = folder / str(index)
        here.mkdir(parents=True, exist_ok=True)
        case = chosen(seed, index)
        write(case, here)
        (here / "settings.json").write_text(json.dumps(case.settings))
        (here / "failure.txt").write_text(failure.detail, errors="backslashreplace")
