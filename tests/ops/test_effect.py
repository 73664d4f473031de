"""Which operations do the same to an input, and what else tells one from another."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from archc.ops import OPS, Family, Op, Shape
from archc.ops.activation import PReLU
from archc.ops.convolution import Convolution
from archc.ops.normalization import BatchNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool
from tests.ops.test_against_torch import CASES
from tests.ops.test_facts import numbers
from tests.ops.test_facts import run as on_numbers


def of(op: Op, shape: Shape) -> Any:
    return op.effect(shape, op.infer([shape]))


def max_pool(size: int, stride: int, **more: Any) -> MaxPool:
    return MaxPool(kernel=(size, size), stride=(stride, stride), **more)


def avg_pool(size: int, stride: int, **more: Any) -> AvgPool:
    return AvgPool(kernel=(size, size), stride=(stride, stride), **more)


def conv(padding: Any, **more: Any) -> Convolution:
    return Convolution(filters=8, padding=padding, **{"kernel": 3, "stride": 2, **more})


SAME: list[tuple[Op, Op, Shape]] = [
    (avg_pool(7, 1), GlobalAvgPool(), (4, 7, 7)),
    (avg_pool(7, 1), AdaptiveAvgPool(output=(1, 1)), (4, 7, 7)),
    (avg_pool(2, 2), AdaptiveAvgPool(output=(4, 4)), (4, 8, 8)),
    (avg_pool(3, 3, ceil=True), avg_pool(3, 3), (4, 9, 9)),
    (max_pool(3, 2, ceil=True), max_pool(3, 2, padding="same"), (4, 8, 8)),
    (max_pool(2, 2, ceil=True), max_pool(2, 2), (4, 8, 8)),
    (conv("same"), conv((0, 1, 0, 1)), (4, 8, 8)),
    (conv((1, 1, 1, 1)), conv((1, 0, 1, 0)), (4, 8, 8)),
    (conv(0, kernel=8), conv(0, kernel=8, stride=1), (4, 8, 8)),
]
OTHER: list[tuple[Op, Op, Shape]] = [
    (avg_pool(7, 1), GlobalAvgPool(), (4, 8, 8)),
    (avg_pool(5, 3), AdaptiveAvgPool(output=(4, 4)), (4, 14, 14)),
    (avg_pool(3, 2, ceil=True), avg_pool(3, 2), (4, 8, 8)),
    (avg_pool(3, 1, padding=1), avg_pool(3, 1, padding=1, count_include_pad=False), (4, 8, 8)),
    (max_pool(3, 2, ceil=True), max_pool(2, 2), (4, 8, 8)),
    (max_pool(3, 2, padding=1), max_pool(3, 2, ceil=True), (4, 8, 8)),
    (max_pool(2, 2), avg_pool(2, 2), (4, 8, 8)),
    (conv("same"), conv(1), (4, 8, 8)),
]


@pytest.mark.parametrize(("left", "right", "shape"), SAME)
def test_the_same(left: Op, right: Op, shape: Shape) -> None:
    assert of(left, shape) == of(right, shape)
    assert torch.allclose(run(left, shape), run(right, shape))


@pytest.mark.parametrize(("left", "right", "shape"), OTHER)
def test_another(left: Op, right: Op, shape: Shape) -> None:
    assert of(left, shape) != of(right, shape)
    one, other = run(left, shape), run(right, shape)
    assert one.shape != other.shape or not torch.allclose(one, other)


def run(op: Op, shape: Shape) -> Tensor:
    """What torch gives on numbers."""
    torch.manual_seed(0)
    x = torch.randn(1, *shape, dtype=torch.float64)
    match op:
        case Convolution():
            top, bottom, left, right = op.pads(*shape[1:])
            weight = torch.ones(op.filters, shape[0], *op.kernel, dtype=torch.float64)
            return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, stride=op.stride)
        case MaxPool():
            top, bottom, left, right = op.pads(*shape[1:])
            padded = F.pad(x, (left, right, top, bottom), value=float("-inf"))
            return F.max_pool2d(padded, op.kernel, op.stride, ceil_mode=op.ceil)
        case AvgPool():
            top, _, left, _ = op.pads(*shape[1:])
            counted = op.count_include_pad
            return F.avg_pool2d(x, op.kernel, op.stride, (top, left), op.ceil, counted)
        case AdaptiveAvgPool():
            return F.adaptive_avg_pool2d(x, op.output)
    return x.mean((2, 3), keepdim=True)


def test_one_slope_is_one_slope_per_channel_of_one_channel() -> None:
    one, each = PReLU(), PReLU(per_channel=True)
    assert of(one, (1, 8, 8)) == of(each, (1, 8, 8))
    assert of(one, (2, 8, 8)) != of(each, (2, 8, 8))


def test_momentum_and_initial_weights_are_not_compared() -> None:
    shape = (4, 8, 8)
    assert of(BatchNorm(momentum=0.1), shape) == of(BatchNorm(momentum=0.01), shape)
    assert of(BatchNorm(eps=1e-5), shape) != of(BatchNorm(eps=1e-3), shape)
    assert of(conv(1, weight_init="he normal"), shape) == of(conv(1), shape)


@pytest.mark.parametrize(
    ("op", "shape", "nothing"),
    [
        (GlobalAvgPool(), (4, 1, 1), True),
        (AdaptiveAvgPool(output=(7, 7)), (4, 7, 7), True),
        (max_pool(1, 1), (4, 7, 7), True),
        (avg_pool(1, 1), (4, 7, 7), True),
        (avg_pool(3, 1, padding=1), (4, 1, 1), False),
        (max_pool(3, 1, padding=1), (4, 1, 1), True),
        (avg_pool(3, 1, padding=1), (4, 7, 7), False),
        (max_pool(1, 1, padding=(0, 1, 0, 0)), (4, 7, 7), False),
        (max_pool(3, 1, padding=1), (4, 7, 7), False),
        (GlobalAvgPool(), (4, 2, 2), False),
    ],
)
def test_pools_that_place_nothing(op: Op, shape: Shape, nothing: bool) -> None:
    assert op.is_inert([shape]) is nothing


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_operations_of_one_effect_give_the_same(op: type[Op]) -> None:
    results: dict[Any, Tensor] = {}
    for case in CASES:
        for inputs in case.inputs if type(case.op) is op else ():
            key = tuple(inputs), case.op.effect(inputs[0], case.op.infer(inputs))
            result = on_numbers(case.op, inputs, numbers(inputs))
            assert torch.allclose(results.setdefault(key, result), result), str(case)


def test_what_other_operations_may_stand_for() -> None:
    unlike_all = {op.names[0] for op in OPS if not op.has_substitutes}
    of_their_own = {"local response norm", "softmax"}
    assert unlike_all - of_their_own == {op.names[0] for op in OPS if op.family is Family.OTHER}
    assert of_their_own <= unlike_all


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_attributes_that_matter_in_training_only(op: type[Op]) -> None:
    in_training = {"weight_init", "bias_init", "momentum"}
    assert op.training_only & op.attributes() == in_training & op.attributes()


def test_padding_is_written_out_in_cells() -> None:
    assert conv("same").values_on((4, 8, 8))["padding"] == (0, 1, 0, 1)
    assert conv("same").values_on((4, 9, 9))["padding"] == (1, 1, 1, 1)
