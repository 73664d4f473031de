"""How tensors start: torch's names and shapes, and the distributions of torch's initialisers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import archc
from archc import ir
from archc.library import spec_names
from archc.ops import OPS, Op, Shape
from archc.ops.activation import PReLU
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm
from archc.ops.tensor import LayerTensor
from archc.passes import pipeline
from archc.plan.network import plan_of
from archc.tensors.initial import draw as drawn
from archc.tensors.initial import initial_tensors, starts
from tests.ops.reference import build
from tests.ops.test_against_torch import CASES
from tests.tensors.graphs import alone

COUNTER = "num_batches_tracked"


def prepared(net: archc.Network) -> tuple[ir.Network, dict[ir.Operation, str]]:
    graph = pipeline.run(net.graph, pipeline.FOR_SOURCE)
    return graph, plan_of(graph).paths


def layer(op: Op, shape: Shape) -> dict[str, LayerTensor]:
    """The starts of a lone operation's tensors by their last names."""
    operations = list(alone(op, [shape]).operations())
    found = starts(operations, dict.fromkeys(operations, "it"))
    return {name.removeprefix("it."): start for name, start in found.items()}


# Names and shapes


@pytest.mark.parametrize(
    "op", [op for op in OPS if op is not SeparableConvolution], ids=lambda op: op.names[0]
)
def test_every_layer_has_the_tensors_of_torchs(op: type[Op]) -> None:
    for case in CASES:
        if type(case.op) is not op:
            continue
        for inputs in case.inputs:
            module = build(case.op, inputs)
            named = ((name.rpartition(".")[2], each) for name, each in module.state_dict().items())
            expected = {name: tuple(each.shape) for name, each in named if name != COUNTER}
            found = {name: start.shape for name, start in layer(case.op, inputs[0]).items()}
            assert found == expected, str(case)


@pytest.mark.parametrize("name", spec_names())
def test_every_network_has_the_tensors_of_its_module(name: str) -> None:
    net = archc.load(name)
    graph, paths = prepared(net)
    with torch.device("meta"):
        module = net.module()
    expected = {
        key: tuple(each.shape)
        for key, each in module.state_dict().items()
        if not key.endswith(COUNTER)
    }
    found = starts(graph.operations(heads=True), paths)
    assert {key: start.shape for key, start in found.items()} == expected


# Numbers

CONVOLUTION: Shape = (64, 9, 9)
KERNEL = (192, 64, 5, 5)
CONV_BIAS = 192


def draw(op: Op, shape: Shape) -> dict[str, NDArray[np.float32]]:
    return {name: drawn(start, name) for name, start in layer(op, shape).items()}


def convolution(**attributes: object) -> Op:
    return Convolution.make({"filters": 192, "kernel": 5, **attributes})


def assert_same_law(found: NDArray[np.float32], expected: Tensor) -> None:
    """One spread, one shape of the distribution, around zero.

    Hundreds of thousands of numbers leave a standard deviation uncertain by far less than 1%.
    """
    assert found.dtype == np.float32
    assert found.shape == tuple(expected.shape)
    deviation = expected.std().item()
    assert found.std() == pytest.approx(deviation, rel=0.01)
    assert abs(found.mean()) < 0.01 * deviation
    shares = torch.linspace(0.05, 0.95, 19, dtype=torch.float64)
    theirs = np.quantile(expected.numpy(), shares.numpy())
    np.testing.assert_allclose(np.quantile(found, shares.numpy()), theirs, atol=0.02 * deviation)


LAWS: dict[str, Callable[[Tensor], Tensor]] = {
    "normal (0.01)": lambda x: nn.init.normal_(x, std=0.01),
    "uniform (0.05)": lambda x: nn.init.uniform_(x, -0.05, 0.05),
    "truncated normal (0.1)": lambda x: nn.init.trunc_normal_(x, std=0.1, a=-0.2, b=0.2),
    "he normal": lambda x: nn.init.kaiming_normal_(x, nonlinearity="relu"),
    "he uniform": lambda x: nn.init.kaiming_uniform_(x, nonlinearity="relu"),
    "he normal (fan out)": lambda x: nn.init.kaiming_normal_(x, mode="fan_out"),
    "lecun normal": lambda x: nn.init.kaiming_normal_(x, nonlinearity="linear"),
    "xavier normal": nn.init.xavier_normal_,
    "xavier uniform": nn.init.xavier_uniform_,
}


@pytest.mark.parametrize("written", LAWS)
def test_weights_follow_the_law_that_the_spec_says(written: str) -> None:
    torch.manual_seed(0)
    found = draw(convolution(weight_init=written), CONVOLUTION)["weight"]
    assert_same_law(found, LAWS[written](torch.empty(KERNEL)))


def test_families_of_truncated_normals_keep_their_variance() -> None:
    found = draw(convolution(weight_init="he truncated normal"), CONVOLUTION)["weight"]
    wanted = math.sqrt(2 / (64 * 5 * 5))
    assert found.std() == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(
    ("written", "bound"), [("uniform (0.05)", 0.05), ("truncated normal (0.1)", 0.2)]
)
def test_bounds_are_reached_and_kept(written: str, bound: float) -> None:
    found = np.abs(draw(convolution(weight_init=written), CONVOLUTION)["weight"])
    assert 0.99 * bound < found.max() <= bound * (1 + 1e-6)


@pytest.mark.parametrize(
    ("op", "shape", "theirs"),
    [
        (convolution(), CONVOLUTION, lambda: nn.Conv2d(64, 192, 5)),
        (convolution(groups=2), CONVOLUTION, lambda: nn.Conv2d(64, 192, 5, groups=2)),
        (Linear(filters=1000), (800,), lambda: nn.Linear(800, 1000)),
    ],
    ids=["convolution", "groups", "linear"],
)
def test_torchs_own_start(op: Op, shape: Shape, theirs: Callable[[], nn.Conv2d]) -> None:
    torch.manual_seed(0)
    module = theirs()
    found = draw(op, shape)
    assert_same_law(found["weight"], module.weight.detach())
    bound = 1 / math.sqrt(math.prod(module.weight.shape[1:]))
    bias = np.abs(found["bias"])
    assert 0.9 * bound < bias.max() <= bound * (1 + 1e-6)
    assert module.bias is not None
    assert module.bias.abs().max().item() == pytest.approx(bias.max(), rel=0.1)


def test_biases_start_as_the_spec_says() -> None:
    found = draw(convolution(bias_init=0.2), CONVOLUTION)
    np.testing.assert_array_equal(found["bias"], np.full(CONV_BIAS, 0.2, np.float32))


@pytest.mark.parametrize(
    "op", [BatchNorm(), BatchNorm(scale=False), PReLU(per_channel=True), PReLU()], ids=str
)
def test_layers_that_start_with_one_number(op: Op) -> None:
    expected = build(op, [(6, 2, 2)]).state_dict()
    for name, found in draw(op, (6, 2, 2)).items():
        np.testing.assert_array_equal(found, expected[name].numpy())


# The same each time

SPEC = """
network: small
input: 8×8×3
rows:
  - {type: convolution, patch: 3×3, filters: 4, name: first}
  - {type: convolution, patch: 3×3, filters: 4, name: second}
  - {type: convolution, patch: 3×3, filters: 4, name: third}
"""


def tensors(path: Path, text: str) -> dict[str, NDArray[np.float32]]:
    path.write_text(text, encoding="utf-8")
    return initial_tensors(*prepared(archc.load(path)))


def test_a_network_starts_the_same_each_time(tmp_path: Path) -> None:
    one, two = (tensors(tmp_path / "small.yaml", SPEC) for _ in range(2))
    assert list(one) == list(two)
    assert all(np.array_equal(one[key], two[key]) for key in one)
    second, third = one["second.weight"], one["third.weight"]
    assert second.shape == third.shape
    assert not np.array_equal(second, third)


def test_a_removed_row_changes_no_other(tmp_path: Path) -> None:
    whole = tensors(tmp_path / "small.yaml", SPEC)
    lines = [line for line in SPEC.splitlines() if "second" not in line]
    rest = tensors(tmp_path / "small.yaml", "\n".join(lines))
    assert {key.partition(".")[0] for key in rest} == {"first", "third"}
    assert all(np.array_equal(rest[key], whole[key]) for key in rest)
