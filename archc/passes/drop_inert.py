"""Drop what does nothing once training is over.

Before::

    %1 = global avg pool (%0)
    %2 = dropout (%1)
    %3 = flatten (%2)

After::

    %1 = global avg pool (%0)
    %2 = flatten (%1)

So does the identity, a sum or concatenation of one tensor, and a vector that is flattened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archc.ir import Value
from archc.ir.program import Instruction, Program

__all__ = ["DropInert"]


@dataclass(frozen=True)
class DropInert:
    """See the module's docstring."""

    def __call__(self, program: Program) -> Program:
        """The program whose instructions all do something."""
        same: dict[Value, Value] = {}
        kept = []
        for instruction in program.instructions:
            found = _reading(instruction, same)
            if _is_inert(found):
                same[found.output] = found.inputs[0]
            else:
                kept.append(found)
        output = same.get(program.output, program.output)
        return replace(program, output=output, instructions=tuple(kept))


def _is_inert(instruction: Instruction) -> bool:
    return instruction.is_plain and instruction.op.is_inert(instruction.input_shapes)


def _reading(instruction: Instruction, same: dict[Value, Value]) -> Instruction:
    """The instruction with inputs that are made; itself where they all are."""
    if same.keys().isdisjoint(instruction.reads):
        return instruction
    plus = instruction.plus
    return replace(
        instruction,
        inputs=tuple(same.get(value, value) for value in instruction.inputs),
        plus=None if plus is None else same.get(plus, plus),
    )
