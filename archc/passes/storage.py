"""Where values live while a program runs: registers, memory, overwriting, a cut in two stages."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod

from archc.analysis.liveness import Moment, alive, homes, lifetimes
from archc.ir import Value
from archc.ir.program import Instruction, Program, readers

__all__ = ["Registers", "assign_registers", "cut_behind", "not_to_overwrite", "peak"]


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """Which of ``count`` registers each value has, and after which instruction it gives it up.

    ``dies_after`` has, for an instruction that is the last reader of something, what that is; a
    value without readers dies where it is made. The program's output never dies. No instruction
    has its output in a register of one of its inputs.
    """

    of: dict[Value, int]
    count: int
    dies_after: dict[Instruction, tuple[Value, ...]]


def assign_registers(program: Program) -> Registers:
    """Give each value a register, the lowest that is free where it is made.

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
    """Return the most bytes that values take at once, weights and scratch not counted.

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


def cut_behind(program: Program, large: Callable[[Value], bool]) -> tuple[Program, ...]:
    """Cut a program behind its last large tensor.

    Before::

        %1 = convolution (%0)    64×112×112
        %2 = max pool (%1)       64×56×56
        %3 = convolution (%2)    192×56×56
        ...

    After::

        %1 = convolution (%0)    64×112×112
        %2 = max pool (%1)       64×56×56

        %3 = convolution (%2)    192×56×56
        ...

    Large maps want to be few at once, to stay in a cache; small ones many, as a kernel's start
    costs the same for each. The cut is as early as that allows, and only where a single tensor is
    alive that is not large itself: the first program's output, the second one's input. Without
    such a place, or without anything large, the program is returned whole.
    """
    outputs = [each.output for each in program.instructions]
    last = max((step for step, value in enumerate(outputs) if large(value)), default=None)
    if last is None:
        return (program,)
    cut = next((step for step in _alone(program) if step > last), None)
    if cut is None or cut == len(outputs) - 1:
        return (program,)
    before, after = program.instructions[: cut + 1], program.instructions[cut + 1 :]
    middle = outputs[cut]
    return (
        replace(program, output=middle, instructions=before),
        replace(program, input=middle, instructions=after),
    )


def _alone(program: Program) -> Iterator[int]:
    """Yield the steps after which their own output alone is still needed."""
    dies_after = assign_registers(program).dies_after
    needed = {program.input}
    for step, instruction in enumerate(program.instructions):
        needed.add(instruction.output)
        needed.difference_update(dies_after.get(instruction, ()))
        if needed == {instruction.output}:
            yield step


def not_to_overwrite(program: Program) -> set[Value]:
    """Return the values that a compiler must be told not to overwrite.

    A sum, a norm or an activation can be computed into the memory of what it reads, which saves
    memory and time where nobody else reads that. A compiler that does not look at the other
    readers would do so for any of them. It does no harm where a convolution adds a value that all
    others had to read before it, whatever the order: a residual's input may become its output.
    """
    dependencies = _Dependencies(program)
    return {
        value
        for value, reading in readers(program).items()
        if any(_may_overwrite(reader, value) for reader in reading)
        and not any(_added_last(value, reader, reading, dependencies) for reader in reading)
    }


def _may_overwrite(instruction: Instruction, value: Value) -> bool:
    return value is instruction.plus or instruction.op.may_overwrite


def _added_last(
    value: Value, last: Instruction, reading: list[Instruction], dependencies: _Dependencies
) -> bool:
    """Whether ``last`` is a kernel that adds ``value``, and has to wait for all other readers."""
    if value is not last.plus or not last.op.takes_sum:
        return False
    if reading.count(last) > 1:
        return False
    others = {reader for reader in reading if reader is not last}
    if any(_may_overwrite(reader, value) for reader in others):
        return False
    return dependencies.waits(last, others)


class _Dependencies:
    """Which instructions need what others make."""

    def __init__(self, program: Program) -> None:
        self.step = {instruction: step for step, instruction in enumerate(program.instructions)}
        self.maker = {instruction.output: instruction for instruction in program.instructions}

    def waits(self, instruction: Instruction, others: set[Instruction]) -> bool:
        """Whether ``instruction`` needs the outputs of all the others, directly or not."""
        first = min((self.step[awaited] for awaited in others), default=0)
        seen: set[Instruction] = set()
        waiting = [instruction]
        while waiting and not others <= seen:
            for value in waiting.pop().reads:
                maker = self.maker.get(value)
                if maker is not None and maker not in seen and self.step[maker] >= first:
                    seen.add(maker)
                    waiting.append(maker)
        return others <= seen
