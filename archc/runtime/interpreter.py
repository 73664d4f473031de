"""A program as a function: its kernels, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from archc.ir.program import Instruction, Program
from archc.passes.storage import Registers, assign_registers
from archc.runtime.kernels.site import Function, Kernel

__all__ = ["interpreter"]


@dataclass(frozen=True, slots=True)
class _Call:
    """A kernel, the registers that it reads, the one that it writes, those then free."""

    kernel: Kernel
    reads: tuple[int, ...]
    writes: int
    frees: tuple[int, ...]


def interpreter(program: Program, kernels: list[tuple[Instruction, Kernel]]) -> Function:
    """One kernel after the other; a tensor goes when nobody is left to read it."""
    assigned = assign_registers(program)
    calls, last = _calls(assigned, kernels), assigned.of[program.output]

    def run(images: Tensor) -> Tensor:
        registers: dict[int, Any] = {0: images}
        for call in calls:
            result = call.kernel(*[registers[each] for each in call.reads])
            for each in call.frees:
                registers[each] = None
            registers[call.writes] = result
        found: Tensor = registers[last]
        return found

    return run


def _calls(registers: Registers, kernels: list[tuple[Instruction, Kernel]]) -> list[_Call]:
    place = registers.of
    return [
        _Call(
            kernel,
            tuple(place[value] for value in instruction.reads),
            place[instruction.output],
            tuple(place[value] for value in registers.dies_after.get(instruction, ())),
        )
        for instruction, kernel in kernels
    ]
