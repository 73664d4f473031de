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

Large maps want to be few at once, to stay in a cache; small ones many, as a kernel's start costs
the same for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from archc.ir.graph import Value
from archc.ir.program import Program
from archc.passes.registers import assign_registers

__all__ = ["cut_behind"]


def cut_behind(program: Program, large: Callable[[Value], bool]) -> tuple[Program, ...]:
    """The program in two, of which the second has nothing large among what it makes.

    It is cut as early as that allows, and only where one tensor alone is alive, that is not
    large either: the first program's output, the second one's input. Without such a place, or
    without anything large, it is returned whole.
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
    """The steps whose output is then the only tensor that is still needed."""
    dies_after = assign_registers(program).dies_after
    alive = {program.input}
    for step, instruction in enumerate(program.instructions):
        alive.add(instruction.output)
        alive.difference_update(dies_after.get(instruction, ()))
        if alive == {instruction.output}:
            yield step
