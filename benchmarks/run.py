"""What archc promises about its own speed, measured side by side in one run.

Run with ``make bench``. Prints a table and writes ``build/benchmarks.json``. With
``ARCHC_BASELINE=/path/to/checkout make bench`` it also measures this tree beside that one.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

import archc

ROUNDS = 7
HERE = Path(__file__).resolve().parent.parent

TORCHINFO = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("googlenet", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import torchinfo
print(torchinfo.summary(module.GoogLeNet(), (1, 3, 224, 224), verbose=0))
"""


TIMED = """
import gc, sys, time
import archc
assert archc.__file__.startswith(sys.argv[1]), archc.__file__
{setup}
for _ in range({repeats}):
    {before}
    gc.collect()
    start = time.perf_counter()
    {timed}
    print(time.perf_counter() - start)
"""

LOADED = 'net = archc.load("inception_resnet_v2")'
EMITTED = 'net.emit("torch")'
COUNTED = 'archc.load("googlenet").params'
EMITTED_ONCE = f"{LOADED}; {EMITTED}"


def main() -> None:
    """Measure everything and show it."""
    given = os.environ.get("ARCHC_BASELINE")
    baseline = Path(given).resolve() if given else None
    results = {**start_up(baseline), **loading(), **scaling()}
    if baseline is not None:
        results |= beside(baseline)
    table = Table("what", "measured", "wanted", box=None, pad_edge=False)
    for name, result in results.items():
        table.add_row(name, result["shown"], result["wanted"])
    Console().print(table)
    target = Path("build/benchmarks.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2) + "\n")


def start_up(baseline: Path | None) -> dict[str, Any]:
    """The report command beside ``import torch`` and beside torchinfo's table, interleaved.

    Both start from bytecode, as pip installs it; a checkout has none until it is compiled.
    """
    for tree in filter(None, (HERE, baseline)):
        run([sys.executable, "-m", "compileall", "-q", str(tree / "archc")])
    with tempfile.TemporaryDirectory() as folder:
        emitted = Path(folder) / "googlenet.py"
        emitted.write_text(archc.load("googlenet").emit("torch"))
        report = [sys.executable, "-P", "-m", "archc", "report", "googlenet"]
        commands = {
            "report": (HERE, report),
            "torch": (HERE, [sys.executable, "-c", "import torch"]),
            "torchinfo": (HERE, [sys.executable, "-c", TORCHINFO, str(emitted)]),
        }
        if baseline is not None:
            commands["baseline"] = (baseline, report)
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in track(range(ROUNDS), "start-up", console=Console(stderr=True)):
            for name, (tree, command) in commands.items():
                environment = {**os.environ, "PYTHONPATH": str(tree)}
                seconds[name].append(clock(partial(run, command, environment)))
    compared = [
        ("report", "torch", "archc report googlenet / import torch", "at most 0.12"),
        ("report", "torchinfo", "archc report googlenet / torchinfo's table of it", ""),
        ("baseline", "torch", "the baseline's report / import torch", ""),
    ]
    return {
        what: ratio(seconds, name, other, wanted)
        for name, other, what, wanted in compared
        if name in seconds
    }


def ratio(seconds: dict[str, list[float]], name: str, other: str, wanted: str) -> dict[str, Any]:
    """The seconds of one command in units of another's, pair by pair."""
    pairs = zip(seconds[name], seconds[other], strict=True)
    ratios = [mine / theirs for mine, theirs in pairs]
    return {
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "seconds": {name: seconds[name], other: seconds[other]},
        "shown": f"{spread(ratios)} ({statistics.median(seconds[name]):.2f} s)",
        "wanted": wanted,
    }


def loading() -> dict[str, Any]:
    """How often a second GoogLeNet is loaded and inferred in process."""
    archc.load("googlenet")
    rates = []
    for _ in range(ROUNDS):
        seconds = clock(lambda: [archc.load("googlenet").params for _ in range(20)])
        rates.append(20 / seconds)
    shown = f"{spread(rates)} per second"
    return {"load and infer googlenet": {"rates": rates, "shown": shown, "wanted": "at least 100"}}


def scaling() -> dict[str, Any]:
    """The cost of 20,000 rows in units of that of 10,000, interleaved.

    The ratio is that of the fastest runs: what slows a run down is not the table.
    """
    seconds: dict[int, list[float]] = {10_000: [], 20_000: []}
    with tempfile.TemporaryDirectory() as folder:
        paths = {count: write_rows(Path(folder) / f"{count}.yaml", count) for count in seconds}
        for _ in track(range(ROUNDS), "20,000 rows", console=Console(stderr=True)):
            for count, path in paths.items():
                gc.collect()
                seconds[count].append(clock(lambda path=path: archc.load(path).params))  # type: ignore[misc]
    small, large = (seconds[count] for count in seconds)
    ratios = [there / here for here, there in zip(small, large, strict=True)]
    return {
        "20,000 rows / 10,000 rows": {
            "ratio": min(large) / min(small),
            "ratios": ratios,
            "seconds": seconds,
            "shown": f"{min(large) / min(small):.2f} (single runs: {spread(ratios)})",
            "wanted": "at most 2.3",
        }
    }


def beside(baseline: Path) -> dict[str, Any]:
    """This tree beside another checkout of archc: how many times as fast it is."""
    return {
        "load and count googlenet": times_as_fast(
            baseline, TIMED.format(setup=COUNTED, before="", timed=COUNTED, repeats=40), 2.2
        ),
        # A network that was never emitted, and one that was: its plan is there already.
        "emit inception_resnet_v2": times_as_fast(
            baseline, TIMED.format(setup=EMITTED_ONCE, before=LOADED, timed=EMITTED, repeats=5), 3
        ),
        "emit inception_resnet_v2 again": times_as_fast(
            baseline, TIMED.format(setup=EMITTED_ONCE, before="", timed=EMITTED, repeats=5), 3
        ),
    }


def times_as_fast(baseline: Path, program: str, wanted: float) -> dict[str, Any]:
    """The ratio of the seconds that ``program`` prints in ``baseline`` to those in this tree.

    Both run it by turns, each time in a process of its own; the fastest of the seconds it prints
    counts, as what slows a run down is not the program. Each round has a ratio.
    """
    trees = {"baseline": baseline, "this": HERE}
    seconds: dict[str, list[float]] = {name: [] for name in trees}
    for number in track(range(ROUNDS), "beside the baseline", console=Console(stderr=True)):
        for name in sorted(trees, reverse=number % 2 == 1):
            tree = str(trees[name])
            printed = subprocess.run(
                [sys.executable, "-P", "-c", program, tree],
                env={**os.environ, "PYTHONPATH": tree},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
            seconds[name].append(min(map(float, printed.split())))
    pairs = zip(seconds["baseline"], seconds["this"], strict=True)
    ratios = [theirs / ours for theirs, ours in pairs]
    return {
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "seconds": seconds,
        "shown": f"{spread(ratios)} times as fast ({statistics.median(seconds['this']):.3f} s)",
        "wanted": f"at least {wanted:g}",
    }


def write_rows(path: Path, count: int) -> Path:
    """A spec of ``count`` convolutions."""
    rows = "\n".join(f"  - [convolution, 3×3/1, 8×8×{8 + index % 3}]" for index in range(count))
    path.write_text(
        "network: long\ninput: 8×8×8\ndefaults: {convolution: {padding: same}}\n"
        f"columns: [type, patch size/stride, output size]\nrows:\n{rows}\n"
    )
    return path


def clock(work: Callable[[], object]) -> float:
    """Wall time in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command silently; it must succeed."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def spread(values: list[float]) -> str:
    """Median, least and greatest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
