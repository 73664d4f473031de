"""A process with one engine in it: its parent's end of the line (`EngineProcess`), and its own.

The parent writes a request a line to the process's stdin and waits for a line of answer on its
stdout, both JSON objects; one request is under way at a time, and the process is idle between
them. What libraries print goes to stderr, whose last line says why a process ended.

A request names in ``do`` what to do: ``start`` comes first and once, ``first`` before ``time``
and ``save``; ``profile`` needs neither. An answer has ``unable`` instead where the engine cannot
run the job, and ``failed`` where it should but did not.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Any

from archc.diagnostics import ArchcError
from archc.runtime.bench.engines import ENGINES, FileWriter, Job, RunnableNetwork
from archc.runtime.timing import time_runs
from archc.texts import one_line

__all__ = ["Command", "EngineProcess", "answer_requests", "usable_cores"]

Command = Sequence[str]
"""The program and arguments of a process that calls `answer_requests`."""

_LONGEST = 200  # characters of a reason

_UNTIMED = 2  # runs before each block of timed ones: the process has been idle


# The parent's end


class EngineProcess:
    """Starts a process with an engine; at the end of the ``with`` block it is gone.

    ``started`` is its answer to ``start``. Its caches are empty at first, so that an engine that
    compiles has to compile.
    """

    def __init__(self, engine: str, job: Job, folder: Path, command: Command) -> None:
        self.engine = engine
        self.errors: IO[bytes] = (folder / f"{engine}.txt").open("w+b")
        self.caches = TemporaryDirectory(prefix="archc-bench-", ignore_cleanup_errors=True)
        threads = str(job.threads)
        environment = {
            **os.environ,
            "TORCHINDUCTOR_CACHE_DIR": f"{self.caches.name}/inductor",
            "TRITON_CACHE_DIR": f"{self.caches.name}/triton",
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
        }
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            text=True,
            encoding="utf-8",
        )
        self.started = self.ask({"do": "start", "engine": engine, "job": asdict(job)})
        self.machine: dict[str, Any] = self.started.get("machine", {})

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process, and remove what it left."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()
        self.caches.cleanup()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its answer: ``failed`` where the process has ended."""
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
        """Say why the process ended: by its last line on stderr, or by its exit code."""
        code = self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        ended = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        return one_line(lines[-1])[:_LONGEST] if lines and code > 0 else ended


# The process's own end


def answer_requests(writer: FileWriter) -> None:
    """Answer requests until stdin ends; ``writer`` writes files for the engine."""
    # Answers keep the stdout that there was; whatever else is printed goes to stderr.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    server: _EngineServer | None = None
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        method = request.pop("do")
        try:
            if method == "start":
                fields = request["job"]
                job = replace(Job(**fields), settings=tuple(fields["settings"]))
                server = _EngineServer(request["engine"], job, writer)
                answer = server.start()
            else:
                answer = getattr(server, method)(**request)
        except ArchcError as error:
            answer = {"unable": one_line(str(error))}
        except Exception as error:  # noqa: BLE001 (an engine's own; the others go on)
            text = one_line(str(error)) or type(error).__name__
            answer = {"failed": text[:_LONGEST]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class _EngineServer:
    """Does what requests ask, each by the method of its name, with one engine and one job.

    ``network`` is set by ``first``, ``result`` by each run: that of the latest one.
    """

    def __init__(self, engine: str, job: Job, writer: FileWriter) -> None:
        self.engine, self.job, self.writer = ENGINES[engine], job, writer
        self.network: RunnableNetwork | None = None
        self.result: Any = None

    def start(self) -> dict[str, Any]:
        """Import the engine's libraries, and describe it and the machine."""
        start = time.perf_counter()
        shown = self.engine.load(self.job, self.writer)
        seconds = time.perf_counter() - start
        if "torch" in sys.modules:
            import torch

            torch.set_num_threads(self.job.threads)
            if self.job.exact:
                torch.backends.cudnn.allow_tf32 = False
        return {"version": shown, "import": seconds, "machine": _machine(self.job)}

    def first(self) -> dict[str, Any]:
        """Build the network from the spec and run it once: seconds, distance from the reference.

        The ``difference`` is the largest of an output, over the largest output.
        """
        import numpy as np

        images = np.load(self.job.images)
        start = time.perf_counter()
        self.network = self.engine.build(self.job, self.job.network(), images, self.writer)
        self._run()
        seconds = time.perf_counter() - start
        difference = None
        if self.job.reference:
            reference = np.load(self.job.reference)
            away = np.abs(self.network.numbers(self.result) - reference).max()
            difference = float(away / max(np.abs(reference).max(), 1e-30))
        return {"first": seconds, "difference": difference}

    def save(self, path: str) -> dict[str, Any]:
        """Write the latest result as a numpy file."""
        import numpy as np

        assert self.network is not None
        np.save(path, self.network.numbers(self.result))
        return {}

    def time(self, seconds: float, least: int) -> dict[str, Any]:
        """Time runs for about ``seconds``."""
        for _ in range(_UNTIMED):
            self._run()
        return {"times": time_runs(self._run, seconds, least)}

    def profile(self, rounds: int) -> dict[str, Any]:
        """Time the executor's instructions one by one."""
        from archc.runtime.bench.profile import profile
        from archc.runtime.executor import make_executor

        job = self.job
        weights = job.weights or None
        executor = make_executor(
            job.network(), job.device, job.dtype, job.batch, weights, record=False
        )
        return profile(executor, rounds)

    def _run(self) -> None:
        assert self.network is not None
        self.result = self.network.call()
        if self.job.device == "cuda" and "torch" in sys.modules:
            sys.modules["torch"].cuda.synchronize()


def _machine(job: Job) -> dict[str, Any]:
    machine: dict[str, Any] = {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "threads": job.threads,
        "cores": usable_cores(),
        "versions": dict(_versions()),
    }
    if "torch" in sys.modules:
        import torch

        from archc.runtime.device import describe_device, processor

        machine["processor"] = processor()
        machine["capability"] = torch.backends.cpu.get_cpu_capability()
        if job.device == "cuda":
            machine["gpu"] = describe_device("cuda")
            machine["cuda"] = torch.version.cuda
    return machine


def usable_cores() -> int:
    """Count the cores that this process may use."""
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
