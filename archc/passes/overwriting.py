"""Which tensors a compiler must not overwrite, where it knows no better itself.

A sum, a norm or an activation can be computed into the memory of what it reads, which saves
memory and time where nobody else reads that. A compiler that does not look at the other readers
has to be told.
"""

from __future__ import annotations

from archc.ir import Value
from archc.ir.program import Instruction, Program, readers

__all__ = ["not_to_overwrite"]


def not_to_overwrite(program: Program) -> set[Value]:
    """The values that an instruction may be computed into, unless that is sure to do no harm.

    It does none where a convolution adds a value that all others had to read before it, whatever
    the order: a residual's input may become its output.
    """
    order = _Order(program)
    return {
        value
        for value, found in readers(program).items()
        if any(_may_overwrite(each, value) for each in found)
        and not any(_added_last(value, each, found, order) for each in found)
    }


def _may_overwrite(instruction: Instruction, value: Value) -> bool:
    return value is instruction.plus or instruction.op.may_overwrite


def _added_last(value: Value, last: Instruction, found: list[Instruction], order: _Order) -> bool:
    """Whether ``last`` is a kernel that adds ``value``, and has to wait for the others."""
    if value is not last.plus or not last.op.takes_sum:
        return False
    if found.count(last) > 1:
        return False
    others = {each for each in found if each is not last}
    return order.waits(last, others) and not any(_may_overwrite(each, value) for each in others)


class _Order:
    """What cannot run before what."""

    def __init__(self, program: Program) -> None:
        self.step = {each: step for step, each in enumerate(program.instructions)}
        self.maker = {each.output: each for each in program.instructions}

    def waits(self, instruction: Instruction, others: set[Instruction]) -> bool:
        """Whether it needs what all the others give, directly or not."""
        first = min((self.step[each] for each in others), default=0)
        seen: set[Instruction] = set()
        waiting = [instruction]
        while waiting and not others <= seen:
            for value in waiting.pop().reads:
                maker = self.maker.get(value)
                if maker is not None and maker not in seen and self.step[maker] >= first:
                    seen.add(maker)
                    waiting.append(maker)
        return others <= seen
