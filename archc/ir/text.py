"""A program as text: one line per instruction, then the arithmetic of the weights.

::

    %1 = convolution 3×3, 64 filters, padding 1, bias -> relu (%0)  64×56×56  conv3.conv

Input, operation and what is done to its result; the output's shape; the layer. Attributes with
their default are left out. Weights that are a layer's own are not listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archc.diagnostics import safe
from archc.ir.graph import Value
from archc.ir.program import Instruction, Program
from archc.ir.weights import Stack, Stored, Weights
from archc.ops import Op, Shape
from archc.ops.base import to_key
from archc.ops.normalization import BatchNorm
from archc.ops.slicing import Slice
from archc.ops.windowed import Windowed

__all__ = ["operation_text", "program_text"]

WIDEST = 88
"""Columns before the shapes; a longer instruction moves its own to the right."""

_ELSEWHERE = {"kernel", "stride", "bias", "start", "stop", "weight_init", "bias_init", "momentum"}
"""Attributes that are said in another way, or matter in training only."""

_FIRST = ("filters", "groups")


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
    text = f"{names[instruction.output]} = {operation_text(instruction.op)}"
    if "bias" in instruction.weights and not isinstance(instruction.op, BatchNorm):
        text += ", bias"
    if instruction.plus is not None:
        text += f" + {names[instruction.plus]}"
    text += "".join(f" -> {operation_text(op)}" for op in instruction.after)
    return f"{text} ({', '.join(names[value] for value in instruction.inputs)})"


def operation_text(op: Op) -> str:
    """``convolution 3×3/2, 64 filters, padding 1``."""
    text = op.names[0]
    if isinstance(op, Slice):
        text += f" {op.start}:{op.stop}"
    if isinstance(op, Windowed):
        text += " " + "×".join(map(str, op.kernel))
        text += "" if op.stride == (1, 1) else f"/{_number(op.stride)}"
    fields = {key: each for key, each in type(op).model_fields.items() if key not in _ELSEWHERE}
    said = [
        _attribute(key, getattr(op, key))
        for key in sorted(fields, key=lambda key: key not in _FIRST)
        if getattr(op, key) != fields[key].default
    ]
    return ", ".join([text, *said])


def _attribute(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return to_key(key) if value else f"no {to_key(key)}"
    if key in _FIRST:
        return f"{value} {key}"
    return f"{to_key(key)} {_number(value)}"


def _number(value: Any) -> str:
    """A number, height×width, or the cells on four sides, as short as they can be said."""
    match value:
        case float():
            return f"{value:g}"
        case (top, bottom, left, right) if (top, left) != (bottom, right):
            return f"[{top}, {bottom}, {left}, {right}]"
        case (height, _, width, _) | (height, width):
            return str(height) if height == width else f"{height}×{width}"
    return str(value)


def _weights(program: Program) -> Iterator[str]:
    """The weights that are not simply the layer's own."""
    lines = []
    for instruction in program.instructions:
        made = {
            key: each
            for key, each in instruction.weights.items()
            if not (isinstance(each, Stored) and each.name == f"{instruction.name}.{key}")
        }
        if made:
            lines.append(safe(instruction.name))
        for key, each in made.items():
            lines += _arithmetic(key, each)
    if lines:
        yield "\n".join(["weights", *(f"  {line}" for line in lines)])


def _arithmetic(key: str, of: Weights) -> list[str]:
    """``weight = …``; the parts of a stack on lines of their own."""
    if isinstance(of, Stack):
        return [f"  {key} = stack(", *(f"    {part}," for part in of.parts), "  )"]
    return [f"  {key} = {of}"]
