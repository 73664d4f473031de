"""The figures of ``executor.sh`` as the tables of docs/performance.md: Markdown on stdout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path("build/bench")
HEAD = (
    "| engine | ms a batch | images/s | time / archc's | first result, s |\n|---|---|---|---|---|"
)


def main() -> None:
    """Print a table for each file."""
    for path in sorted(FOLDER.glob("*.json")):
        found = json.loads(path.read_text())
        print(f"{found['name']}, {found['dtype']}, batch {found['batch']}:\n\n{HEAD}")
        print("\n".join(_lines(found)), end="\n\n")


def _lines(found: dict[str, Any]) -> Iterator[str]:
    base, *_ = found["engines"]
    for each in found["engines"]:
        if "skipped" in each:
            yield f"| {each['engine']} | {each['skipped']} | | | |"
            continue
        ratio = f"**{_spread(each['ratio'], 3)}**" if each["ratio"] else ""
        ratio = "1" if each is base else ratio
        yield (
            f"| {each['engine']} {each['version']} | {_spread(each['latency_ms'], 3)} | "
            f"{each['images_per_second']:.1f} | {ratio} | {each['first_result_seconds']:.2f} |"
        )


def _spread(of: dict[str, float], digits: int) -> str:
    median, low, high = (f"{of[key]:.{digits}g}" for key in ("median", "p10", "p90"))
    return f"{median} ({low} to {high})"


if __name__ == "__main__":
    main()
