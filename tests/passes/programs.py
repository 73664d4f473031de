"""Programs of small specs, and what they look like."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

import archc
from archc.ir.program import Program, verify_program
from archc.ir.text import program_text
from archc.passes import pipeline
from archc.passes.pipeline import linearize
from archc.plan.network import plan_of

__all__ = ["lines", "lower", "program", "program_of"]


def lower(net: archc.Network) -> Program:
    """The program of a network, before any pass."""
    graph = pipeline.run(net.graph, pipeline.FOR_SOURCE)
    return linearize(graph, plan_of(graph).paths)


def program_of(spec: str) -> Program:
    """The program of a spec's text."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "net.yaml")
        file.write_text(dedent(spec), encoding="utf-8")
        found = lower(archc.load(file))
    verify_program(found)
    return found


def program(rows: str, size: str = "8×8×6") -> Program:
    """The program of a network of these rows, each on a line."""
    body = "".join(f"  - {row}\n" for row in dedent(rows).strip().splitlines())
    return program_of(f"network: net\ninput: {size}\nrows:\n{body}")


def lines(found: Program) -> list[str]:
    """A valid program's instructions, what it returns, and weights, without shapes and layers."""
    verify_program(found)
    text = [re.split(r"(?<=\S) {2,}", line)[0] for line in program_text(found).splitlines()]
    return [line for line in text[3:] if line]
