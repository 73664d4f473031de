"""A process of ``archc bench`` with one engine in it: ``python -m archc.cli.bench_worker``."""

from __future__ import annotations

import sys

from archc.runtime.bench.process import answer_requests
from archc.targets import TargetWriter

PROGRAM = (sys.executable, "-P", "-m", __name__)
"""The command that starts one."""

if __name__ == "__main__":
    answer_requests(TargetWriter())
