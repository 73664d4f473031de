"""Arrange a program so that less is copied, read and computed; what is computed stays the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, takewhile
from math import prod

from archc.ir import Value
from archc.ir.program import Instruction, Program, readers
from archc.ir.rewrite import absorb
from archc.ir.weights import ConstantWeight, Weights, WeightStack
from archc.ops import Op, Shape
from archc.ops.arrangement import Slice
from archc.ops.convolution import Convolution, is_pointwise
from archc.ops.pooling import AvgPool

__all__ = ["DropInert", "FlattenConcat", "MergeSiblings", "ProjectFirst"]


@dataclass(frozen=True)
class DropInert:
    """Drop what does nothing once training is over.

    Before::

        %1 = global avg pool (%0)
        %2 = dropout (%1)
        %3 = flatten (%2)

    After::

        %1 = global avg pool (%0)
        %2 = flatten (%1)

    The identity, a sum or concatenation of one tensor and a flattened vector go too.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program whose instructions all do something."""
        same: dict[Value, Value] = {}
        kept = []
        for instruction in program.instructions:
            renamed = _reading(instruction, same)
            if renamed.is_plain and renamed.op.is_inert(renamed.input_shapes):
                same[renamed.output] = renamed.inputs[0]
            else:
                kept.append(renamed)
        output = same.get(program.output, program.output)
        return replace(program, output=output, instructions=tuple(kept))


def _reading(instruction: Instruction, same: dict[Value, Value]) -> Instruction:
    """Replace what the instruction reads by what is ``same`` and still made."""
    if same.keys().isdisjoint(instruction.reads):
        return instruction
    plus = instruction.plus
    return replace(
        instruction,
        inputs=tuple(same.get(value, value) for value in instruction.inputs),
        plus=None if plus is None else same.get(plus, plus),
    )


@dataclass(frozen=True)
class FlattenConcat:
    """Join tensors at once that are joined in two steps.

    Before::

        %3 = concat (%1, %2)
        %4 = concat (%0, %3)

    After::

        %3 = concat (%0, %1, %2)

    The splits inside Inception-v3's figure 7 end so.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program that copies no tensor twice."""
        return absorb(program, _flatten)


def _flatten(inner: Instruction, outer: Instruction) -> tuple[Instruction] | None:
    if not (outer.op.is_concatenation and inner.op.is_concatenation and inner.is_plain):
        return None
    place = outer.inputs.index(inner.output)
    inputs = (*outer.inputs[:place], *inner.inputs, *outer.inputs[place + 1 :])
    return (replace(outer, inputs=inputs),)


@dataclass(frozen=True)
class ProjectFirst:
    """Project onto fewer channels before the average is taken, not after.

    Before::

        %1 = avg pool 3×3, padding 1 (%0)           35×35, 768 channels
        %2 = convolution 1×1, 128 filters (%1)

    After::

        %1 = convolution 1×1, 128 filters (%0)
        %2 = avg pool 3×3, padding 1 (%1)           35×35, 128 channels

    Both are linear, and their order does not matter: one mixes channels, the other cells. The
    convolution's bias stays with it where the windows average real cells only; where padding
    counts as zeros, it is added after the pool. What follows the convolution follows the pool.
    """

    def __call__(self, program: Program) -> Program:
        """Return the program that takes averages of fewer channels."""
        return absorb(program, _swap)


def _swap(pool: Instruction, conv: Instruction) -> tuple[Instruction, Instruction] | None:
    if not isinstance(pool.op, AvgPool) or not pool.is_plain or pool.weights:
        return None
    if not is_pointwise(conv.op, conv.input_shapes[0]) or conv.plus is not None:
        return None
    shape = pool.input_shapes[0]
    if not _saves(pool.op, conv.op, shape, conv.output.shape):
        return None
    bias = conv.weights.get("bias")
    moves = bias is not None and not _averages_real_cells(pool.op, shape)
    projected = Value((conv.op.filters, *shape[1:]))
    op = conv.op.replace(bias=bias is not None and not moves)
    own = {key: tensor for key, tensor in conv.weights.items() if not (moves and key == "bias")}
    later: dict[str, Weights] = {"bias": bias} if moves and bias is not None else {}
    return (
        replace(conv, op=op, inputs=pool.inputs, output=projected, weights=own, after=()),
        replace(
            pool,
            inputs=(projected,),
            output=conv.output,
            row=conv.row,
            weights=later,
            after=conv.after,
        ),
    )


def _averages_real_cells(op: AvgPool, shape: Shape) -> bool:
    """Whether the mean of a constant is that constant in every window."""
    return not op.count_include_pad or not any(op.pads(*shape[1:]))


def _saves(op: AvgPool, conv: Convolution, source: Shape, output: Shape) -> bool:
    """Whether it saves multiply-adds: not behind a pool that shrinks maps enough."""
    channels, filters, window = source[0], conv.filters, prod(op.kernel)
    before = prod(output[1:]) * channels * (window + filters)
    after = prod(source[1:]) * channels * filters + prod(output[1:]) * filters * window
    return filters < channels and after < before


SiblingConvolutions = list[Instruction]


@dataclass(frozen=True)
class MergeSiblings:
    """Make one convolution of the 1×1 convolutions that read the same tensor.

    Before::

        %1 = convolution 1×1, 64 filters, bias -> relu (%0)    block.a.conv
        %2 = convolution 1×1, 96 filters, bias -> relu (%0)    block.b.conv

    After::

        %1 = convolution 1×1, 160 filters, bias -> relu (%0)   block.a.conv+b.conv
        %2 = slice 0:64 (%1)                                   block.a.conv
        %3 = slice 64:160 (%1)                                 block.b.conv

        weight = stack(block.a.conv.weight, block.b.conv.weight)

    The tensor, an Inception module's input, is read once, and one large convolution is faster
    than several small ones. Slices are views: they copy nothing.

    ``least``: how many siblings are worth it. ``skip_joined`` leaves those alone whose output
    only goes into a concatenation, which they could write to directly.
    """

    least: int = 2
    skip_joined: bool = False

    def __call__(self, program: Program) -> Program:
        """Return the program with fewer and larger 1×1 convolutions."""
        groups = self._groups(program)
        first = {siblings[0]: siblings for siblings in groups}
        merged = {sibling for siblings in groups for sibling in siblings}
        kept: list[Instruction] = []
        for instruction in program.instructions:
            if instruction in first:
                kept += _merged(first[instruction])
            elif instruction not in merged:
                kept.append(instruction)
        return replace(program, instructions=tuple(kept))

    def _groups(self, program: Program) -> list[SiblingConvolutions]:
        """Group the convolutions that can be one, in the program's order."""
        joined = _joined(program) if self.skip_joined else set()
        groups: dict[tuple[Value, tuple[Op, ...]], SiblingConvolutions] = defaultdict(list)
        for instruction in program.instructions:
            pointwise = is_pointwise(instruction.op, instruction.input_shapes[0])
            if pointwise and instruction.plus is None and instruction.output not in joined:
                groups[instruction.inputs[0], instruction.after].append(instruction)
        return [siblings for siblings in groups.values() if len(siblings) >= max(self.least, 2)]


def _joined(program: Program) -> set[Value]:
    """Return the values that only concatenations read."""
    joined = {
        value
        for value, reading in readers(program).items()
        if all(reader.op.is_concatenation for reader in reading)
    }
    return joined - {program.output}


def _merged(siblings: SiblingConvolutions) -> list[Instruction]:
    """Return one convolution, and a slice of its output for each sibling."""
    weights = _stacked(siblings)
    first = siblings[0]
    ends = list(accumulate(sibling.output.channels for sibling in siblings))
    output = Value((ends[-1], *first.output.shape[1:]))
    op = first.op.replace(
        filters=ends[-1], bias="bias" in weights, weight_init=None, bias_init=None
    )
    name = _joined_name([sibling.name for sibling in siblings])
    whole = replace(first, name=name, op=op, output=output, weights=weights)
    starts = [0, *ends]
    return [
        whole,
        *(
            Instruction(
                sibling.name, Slice(start=start, stop=stop), (output,), sibling.output, sibling.row
            )
            for sibling, start, stop in zip(siblings, starts, ends, strict=False)
        ),
    ]


def _stacked(siblings: SiblingConvolutions) -> dict[str, Weights]:
    """Stack all kernels; and all biases, zero for siblings without, where one has some."""
    weights: dict[str, Weights] = {
        "weight": WeightStack(tuple(sibling.weights["weight"] for sibling in siblings))
    }
    if any("bias" in sibling.weights for sibling in siblings):
        zeros = (ConstantWeight((sibling.output.channels,), 0.0) for sibling in siblings)
        biases = zip(siblings, zeros, strict=True)
        weights["bias"] = WeightStack(
            tuple(sibling.weights.get("bias", zero) for sibling, zero in biases)
        )
    return weights


def _joined_name(names: Sequence[str]) -> str:
    """``block.a.conv+b.conv``: the beginning that all paths share, then their ends."""
    paths = [name.split(".") for name in names]
    levels = zip(*(path[:-1] for path in paths), strict=False)
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
    rest = "+".join(".".join(path[shared:]) for path in paths)
    return ".".join([*paths[0][:shared], rest])
