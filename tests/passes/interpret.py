"""What a program computes, in double precision, by torch's own layers."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

import archc
from archc.ir import Value
from archc.ir.program import Instruction, Program
from archc.ir.weights import (
    ConstantWeight,
    InverseRoot,
    StoredWeight,
    WeightDifference,
    WeightProduct,
    Weights,
    WeightStack,
    WeightSum,
)
from archc.ops import Op, Shape
from archc.ops.arrangement import Slice
from tests.ops.reference import build

__all__ = ["assert_same", "image", "interpret", "state_of"]

State = Mapping[str, Tensor]


def state_of(net: archc.Network) -> dict[str, Tensor]:
    """Numbers for all tensors of the emitted module, which follow from their names."""
    with torch.device("meta"):
        tensors = net.module().state_dict()
    return {name: _numbers(name, each) for name, each in tensors.items()}


def _numbers(name: str, like: Tensor) -> Tensor:
    if not like.is_floating_point():
        return torch.zeros(like.shape, dtype=like.dtype)
    stream = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    found = torch.randn(like.shape, generator=stream, dtype=torch.float64)
    if like.dim() > 1:
        return found * math.sqrt(2 / math.prod(like.shape[1:]))
    role = name.rpartition(".")[2]
    return 1 + found.tanh() / 2 if role in ("running_var", "weight") else found / 4


def image(shape: Shape, batch: int = 2) -> Tensor:
    """Some images."""
    stream = torch.Generator().manual_seed(0)
    return torch.randn((batch, *shape), generator=stream, dtype=torch.float64)


def assert_same(found: Tensor, wanted: Tensor) -> None:
    """Equal but for rounding."""
    finite = wanted[wanted.isfinite()]
    largest = finite.abs().max().item() if finite.numel() else 0.0
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9 * largest, equal_nan=True)


@torch.no_grad()
def interpret(program: Program, state: State, batch: Tensor) -> Tensor:
    """The program's output; tensors go when nobody reads them any more."""
    last = {value: each for each in program.instructions for value in each.reads}
    values = {program.input: batch}
    for instruction in program.instructions:
        values[instruction.output] = _result(instruction, values, state)
        for value in set(instruction.reads):
            if last[value] is instruction and value is not program.output:
                del values[value]
    return values[program.output]


def _result(instruction: Instruction, values: Mapping[Value, Tensor], state: State) -> Tensor:
    weights = {key: evaluate(each, state) for key, each in instruction.weights.items()}
    layer = _layer(instruction.op, instruction.input_shapes)
    own = {name for name, _ in (*layer.named_parameters(), *layer.named_buffers())}
    own.discard("num_batches_tracked")
    assert own <= weights.keys()
    assert weights.keys() - own <= {"bias"}
    given = {key: weights[key] for key in own}
    inputs = tuple(values[value] for value in instruction.inputs)
    found: Tensor = torch.func.functional_call(layer, given, inputs)
    if "bias" in weights.keys() - own:
        found = found + weights["bias"].reshape(-1, *(1 for _ in found.shape[2:]))
    if instruction.plus is not None:
        found = found + values[instruction.plus]
    for op in instruction.after:
        found = _layer(op, [instruction.output.shape])(found)
    assert found.shape[1:] == instruction.output.shape
    return found


def _layer(op: Op, inputs: Sequence[Shape]) -> nn.Module:
    if isinstance(op, Slice):
        return _Part(op)
    with torch.device("meta"):
        return build(op, inputs)


class _Part(nn.Module):
    def __init__(self, op: Slice) -> None:
        super().__init__()
        self.op = op

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.op.start : self.op.stop]


def evaluate(weights: Weights, state: State) -> Tensor:
    """The tensor that the arithmetic stands for, as large as it says it is."""
    found = _evaluate(weights, state)
    assert found.shape == weights.shape
    return found


def _evaluate(weights: Weights, state: State) -> Tensor:
    match weights:
        case StoredWeight(name):
            return state[name]
        case ConstantWeight(shape, value):
            return torch.full(shape, value, dtype=torch.float64)
        case InverseRoot(of, eps):
            return 1 / torch.sqrt(evaluate(of, state) + eps)
        case WeightProduct(left, right):
            factor, whole = evaluate(right, state), evaluate(left, state)
            return whole * factor.reshape(*factor.shape, *(1 for _ in whole.shape[factor.dim() :]))
        case WeightSum(left, right):
            return evaluate(left, state) + evaluate(right, state)
        case WeightDifference(left, right):
            return evaluate(left, state) - evaluate(right, state)
        case WeightStack(parts):
            return torch.cat([evaluate(part, state) for part in parts])
