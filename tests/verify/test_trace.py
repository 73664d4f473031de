"""What a module does is written down as it runs."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archc.ir.flat import FlatGraph, FlatLayer, UnknownOp
from archc.ops.activation import ReLU, ReLU6
from archc.ops.arrangement import Add, Concat, Dropout, Flatten, Pad, Scale
from archc.ops.convolution import Convolution
from archc.ops.normalization import BatchNorm
from archc.ops.pooling import AdaptiveAvgPool, GlobalAvgPool, MaxPool
from archc.runtime.trace import TraceError, trace

SHAPE = (4, 8, 8)


class Function(nn.Module):
    """A forward without layers."""

    def __init__(self, forward: Any) -> None:
        super().__init__()
        self.function = forward
        self.weight = nn.Parameter(torch.zeros(4, 2, 3, 3))

    def forward(self, x: Tensor) -> Any:
        return self.function(self, x)


def traced(forward: Any) -> FlatGraph:
    return trace(Function(forward), SHAPE)


def ops(forward: Any) -> list[Any]:
    return [layer.op for layer in traced(forward).main()]


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        (lambda self, x: x.relu_(), [ReLU()]),
        (lambda self, x: x.clamp(min=0), [ReLU()]),
        (lambda self, x: torch.clamp(x, 0, 6), [ReLU6()]),
        (lambda self, x: F.hardtanh(x, 0, 6), [ReLU6()]),
        (lambda self, x: x * 0.5 + x, [Scale(by=0.5), Add()]),
        (lambda self, x: 2 * x / 4, [Scale(by=2), Scale(by=0.25)]),
        (lambda self, x: 0 + x.contiguous()[:, :], []),
        (lambda self, x: torch.cat((x, x), dim=-3), [Concat()]),
        (lambda self, x: x.mean((2, 3)), [GlobalAvgPool(), Flatten()]),
        (lambda self, x: x.view(x.shape[0], -1), [Flatten()]),
        (lambda self, x: F.adaptive_avg_pool2d(x, (None, 4)), [AdaptiveAvgPool(output=(8, 4))]),
        (lambda self, x: F.max_pool2d(x, 2), [MaxPool(kernel=(2, 2), stride=(2, 2))]),
        (lambda self, x: F.pad(x, (1, 2)), [Pad(padding=(0, 0, 1, 2))]),
        (
            lambda self, x: F.dropout2d(F.avg_pool2d(x, 8), 0.1, self.training),
            [..., Dropout(rate=0.1)],
        ),
        (
            lambda self, x: F.conv2d(x, self.weight, padding="same", groups=2),
            [Convolution(kernel=(3, 3), filters=4, groups=2, bias=False, padding="same")],
        ),
    ],
)
def test_functions(forward: Any, expected: list[Any]) -> None:
    found = ops(forward)
    assert len(found) == len(expected)
    assert all(want in (..., op) for op, want in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        (lambda self, x: torch.einsum("nchw->nhwc", x), "torch.functional.einsum"),
        (lambda self, x: x[:, :2], "torch.Tensor.__getitem__"),
        (lambda self, x: x.view(-1, 8, 4, 8), "torch.Tensor.view"),
        (lambda self, x: x.transpose(2, 3), "torch.Tensor.transpose"),
        (lambda self, x: torch.cat([x, x], 2), "torch.cat"),
        (lambda self, x: x + 1, "torch.Tensor.add"),
        (lambda self, x: x + x.mean((2, 3), keepdim=True), "torch.Tensor.add"),
        (lambda self, x: F.pad(x, (1, 1, 1, 1), mode="reflect"), "torch.nn.functional.pad"),
        (lambda self, x: F.dropout2d(x), "torch.nn.functional.dropout2d"),
        (lambda self, x: F.gelu(x, approximate="tanh"), "torch.nn.functional.gelu"),
        (lambda self, x: F.instance_norm(x), "torch.nn.functional.instance_norm"),
        (lambda self, x: F.conv2d(x, 2 * self.weight, groups=2), "torch.nn.functional.conv2d"),
        (lambda self, x: x.chunk(2, 1)[0], "torch.Tensor.chunk"),
    ],
)
def test_what_is_not_understood_is_never_left_out(forward: Any, name: str) -> None:
    assert UnknownOp(name=name) in ops(forward)


def test_paths_and_shapes() -> None:
    unit = nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU())
    convolution, _ = trace(nn.Sequential(unit, nn.Identity()), SHAPE).main()
    assert (convolution.label, convolution.shape) == ("0.0", (6, 6, 6))
    assert convolution.scopes == ("0", "0.0")


def test_what_is_changed_in_place_is_changed_for_all_its_readers() -> None:
    def residual(self: nn.Module, x: Tensor) -> Tensor:
        x = x * 2
        return x + F.relu(x, inplace=True)

    output = traced(residual).output
    assert [type(each.op) for each in output.inputs] == [ReLU, ReLU]


def test_branches_on_shapes_are_taken() -> None:
    def forward(self: nn.Module, x: Tensor) -> Tensor:
        while x.shape[-1] > 2:
            x = F.max_pool2d(x, 2)
        return x

    assert len(ops(forward)) == 2


def test_branches_on_numbers_are_refused() -> None:
    with pytest.raises(TraceError, match=r"does not run on 8×8×4: .*not on the numbers"):
        traced(lambda self, x: x if x.sum() > 0 else -x)


def test_a_forward_that_fails_says_where() -> None:
    with pytest.raises(TraceError, match="Sequential does not run on 8×8×4 in `1`: RuntimeError"):
        trace(nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, 1)), SHAPE)


def test_a_module_that_ignores_its_input() -> None:
    with pytest.raises(TraceError, match="returns nothing that comes from its input"):
        traced(lambda self, x: torch.zeros(2, 10))


def test_hooks_are_removed() -> None:
    module = nn.Sequential(nn.ReLU())
    trace(module, SHAPE)
    assert not any((*each._forward_hooks, *each._forward_pre_hooks) for each in module.modules())


def test_random_depth_is_seen_without_its_chance() -> None:
    def forward(self: nn.Module, x: Tensor) -> Tensor:
        keep = torch.rand(2, 1, 1, 1, device=x.device).round() if self.training else None
        return F.relu(x) if keep is None else F.relu(x) * keep

    assert ops(forward) == [ReLU()]


def test_dropout_that_is_written_only_for_training_is_seen() -> None:
    def forward(self: nn.Module, x: Tensor) -> Tensor:
        return F.dropout(x, 0.3) if self.training else x

    assert ops(forward) == [Dropout(rate=0.3)]


@pytest.mark.parametrize(
    ("forward", "name"),
    [
        (lambda self, x: F.dropout(x, 0.3), "torch.nn.functional.dropout"),
        (lambda self, x: torch.dropout(x, 0.3, train=True), "torch.dropout"),
        (
            lambda self, x: F.batch_norm(x, x.new_zeros(4), x.new_ones(4), training=True),
            "torch.nn.functional.batch_norm",
        ),
    ],
)
def test_what_trains_in_evaluation_too_is_not_understood(forward: Any, name: str) -> None:
    assert UnknownOp(name=name) in ops(forward)


def test_a_dropout_of_nothing_may_always_be_at_work() -> None:
    assert ops(lambda self, x: F.dropout(x, 0.0)) == [Dropout(rate=0.0)]


def test_a_norm_that_always_takes_the_statistics_of_the_batch_is_not_understood() -> None:
    class Always(nn.BatchNorm2d):
        def train(self, mode: bool = True) -> Always:
            return super().train(True)

    def kinds(norm: nn.Module) -> list[type]:
        return [type(layer.op) for layer in trace(nn.Sequential(norm, nn.ReLU()), SHAPE).main()]

    assert kinds(nn.BatchNorm2d(4)) == [BatchNorm, ReLU]
    unknown: list[type] = [UnknownOp, ReLU]
    assert kinds(Always(4)) == unknown


def heads(self: nn.Module, x: Tensor) -> Any:
    head = F.relu6(F.relu6(F.relu6(x)))
    x = F.relu(x)
    return {"out": x, "aux": head} if self.training else x


def test_heads_are_what_only_training_returns() -> None:
    graph = traced(heads)
    assert [layer.op for layer in graph.main()] == [ReLU()]
    assert [head.output.op for head in graph.heads] == [ReLU6()]


def test_the_main_output_is_that_of_evaluation_wherever_it_stands() -> None:
    def reversed_(self: nn.Module, x: Tensor) -> Any:
        found = heads(self, x)
        return (found["aux"], found["out"]) if self.training else found

    assert [layer.op for layer in traced(reversed_).main()] == [ReLU()]


def test_a_module_that_cannot_train_is_evaluated() -> None:
    def forward(self: nn.Module, x: Tensor) -> Tensor:
        if self.training:
            raise ValueError("needs targets")
        return F.relu(x)

    assert ops(forward) == [ReLU()]


def test_random_numbers_stay_as_they_were() -> None:
    random.seed(0)
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    trace(nn.Sequential(nn.Dropout()), SHAPE)
    assert torch.equal(before, torch.random.get_rng_state())


def test_layers_are_joined_by_what_they_read() -> None:
    graph = traced(lambda self, x: torch.cat([F.relu(x), x], 1))
    assert isinstance(graph.output, FlatLayer)
    relu, start = graph.output.inputs
    assert relu.inputs == (graph.input,)
    assert start is graph.input
