"""A network as it runs: instructions in order, each one call of a kernel.

Made from the graph by `archc.passes.pipeline`; the hierarchy is gone, but each instruction
still has its row and its layer's name. Instructions and values are shared between a program
and what a pass makes of it, so nothing in them is changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from archc.ir.graph import Value
from archc.ir.verify import InvalidGraphError
from archc.ir.weights import Weights
from archc.ops import Op, Shape

__all__ = ["Instruction", "Program", "read_once", "readers", "verify_program"]


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One operation with its weights, and what is done to its result before it is stored.

    The result is ``op(inputs)``, plus the bias in ``weights`` where the operation itself has
    none, plus the tensor ``plus``, through each of ``after``. ``name`` is the layer's path in
    the emitted module, or what it does; ``row`` the table's row.
    """

    name: str
    op: Op
    inputs: tuple[Value, ...]
    output: Value
    row: str
    weights: dict[str, Weights] = field(default_factory=dict)
    plus: Value | None = None
    after: tuple[Op, ...] = ()

    @property
    def reads(self) -> tuple[Value, ...]:
        """All tensors that it needs."""
        return self.inputs if self.plus is None else (*self.inputs, self.plus)

    @property
    def is_plain(self) -> bool:
        """Whether the operation's result is stored as it is."""
        return self.plus is None and not self.after

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shapes of the operation's inputs, for one sample."""
        return tuple(value.shape for value in self.inputs)


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Instructions in the order in which they run. Heads are left out: they train."""

    name: str
    input: Value
    output: Value
    instructions: tuple[Instruction, ...]


def readers(program: Program) -> dict[Value, list[Instruction]]:
    """Who reads each value; one that reads it twice is there twice."""
    found: dict[Value, list[Instruction]] = defaultdict(list)
    for instruction in program.instructions:
        for value in instruction.reads:
            found[value].append(instruction)
    return found


def read_once(program: Program) -> set[Value]:
    """The values that one instruction reads once, and that nobody else wants."""
    once = {value for value, found in readers(program).items() if len(found) == 1}
    return once - {program.output}


def verify_program(program: Program) -> None:
    """Raise `InvalidGraphError` unless values are made once, before they are read, and fit."""
    known = {program.input}
    for instruction in program.instructions:
        _verify(instruction, known)
        known.add(instruction.output)
    if program.output not in known:
        raise InvalidGraphError("nothing makes the program's output")
    _unique(instruction.name for instruction in program.instructions)


def _verify(instruction: Instruction, known: set[Value]) -> None:
    name, shape = instruction.name, instruction.output.shape
    if not known.issuperset(instruction.reads):
        raise InvalidGraphError(f"{name}: reads what nothing makes before it")
    if instruction.output in known:
        raise InvalidGraphError(f"{name}: its output exists already")
    inferred = instruction.op.infer(instruction.input_shapes)
    if inferred != shape:
        raise InvalidGraphError(f"{name}: infers {inferred}, has {shape}")
    if instruction.plus is not None and instruction.plus.shape != shape:
        raise InvalidGraphError(f"{name}: adds {instruction.plus.shape} to {shape}")
    for op in instruction.after:
        if op.infer([shape]) != shape:
            raise InvalidGraphError(f"{name}: {op.names[0]} changes the shape")
    bias = instruction.weights.get("bias")
    if bias is not None and bias.shape != shape[:1]:
        raise InvalidGraphError(f"{name}: a bias of {bias.shape} for {shape}")


def _unique(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidGraphError(f"two instructions are called {name}")
        seen.add(name)
