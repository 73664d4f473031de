"""Every operation alone: the emitted module and the executor compute what torch's layer does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from archc import ir
from archc.ops import OPS, Op, Shape
from archc.ops.arrangement import Flatten
from archc.ops.shape import is_map
from archc.runtime.executor import make_executor
from archc.runtime.module import instantiate
from archc.targets.torch.file import emit_torch
from tests.ops.test_facts import cases
from tests.targets.test_onnx import in_torch
from tests.tensors.graphs import NOWHERE, alone
from tests.test_random_networks import fill_all

pytestmark = pytest.mark.usefixtures("one_thread")

WRITTEN = [op for op in OPS if not op.ends_in_probabilities]
"""A softmax at the end is left to the loss."""


def from_a_map(network: ir.Network) -> ir.Network:
    """The network itself, or one that flattens a map of 1×1 first where it takes a vector."""
    vector = network.input
    if is_map(vector.shape):
        return network
    image = ir.Value((*vector.shape, 1, 1))
    vector.producer = ir.Operation("flatten", Flatten(), (image,), vector, NOWHERE)
    row = ir.Row("flatten", "flatten", "flatten", [vector.producer], image, vector, NOWHERE)
    return ir.Network("alone", None, image, [row, *network.rows], [])


def check(op: Op, inputs: Sequence[Shape], batch: Tensor) -> None:
    network = from_a_map(alone(op, inputs))
    module = fill_all(instantiate(emit_torch(network), "alone", "", {})).float().eval()
    executor = make_executor(network, "cpu", "float32", 2, module.state_dict(), record=False)
    image = batch.reshape(2, *network.input.shape)
    with torch.no_grad():
        wanted = in_torch(op, inputs, batch)
        for way, found in (("module", module(image)), ("executor", executor(image))):
            assert torch.allclose(found, wanted, rtol=1e-5, atol=1e-5), (way, op, inputs)


@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.__name__)
def test_an_operation_computes_what_torchs_does(op: type[Op]) -> None:
    source = torch.Generator().manual_seed(0)
    for case, inputs in cases(op):
        check(case, inputs, 3 * torch.randn((2, *inputs[0]), generator=source))
