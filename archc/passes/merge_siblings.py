"""Make one convolution of the 1×1 convolutions that read the same tensor.

Before::

    %1 = convolution 1×1, 64 filters, bias -> relu (%0)    block.a.conv
    %2 = convolution 1×1, 96 filters, bias -> relu (%0)    block.b.conv

After::

    %1 = convolution 1×1, 160 filters, bias -> relu (%0)   block.a.conv+b.conv
    %2 = slice 0:64 (%1)                                   block.a.conv
    %3 = slice 64:160 (%1)                                 block.b.conv

    weight = stack(block.a.conv.weight, block.b.conv.weight)

The tensor, an Inception module's input, is read once, and one large convolution is faster than
several small ones. Slices are views: they copy nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, takewhile

from archc.ir import Value
from archc.ir.program import Instruction, Program, readers
from archc.ir.weights import Full, Stack, Weights
from archc.ops import Op
from archc.ops.arrangement import Concat, Slice
from archc.ops.convolution import is_pointwise

__all__ = ["MergeSiblings"]

Siblings = list[Instruction]


@dataclass(frozen=True)
class MergeSiblings:
    """See the module's docstring.

    ``least``: how many siblings are worth it. ``skip_joined`` leaves those alone whose output
    only goes into a concatenation, which they could write to directly.
    """

    least: int = 2
    skip_joined: bool = False

    def __call__(self, program: Program) -> Program:
        """The program with fewer and larger 1×1 convolutions."""
        groups = self._groups(program)
        first = {siblings[0]: siblings for siblings in groups}
        gone = {each for siblings in groups for each in siblings}
        kept: list[Instruction] = []
        for instruction in program.instructions:
            if instruction in first:
                kept += _merged(first[instruction])
            elif instruction not in gone:
                kept.append(instruction)
        return replace(program, instructions=tuple(kept))

    def _groups(self, program: Program) -> list[Siblings]:
        """Convolutions that can be one, in the program's order."""
        joined = _joined(program) if self.skip_joined else set()
        found: dict[tuple[Value, tuple[Op, ...]], Siblings] = defaultdict(list)
        for each in program.instructions:
            pointwise = is_pointwise(each.op, each.input_shapes[0])
            if pointwise and each.plus is None and each.output not in joined:
                found[each.inputs[0], each.after].append(each)
        return [siblings for siblings in found.values() if len(siblings) >= max(self.least, 2)]


def _joined(program: Program) -> set[Value]:
    """The values that only concatenations read."""
    found = readers(program).items()
    joined = {value for value, by in found if all(isinstance(each.op, Concat) for each in by)}
    return joined - {program.output}


def _merged(siblings: Siblings) -> list[Instruction]:
    """One convolution, and the part of each in its output."""
    weights = _stacked(siblings)
    first = siblings[0]
    ends = list(accumulate(each.output.channels for each in siblings))
    output = Value((ends[-1], *first.output.shape[1:]))
    op = first.op.replace(
        filters=ends[-1], bias="bias" in weights, weight_init=None, bias_init=None
    )
    name = _joined_name([each.name for each in siblings])
    whole = replace(first, name=name, op=op, output=output, weights=weights)
    starts = [0, *ends]
    return [
        whole,
        *(
            Instruction(each.name, Slice(start=start, stop=stop), (output,), each.output, each.row)
            for each, start, stop in zip(siblings, starts, ends, strict=False)
        ),
    ]


def _stacked(siblings: Siblings) -> dict[str, Weights]:
    """All kernels, and all biases where there is one."""
    weights: dict[str, Weights] = {
        "weight": Stack(tuple(each.weights["weight"] for each in siblings))
    }
    if any("bias" in each.weights for each in siblings):
        zeros = (Full((each.output.channels,), 0.0) for each in siblings)
        biases = zip(siblings, zeros, strict=True)
        weights["bias"] = Stack(tuple(each.weights.get("bias", zero) for each, zero in biases))
    return weights


def _joined_name(names: Sequence[str]) -> str:
    """``block.a.conv+b.conv``: what the paths have in common is said once."""
    paths = [name.split(".") for name in names]
    levels = zip(*(path[:-1] for path in paths), strict=False)
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    rest = "+".join(".".join(path[shared:]) for path in paths)
    return ".".join([*paths[0][:shared], rest])
