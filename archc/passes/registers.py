"""Where values live while a program runs, and how much memory they take at once."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from math import prod

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
    last: dict[Value, Instruction] = {}
    for instruction in program.instructions:
        for value in (instruction.output, *instruction.reads):
            last[value] = instruction
    last.pop(program.output, None)
    found: dict[Instruction, tuple[Value, ...]] = defaultdict(tuple)
    for value, instruction in last.items():
        found[instruction] += (value,)
    return dict(found)


def peak(program: Program, bytes_per_element: int = 4, batch: int = 1) -> int:
    """The most bytes that values take at once, weights and scratch not counted.

    The input stays, as it is the caller's; a view is its source's memory; every other output
    is memory of its own, beside what its instruction reads.
    """
    end = len(program.instructions)
    home = {program.input: program.input}
    first, last = {program.input: 0}, {program.input: end}
    for step, instruction in enumerate(program.instructions):
        output = instruction.output
        home[output] = home[instruction.inputs[0]] if _is_view(instruction) else output
        first.setdefault(home[output], step)
        for value in (output, *instruction.reads):
            last[home[value]] = max(last.get(home[value], step), step)
    last[home[program.output]] = end
    change = [0] * (end + 2)
    for value, start in first.items():
        size = prod(value.shape) * batch * bytes_per_element
        change[start] += size
        change[last[value] + 1] -= size
    return max(accumulate(change))


def _is_view(instruction: Instruction) -> bool:
    return instruction.op.is_view and instruction.is_plain
