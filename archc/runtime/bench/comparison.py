"""Engines compared: measured by turns, each in a process of its own, all idle but one.

What else the machine does meanwhile slows all of them down alike, as each round measures each
engine once; the ratio to archc is taken within a round. Imports no engine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from math import prod, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from archc import ir
from archc.diagnostics import ArchcError
from archc.plan.network import source_plan
from archc.runtime.bench.engines import BASE, Job
from archc.runtime.bench.process import Command, EngineProcess
from archc.runtime.timing import Spread
from archc.tensors.files import safetensors_bytes
from archc.tensors.initial import starts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Comparison", "EngineTimes", "compare", "lively_weights", "profiled"]

_PAUSE = 0.02  # seconds in which the threads of the engine before go to sleep
_LEAST = 3  # runs in a round

_ROUNDING = {"float32": 1e-3, "bfloat16": 0.1, "float16": 0.1}
"""The largest share of the largest output that roundings come to, generously."""

Tell = Callable[[str, float], None]
"""Told what is being done, and what share of all is done."""


# What is found


@dataclass(slots=True)
class EngineTimes:
    """An engine's times in seconds; or the reason why it has none, in ``skipped``.

    ``imports`` is the time to import its libraries, ``first`` from the spec to the first result
    once they are imported. ``difference`` is the largest difference of an output from eager
    float32, over the largest output. ``rounds`` has the spread of each round's runs.
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
        """The seconds of a batch: the spread of the rounds' medians."""
        return Spread.of([spread.median for spread in self.rounds])


@dataclass(slots=True)
class Comparison:
    """Engines side by side, archc first, under the same conditions."""

    name: str
    spec: str
    device: str
    dtype: str
    batch: int
    machine: Mapping[str, Any]
    engines: Sequence[EngineTimes]

    @property
    def base(self) -> EngineTimes:
        """The engine that the others are compared with."""
        return self.engines[0]

    @property
    def measured(self) -> list[EngineTimes]:
        """The engines that ran."""
        return [engine for engine in self.engines if not engine.skipped]

    def is_wrong(self, engine: EngineTimes) -> bool:
        """Tell whether its outputs differ from eager float32's by more than roundings."""
        return engine.difference is not None and not (engine.difference <= _ROUNDING[self.dtype])

    def ratio(self, engine: EngineTimes) -> Spread | None:
        """Divide its time by archc's, round by round; None where one of them did not run."""
        if engine.skipped or self.base.skipped:
            return None
        rounds = zip(engine.rounds, self.base.rounds, strict=True)
        return Spread.of([theirs.median / ours.median for theirs, ours in rounds])

    def throughput(self, engine: EngineTimes) -> float:
        """Compute its images per second."""
        return self.batch / engine.latency.median

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as plain data; each name says the unit of its times."""
        return {
            "name": self.name,
            "spec": self.spec,
            "device": self.device,
            "dtype": self.dtype,
            "batch": self.batch,
            "machine": dict(self.machine),
            "engines": [self._engine(engine) for engine in self.engines],
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
            "rounds_ms": [spread.to_dict(1e3) for spread in engine.rounds],
        }


# How it is found


def compare(
    network: ir.Network,
    job: Job,
    engines: Sequence[str],
    rounds: int,
    seconds: float,
    tell: Tell,
    command: Command,
) -> Comparison:
    """Measure ``engines`` beside archc. One that is not installed, or fails, is skipped by name.

    ``seconds`` is how long an engine runs in each round; ``command`` starts its process. Raises
    `ArchcError` where packages are missing that archc itself needs for it.
    """
    with _prepared(network, job) as (job, folder), ExitStack() as stack:
        reference = folder / "reference.npy"
        tell("eager float32", 0.0)
        _write_reference(job, folder, reference, command)
        job = replace(job, reference=str(reference))
        running: list[tuple[EngineTimes, EngineProcess]] = []
        machine: dict[str, Any] = {}
        measured = []
        for engine in dict.fromkeys((BASE, *engines)):
            tell(f"{engine}: the first result", 0.0)
            times = EngineTimes(engine)
            measured.append(times)
            process = stack.enter_context(EngineProcess(engine, job, folder, command))
            machine = machine or process.machine
            _take_first(process, times)
            if not times.skipped:
                running.append((times, process))
        if not running or running[0][0].engine != BASE:
            raise ArchcError(f"archc cannot run it: {measured[0].skipped}")
        _take_rounds(running, rounds, seconds, tell)
    return Comparison(
        network.name, network.spec, job.device, job.dtype, job.batch, machine, measured
    )


def profiled(network: ir.Network, job: Job, rounds: int, command: Command) -> dict[str, Any]:
    """Profile the executor (`archc.runtime.bench.profile`) in a process of its own."""
    with (
        _prepared(network, job) as (job, folder),
        EngineProcess(BASE, job, folder, command) as process,
    ):
        answer = process.ask({"do": "profile", "rounds": rounds})
        for key in ("unable", "failed"):
            if key in answer:
                raise ArchcError(answer[key])
        return {**answer, "machine": process.machine}


@contextmanager
def _prepared(network: ir.Network, job: Job) -> Iterator[tuple[Job, Path]]:
    """Write files of weights and images in a folder, which is removed at the end of the block."""
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


def _write_reference(job: Job, folder: Path, path: Path, command: Command) -> None:
    """Write what eager PyTorch computes in float32. Raises `ArchcError` where it cannot."""
    job = replace(job, dtype="float32", exact=True)
    with EngineProcess("eager", job, folder, command) as process:
        times = EngineTimes("eager")
        _take_first(process, times)
        if times.skipped:
            raise ArchcError(f"eager PyTorch cannot run it: {times.skipped}")
        process.ask({"do": "save", "path": str(path)})


def _take_first(process: EngineProcess, times: EngineTimes) -> None:
    """Note the engine's first result, or the reason why there is none."""
    answers = [process.started]
    if "version" in process.started:
        times.version, times.imports = process.started["version"], process.started["import"]
        answers.append(process.ask({"do": "first"}))
    for answer in answers:
        if "unable" in answer:
            times.skipped = answer["unable"]
        elif "failed" in answer:
            times.skipped = f"failed: {answer['failed']}"
    if not times.skipped:
        times.first, times.difference = answers[-1]["first"], answers[-1]["difference"]


def _take_rounds(
    running: Sequence[tuple[EngineTimes, EngineProcess]], rounds: int, seconds: float, tell: Tell
) -> None:
    """Measure all rounds, each begun by another engine; one more, the first, is not counted.

    An engine that fails is skipped from then on, and leaves the others as many rounds as archc.
    """
    count = len(running)
    for number in range(rounds + 1):
        start = number % count
        for index, (times, process) in enumerate((*running[start:], *running[:start])):
            tell(times.engine, (number * count + index) / ((rounds + 1) * count))
            if times.skipped:
                continue
            time.sleep(_PAUSE)
            answer = process.ask({"do": "time", "seconds": seconds, "least": _LEAST})
            if "times" not in answer:
                times.skipped = f"failed: {answer['failed']}"
                if times.engine == BASE:
                    raise ArchcError(f"archc {times.skipped}")
            elif number:
                times.rounds.append(Spread.of(answer["times"]))


# Weights with which results can be compared


def lively_weights(network: ir.Network) -> bytes:
    """Draw weights for the emitted module, the same each time: a safetensors file.

    They keep signals from vanishing and growing on their way. A network as its paper initialises
    it may multiply its input by next to nothing; then any two results agree, and the time is that
    of denormal numbers.
    """
    import numpy as np

    plan = source_plan(network)
    drawn = {}
    for name, tensor in starts(plan.network.operations(heads=True), plan.paths).items():
        stream = np.random.default_rng(list(name.encode()))
        drawn[name] = _draw(stream, name.rpartition(".")[2], tensor.shape).astype(np.float32)
    return safetensors_bytes(drawn, {})


def _draw(stream: np.random.Generator, kind: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if len(shape) > 1:  # a kernel, as He et al. initialise them
        return stream.standard_normal(shape) * sqrt(2 / prod(shape[1:]))
    return _VECTORS.get(kind, _VECTORS["bias"])(stream, shape)


_VECTORS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]] = {
    "weight": lambda stream, shape: stream.uniform(0.4, 1.2, shape),
    "running_var": lambda stream, shape: stream.uniform(0.5, 1.5, shape),
    "bias": lambda stream, shape: stream.normal(0, 0.1, shape),
}
"""How vectors are drawn, by a tensor's last name; others are drawn as biases."""
