"""What fusing passes share: an instruction takes in the one that makes what only it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archc.ir import Value
from archc.ir.program import Instruction, Program, read_once

__all__ = ["Rule", "absorb"]

Rule = Callable[[Instruction, Instruction], tuple[Instruction, ...] | None]
"""What does the work of an instruction and the reader of its output; None leaves both alone.

The last of them makes the reader's output.
"""


def absorb(program: Program, rule: Rule) -> Program:
    """Apply ``rule`` to every maker and reader of an input that nobody else reads.

    What comes of both stands in the reader's place, where all that either reads is made. Of
    several makers the latest is tried first; ``rule`` is applied until it has nothing to do.
    """
    once = read_once(program)
    places = {each.output: place for place, each in enumerate(program.instructions)}
    made: dict[Value, Instruction] = {}
    for instruction in program.instructions:
        pending = [instruction]
        while pending:
            reader = pending.pop()
            found = (made[value] for value in reader.inputs if value in once and value in made)
            for maker in sorted(found, key=lambda each: places[each.output], reverse=True):
                both = rule(maker, reader)
                if both is not None:
                    del made[maker.output]
                    pending += reversed(both)
                    break
            else:
                made[reader.output] = reader
    return replace(program, instructions=tuple(made.values()))
