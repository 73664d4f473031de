"""A process with one engine in it.

It reads a request a line from stdin and answers each with a line on stdout, both JSON, and
waits idle in between. What libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from archc.diagnostics import ArchcError
from archc.runtime.bench.engines import ENGINES, FileWriter, Ready
from archc.runtime.bench.job import Job
from archc.texts import one_line

__all__ = ["answer_requests"]

_UNTIMED = 2  # calls before each block, after the process has been idle


class _Worker:
    """The engine and what it was told to run."""

    def __init__(self, engine: str, job: Job, writer: FileWriter) -> None:
        self.name, self.job, self.writer = engine, job, writer
        self.ready: Ready | None = None
        self.last: Any = None

    def start(self) -> dict[str, Any]:
        """Import the engine's libraries; what it and the machine are."""
        start = time.perf_counter()
        shown = ENGINES[self.name].load(self.job, self.writer)
        took = time.perf_counter() - start
        if "torch" in sys.modules:
            import torch

            torch.set_num_threads(self.job.threads)
            if self.job.exact:
                torch.backends.cudnn.allow_tf32 = False
        return {"version": shown, "import": took, "machine": _machine(self.job)}

    def first(self) -> dict[str, Any]:
        """From the spec to the first result: its seconds, and how far it is from the reference."""
        import numpy as np

        images = np.load(self.job.images)
        start = time.perf_counter()
        build = ENGINES[self.name].build
        self.ready = build(self.job, self.job.network(), images, self.writer)
        self._call()
        took = time.perf_counter() - start
        difference = None
        if self.job.reference:
            reference = np.load(self.job.reference)
            away = np.abs(self.ready.numbers(self.last) - reference).max()
            difference = float(away / max(np.abs(reference).max(), 1e-30))
        return {"first": took, "difference": difference}

    def save(self, path: str) -> dict[str, Any]:
        """Write the last result as a numpy file."""
        import numpy as np

        assert self.ready is not None
        np.save(path, self.ready.numbers(self.last))
        return {}

    def time(self, seconds: float, least: int) -> dict[str, Any]:
        """Seconds of each call, for about ``seconds``."""
        for _ in range(_UNTIMED):
            self._call()
        found: list[float] = []
        start = before = time.perf_counter()
        while len(found) < least or before - start < seconds:
            self._call()
            now = time.perf_counter()
            found.append(now - before)
            before = now
        return {"times": found}

    def profile(self, rounds: int) -> dict[str, Any]:
        """The executor's instructions one by one."""
        from archc.runtime.bench.profile import profile
        from archc.runtime.executor import make_executor

        job = self.job
        weights = job.weights or None
        executor = make_executor(
            job.network(), job.device, job.dtype, job.batch, weights, record=False
        )
        return profile(executor, rounds)

    def _call(self) -> None:
        assert self.ready is not None
        self.last = self.ready.call()
        if self.job.device == "cuda" and "torch" in sys.modules:
            sys.modules["torch"].cuda.synchronize()


def _machine(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "threads": job.threads,
        "cores": _cores(),
        "versions": dict(_versions()),
    }
    if "torch" in sys.modules:
        import torch

        from archc.runtime.plan import describe_device, processor

        found["processor"] = processor()
        found["capability"] = torch.backends.cpu.get_cpu_capability()
        if job.device == "cuda":
            found["gpu"] = describe_device("cuda")
            found["cuda"] = torch.version.cuda
    return found


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _versions() -> Iterator[tuple[str, str]]:
    for package in ("archc", "torch", "onnx", "onnxruntime", "openvino", "numpy"):
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


def answer_requests(writer: FileWriter) -> None:
    """Answer requests until there are no more; ``writer`` makes files for engines."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker: _Worker | None = None
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        kind = request.pop("do")
        try:
            if kind == "start":
                given = request["job"]
                job = replace(Job(**given), settings=tuple(given["settings"]))
                worker = _Worker(request["engine"], job, writer)
                answer = worker.start()
            else:
                answer = getattr(worker, kind)(**request)
        except ArchcError as error:
            answer = {"unable": one_line(str(error))}
        except Exception as error:  # noqa: BLE001 (an engine's own; the others go on)
            text = one_line(str(error)) or type(error).__name__
            answer = {"failed": text[:200]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
