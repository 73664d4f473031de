"""What needs no torch does not import it, and starts with little else."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "networkx", "graphviz", "matplotlib", "onnx")

COMMANDS = (
    ["--help"],
    ["check", "googlenet"],
    ["build", "googlenet", "--emit", "torch", "-o", "-"],
    ["report", "googlenet"],
    ["report", "googlenet", "--format", "json"],
    ["diagram", "googlenet", "-o", "-"],
    ["explain", "E401"],
    ["list"],
    ["schema"],
    ["run", "--help"],
    ["bench", "--help"],
)

SCRIPT = """
import sys
from archc.cli import main
try:
    main(sys.argv[1:])
finally:
    print("\\nimported:", *sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_imports_nothing_heavy(command: list[str]) -> None:
    arguments = [sys.executable, "-c", SCRIPT, *command]
    found = subprocess.run(arguments, capture_output=True, text=True, check=True)
    imported = set(found.stderr.rpartition("imported:")[2].split())
    assert "archc.cli" in imported
    assert not imported & set(HEAVY)
