"""Where values live while a program runs, and how much memory they take at once."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from math import prod

from archc.analysis.liveness import Moment, alive, homes, lifetimes
from archc.ir import Value
from archc.ir.program import Instruction, Program

__all__ = ["Registers", "assign_registers", "peak"]


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """The register of each value, of ``count``, and the values that nobody reads any more.

    ``dies_after`` has, for the instructions that are the last to read something, what they
    are the last to read; a value that nobody reads dies where it is made. The program's output
    never dies. An instruction's output has a register that none of what it reads has.
    """

    of: dict[Value, int]
    count: int
    dies_after: dict[Instruction, tuple[Value, ...]]


def assign_registers(program: Program) -> Registers:
    """A register for each value, the lowest that is free where it is made.

    A register holds a tensor, not memory: a view may outlive the register of what it shows.
    """
    dies_after = _deaths(program)
    of = {program.input: 0}
    count = 1
    free: list[int] = []
    for instruction in program.instructions:
        if free:
            of[instruction.output] = heapq.heappop(free)
        else:
            of[instruction.output] = count
            count += 1
        for value in dies_after.get(instruction, ()):
            heapq.heappush(free, of[value])
    return Registers(of, count, dies_after)


def _deaths(program: Program) -> dict[Instruction, tuple[Value, ...]]:
    lived = lifetimes(program.input, _moments(program), kept=[program.output])
    dies: dict[Instruction, tuple[Value, ...]] = defaultdict(tuple)
    for value, (_, last) in lived.items():
        if last < len(program.instructions):
            dies[program.instructions[last]] += (value,)
    return dict(dies)


def _moments(program: Program) -> list[Moment]:
    return [Moment(each.output, each.reads) for each in program.instructions]


def peak(program: Program, bytes_per_element: int = 4, batch: int = 1) -> int:
    """The most bytes that values take at once, weights and scratch not counted.

    The input stays, as it is the caller's; a view is its source's memory; every other output
    is memory of its own, beside what its instruction reads.
    """
    instructions = program.instructions
    shown = ((each.output, each.inputs[0] if _is_view(each) else None) for each in instructions)
    kept = [program.input, program.output]
    lived = lifetimes(program.input, _moments(program), kept, homes(program.input, shown))
    width = batch * bytes_per_element
    taken = alive(lived, len(instructions), lambda value: prod(value.shape) * width)
    return max(taken, default=prod(program.input.shape) * width)


def _is_view(instruction: Instruction) -> bool:
    return instruction.op.is_view and instruction.is_plain
