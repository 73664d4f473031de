"""An op's tensors are those of everything that holds them.

The emitted module's ``state_dict``, the ONNX file's initialisers, the executor's program and the
matcher of checkpoints have one set of names and shapes, and it is the op's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import onnx
import pytest
import torch

from archc import ir
from archc.checkpoint.layers import network_layers
from archc.diagnostics import Source, Span
from archc.ir.weights import StoredWeight
from archc.network import Network
from archc.ops import OPS, Op, Shape
from archc.ops.arrangement import Flatten, Identity
from archc.ops.shape import is_map
from archc.passes.pipeline import linearize
from archc.plan.network import source_plan
from archc.tensors.initial import initial_tensors
from tests.ops.test_facts import cases

ORIGIN = ir.Origin(Span(Source("", ""), 1, 1, 1, 1))

Shapes = dict[str, tuple[int, ...]]


def network(op: Op, inputs: Sequence[Shape]) -> Network:
    """A row that gives the operation its input, and a row that is the operation."""
    (shape,) = inputs
    image = ir.Value(shape if is_map(shape) else (*shape, 1, 1))
    rows, value = [], image
    for name, each in (("before", Identity() if is_map(shape) else Flatten()), ("layer", op)):
        output = ir.Value(each.infer([value.shape]))
        operation = ir.Operation(name, each, (value,), output, ORIGIN)
        output.producer = operation
        rows.append(ir.Row(name, name, name, [operation], value, output, ORIGIN))
        value = output
    return Network(ir.Network("one layer", None, image, rows, []))


def of_module(net: Network) -> Shapes:
    state = net.module().state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items() if tensor.dim()}


def of_onnx(net: Network) -> Shapes:
    content = net.emit("onnx")
    assert isinstance(content, bytes)
    graph = onnx.load_from_string(content).graph
    constants = {output for node in graph.node for output in node.output}
    return {each.name: tuple(each.dims) for each in graph.initializer if each.name not in constants}


def of_program(net: Network) -> Shapes:
    plan = source_plan(net.graph)
    program = linearize(plan.network, plan.paths)
    stored = [weights for each in program.instructions for weights in each.weights.values()]
    assert all(isinstance(weights, StoredWeight) for weights in stored)
    return {str(weights): tuple(weights.shape) for weights in stored}


def of_checkpoint(net: Network) -> Shapes:
    layers = network_layers(source_plan(net.graph))
    return {
        f"{layer.name}.{name}": tuple(shape)
        for layer in layers
        for name, shape in layer.shapes.items()
        if shape  # no counter of batches
    }


def of_drawn(net: Network) -> Shapes:
    plan = source_plan(net.graph)
    return {key: each.shape for key, each in initial_tensors(plan.network, plan.paths).items()}


def holding(op: type[Op]) -> list[tuple[Op, Sequence[Shape]]]:
    """Some cases of an operation in which it holds tensors."""
    return [(each, inputs) for each, inputs in cases(op)[:12] if each.tensors(inputs)]


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_all_see_the_same_tensors(op: type[Op]) -> None:
    torch.manual_seed(0)
    for each, inputs in holding(op):
        net = network(each, inputs)
        module = of_module(net)
        own = [tensor.shape for tensor in each.tensors(inputs)]
        assert sorted(module.values()) == sorted(own)
        assert of_program(net) == of_drawn(net) == module
        assert of_checkpoint(net) == module
        held = of_onnx(net)  # where a slope may have dimensions of size 1 more
        assert {name: prod(held[name]) for name in module} == {
            name: prod(shape) for name, shape in module.items()
        }


def test_it_looks_at_all_that_hold_some() -> None:
    assert {op.__name__ for op in OPS if holding(op)} >= {
        "Convolution", "SeparableConvolution", "Linear", "BatchNorm", "PReLU",
    }  # fmt: skip
