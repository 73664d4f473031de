"""Judge random inputs: ``python -m tests.fuzz --inputs 200000 --seed 1 --jobs 4``.

The same seed and number make the same input: ``--first 4711 --inputs 1`` judges one again.
The exit status is 1 if one failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.fuzz.run import Summary, run, save

__all__ = ["main"]


def main() -> int:
    """Run, and print the summary."""
    arguments = _parser().parse_args()
    indices = range(arguments.first, arguments.first + arguments.inputs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=len(indices))

        def progress(batch: Summary, total: Summary) -> None:
            text = f"{len(total.failures)} failures"
            bar.update(task, completed=total.inputs, description=text)
            for index, failure in batch.failures.items():
                console.print(f"{index}: {failure.group}", markup=False, highlight=False)
            if arguments.save is not None:
                save(batch, arguments.seed, arguments.save)

        summary = run(arguments.seed, indices, arguments.jobs, progress)
    print(json.dumps(summary.as_dict(), indent=2) if arguments.json else described(summary))
    return 1 if summary.failures else 0


def described(summary: Summary) -> str:
    """The summary in words."""
    rate = summary.inputs / max(summary.seconds, 1e-9)
    lines = [
        f"{summary.inputs:,} inputs in {summary.seconds:,.0f} s ({rate:.0f} per second):"
        f" {summary.succeeded:,} succeeded, {summary.refused:,} refused,"
        f" {len(summary.failures):,} failed",
        f"peak memory {summary.peak_memory / 1e6:.0f} MB",
        "slowest to open: "
        + ", ".join(f"{took:.2f} s (input {index})" for took, index in reversed(summary.slowest)),
        "inputs by code: "
        + ", ".join(f"{code} {count:,}" for code, count in sorted(summary.codes.items())),
    ]
    for group, indices in summary.groups().items():
        shown = ", ".join(map(str, indices[:8])) + (", …" if len(indices) > 8 else "")
        lines += [f"{len(indices)} × {group}", f"    inputs {shown}"]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="which")
    parser.add_argument("--first", type=int, default=0, help="the first one's number")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--save", type=Path, help="a folder for failing inputs")
    parser.add_argument("--json", action="store_true", help="the summary as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
