"""Engines measured by turns, each in a process of its own, all idle but one.

What else the machine does in the meantime slows all of them down alike, as each round measures
each engine once; the ratio to archc is taken within a round.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Any

from archc import ir
from archc.diagnostics import ArchcError
from archc.runtime.bench.job import Job
from archc.runtime.bench.names import BASE
from archc.runtime.bench.result import Comparison, EngineTimes
from archc.runtime.bench.spread import Spread
from archc.runtime.bench.weights import lively_weights
from archc.texts import one_line

__all__ = ["compare", "profiled"]

_PAUSE = 0.02  # seconds in which the threads of the engine before go to sleep
_LEAST = 3  # calls in a block

Program = Sequence[str]
"""The command of a process that calls `archc.runtime.bench.worker.answer_requests`."""

Tell = Callable[[str, float], None]
"""Told what is being done, and what share of all is done."""


def compare(
    network: ir.Network,
    job: Job,
    engines: Sequence[str],
    rounds: int,
    seconds: float,
    tell: Tell,
    program: Program,
) -> Comparison:
    """``engines`` beside archc. One that is not installed, or fails, is named as skipped.

    ``seconds`` is how long an engine runs in each round; ``program`` starts a worker. Raises
    `ArchcError` where packages are missing that archc itself needs for it.
    """
    with _prepared(network, job) as (job, folder), ExitStack() as stack:
        reference = folder / "reference.npy"
        tell("eager float32", 0.0)
        _write_reference(job, folder, reference, program)
        job = replace(job, reference=str(reference))
        workers: list[tuple[EngineTimes, _Worker]] = []
        machine: dict[str, Any] = {}
        found = []
        for engine in dict.fromkeys((BASE, *engines)):
            tell(f"{engine}: the first result", 0.0)
            measured = EngineTimes(engine)
            found.append(measured)
            worker = stack.enter_context(_Worker(engine, job, folder, program))
            machine = machine or worker.machine
            _take_first(worker, measured)
            if not measured.skipped:
                workers.append((measured, worker))
        if not workers or workers[0][0].engine != BASE:
            raise ArchcError(f"archc cannot run it: {found[0].skipped}")
        _measure(workers, rounds, seconds, tell)
    return Comparison(network.name, network.spec, job.device, job.dtype, job.batch, machine, found)


def profiled(network: ir.Network, job: Job, rounds: int, program: Program) -> dict[str, Any]:
    """What `archc.runtime.bench.profile` finds, in a process of its own."""
    with _prepared(network, job) as (job, folder), _Worker(BASE, job, folder, program) as worker:
        found = worker.ask({"do": "profile", "rounds": rounds})
        for key in ("unable", "failed"):
            if key in found:
                raise ArchcError(found[key])
        return {**found, "machine": worker.machine}


@contextmanager
def _prepared(network: ir.Network, job: Job) -> Iterator[tuple[Job, Path]]:
    """The job with files of weights and images, in a folder that goes again."""
    try:
        import numpy as np
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None

    with TemporaryDirectory(prefix="archc-bench-") as name:
        folder = Path(name)
        if not job.weights:
            path = folder / "weights.safetensors"
            path.write_bytes(lively_weights(network))
            job = replace(job, weights=str(path))
        stream = np.random.default_rng(0)
        shape = (job.batch, *network.input.shape)
        np.save(folder / "images.npy", stream.standard_normal(shape, np.float32))
        yield replace(job, images=str(folder / "images.npy")), folder


def _write_reference(job: Job, folder: Path, path: Path, program: Program) -> None:
    """What eager PyTorch computes in float32. Raises `ArchcError` where it cannot."""
    job = replace(job, dtype="float32", exact=True)
    with _Worker("eager", job, folder, program) as worker:
        measured = EngineTimes("eager")
        _take_first(worker, measured)
        if measured.skipped:
            raise ArchcError(f"eager PyTorch cannot run it: {measured.skipped}")
        worker.ask({"do": "save", "path": str(path)})


def _take_first(worker: _Worker, measured: EngineTimes) -> None:
    """Start an engine, and note its first result or why there is none."""
    answers = [worker.started]
    if "version" in worker.started:
        measured.version, measured.imports = worker.started["version"], worker.started["import"]
        answers.append(worker.ask({"do": "first"}))
    for answer in answers:
        if "unable" in answer:
            measured.skipped = answer["unable"]
        elif "failed" in answer:
            measured.skipped = f"failed: {answer['failed']}"
    if not measured.skipped:
        measured.first, measured.difference = answers[-1]["first"], answers[-1]["difference"]


def _measure(
    workers: Sequence[tuple[EngineTimes, _Worker]], rounds: int, seconds: float, tell: Tell
) -> None:
    """All rounds; each begins with another engine. The one before the first is not counted."""
    count = len(workers)
    for number in range(rounds + 1):
        start = number % count
        for index, (measured, worker) in enumerate((*workers[start:], *workers[:start])):
            tell(measured.engine, (number * count + index) / ((rounds + 1) * count))
            if measured.skipped:
                continue
            time.sleep(_PAUSE)
            answer = worker.ask({"do": "time", "seconds": seconds, "least": _LEAST})
            if "times" not in answer:
                measured.skipped = f"failed: {answer['failed']}"
                if measured.engine == BASE:
                    raise ArchcError(f"archc {measured.skipped}")
            elif number:
                measured.rounds.append(Spread.of(answer["times"]))


class _Worker:
    """A process with an engine; use it as a context, at whose end it is gone."""

    def __init__(self, engine: str, job: Job, folder: Path, program: Program) -> None:
        self.engine = engine
        self.errors: IO[bytes] = (folder / f"{engine}.txt").open("w+b")
        self.caches = TemporaryDirectory(prefix="archc-bench-", ignore_cleanup_errors=True)
        threads = str(job.threads)
        environment = {
            **os.environ,
            # What was compiled before would not be compiled again.
            "TORCHINDUCTOR_CACHE_DIR": f"{self.caches.name}/inductor",
            "TRITON_CACHE_DIR": f"{self.caches.name}/triton",
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
        }
        self.process = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        request = {"do": "start", "engine": engine, "job": asdict(job)}
        self.started = self.ask(request)
        self.machine: dict[str, Any] = self.started.get("machine", {})

    def __enter__(self) -> _Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()
        self.caches.cleanup()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Its answer; ``failed`` where the process has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        return {"failed": self._last_words()}

    def _last_words(self) -> str:
        """Why the process ended: the last line that it wrote, or its exit code."""
        code = self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        ended = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        return one_line(lines[-1])[:200] if lines and code > 0 else ended
