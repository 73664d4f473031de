"""A program as text: one line per instruction, then the arithmetic of the weights.

::

    %1 = convolution 3×3, 64 filters, padding 1, bias -> relu (%0)  64×56×56  conv3.conv

Input, operation and what is done to its result; the output's shape; the layer. Attributes with
their default are left out. Weights that are a layer's own are not listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archc.diagnostics import safe
from archc.ir.graph import Value
from archc.ir.program import Instruction, Program
from archc.ir.weights import StoredWeight, Weights, WeightStack
from archc.ops import Family, Shape

__all__ = ["program_text"]

WIDEST = 88
"""Columns before the shapes; a longer instruction moves its own to the right."""


def program_text(program: Program) -> str:
    """The program, the same for the same network; numbers of values count its instructions."""
    names = {program.input: "%0"}
    for number, instruction in enumerate(program.instructions, start=1):
        names[instruction.output] = f"%{number}"
    lines = [
        ("%0 = input", program.input.shape, ""),
        *(
            (_instruction(each, names), each.output.shape, safe(each.name))
            for each in program.instructions
        ),
    ]
    parts = [
        f"program {safe(program.name)}",
        "\n".join(_aligned(lines)),
        f"return {names[program.output]}",
        *_weights(program),
    ]
    return "\n\n".join(parts) + "\n"


def _aligned(lines: list[tuple[str, Shape, str]]) -> Iterator[str]:
    shapes = ["×".join(map(str, shape)) for _, shape, _ in lines]
    width = max(len(text) for text, _, _ in lines if len(text) <= WIDEST)
    wide = max(map(len, shapes))
    for (text, _, name), shape in zip(lines, shapes, strict=True):
        yield f"{text:{width}}  {shape:{wide}}  {name}".rstrip()


def _instruction(instruction: Instruction, names: Mapping[Value, str]) -> str:
    """``%2 = convolution 3×3, 64 filters, bias + %0 -> relu (%1)``."""
    text = f"{names[instruction.output]} = {instruction.op.listing()}"
    if "bias" in instruction.weights and instruction.op.family is not Family.NORM:
        text += ", bias"
    if instruction.plus is not None:
        text += f" + {names[instruction.plus]}"
    text += "".join(f" -> {op.listing()}" for op in instruction.after)
    return f"{text} ({', '.join(names[value] for value in instruction.inputs)})"


def _weights(program: Program) -> Iterator[str]:
    """The weights that are not simply the layer's own."""
    lines = []
    for instruction in program.instructions:
        made = {
            key: each
            for key, each in instruction.weights.items()
            if not (isinstance(each, StoredWeight) and each.name == f"{instruction.name}.{key}")
        }
        if made:
            lines.append(safe(instruction.name))
        for key, each in made.items():
            lines += _arithmetic(key, each)
    if lines:
        yield "\n".join(["weights", *(f"  {line}" for line in lines)])


def _arithmetic(key: str, of: Weights) -> list[str]:
    """``weight = …``; the parts of a stack on lines of their own."""
    if isinstance(of, WeightStack):
        return [f"  {key} = stack(", *(f"    {part}," for part in of.parts), "  )"]
    return [f"  {key} = {of}"]
