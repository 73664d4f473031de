"""A network as the text of the program that the executor runs."""

from __future__ import annotations

from itertools import islice

from archc.ir import Network
from archc.ir.text import program_text
from archc.passes import pipeline
from archc.passes.pipeline import linearize
from archc.plan.network import source_plan

__all__ = ["STEPS", "emit_ir"]

STEPS: tuple[str, ...] = ("linearize", *pipeline.FOR_EXECUTION)
"""What a program can be shown after, in order."""


def emit_ir(network: Network, after: str = STEPS[-1]) -> str:
    """The program after the step of that name. Raises ValueError for another name."""
    plan = source_plan(network)
    program = linearize(plan.network, plan.paths)
    passes = islice(pipeline.FOR_EXECUTION.values(), STEPS.index(after))
    return program_text(pipeline.run_program(program, passes))
