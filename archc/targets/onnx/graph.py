"""The ONNX graph of a network: nodes and tensors, operation by operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, helper

from archc.ir import Network, Node, Operation, Value
from archc.plan.names import plain_text
from archc.targets.onnx.layers import RULES, Constant, Learned, Step, Tensor

__all__ = ["INPUT", "OUTPUT", "Graph"]

INPUT, OUTPUT = "input", "logits"


class Graph:
    """A network without its heads, being written.

    Nodes, and the tensors that they make, are named after the emitted PyTorch module's layers;
    sums and concatenations, which have no layer there, after their place in the row. Weights
    have their names in the ``state_dict``.
    """

    def __init__(
        self,
        network: Network,
        paths: Mapping[Operation, str],
        weights: Mapping[str, NDArray[np.float32]],
    ) -> None:
        """Prepare to write ``network``, whose layers are at ``paths``."""
        self.network = network
        self.paths = paths
        self.weights = dict(weights)
        self.taken = {INPUT, OUTPUT, *weights}
        self.names = {network.input: INPUT}
        self.constants: dict[str, tuple[str, NDArray[Any]]] = {}
        self.nodes: list[NodeProto] = []
        self.shapes: list[ValueInfoProto] = []
        self.steps = {
            operation: RULES[type(operation.op)](operation.op, operation.input_shapes)
            for operation in network.operations()
        }

    def write(self, graph: GraphProto) -> None:
        """Fill in ``graph``, from ``input`` to ``logits``, both for any number N of samples."""
        network = self.network
        for row in network.rows:
            for operation, place in _places(row.nodes, (row.name,)):
                self.add(operation, self.paths.get(operation, place), row.printed)
        if self.source(network.output) is network.input:
            self.nodes.append(helper.make_node("Identity", [INPUT], [OUTPUT], OUTPUT))
        graph.name = plain_text(network.name) or "network"
        graph.node.extend(self.nodes)
        graph.input.append(_info(INPUT, network.input))
        graph.output.append(_info(OUTPUT, network.output))
        graph.value_info.extend(self.shapes)
        for name, array in (*self.weights.items(), *self.constants.values()):
            _fill(graph.initializer.add(), name, array)

    def source(self, value: Value) -> Value:
        """The tensor that ``value`` equals: the one before operations without a step."""
        while value.producer is not None and not self.steps[value.producer]:
            value = value.producer.inputs[0]
        return value

    def add(self, operation: Operation, place: str, row: str) -> None:
        """Write an operation's nodes; the last one is named ``place``."""
        steps = self.steps[operation]
        if not steps:
            return
        inner = [f"{place}.{step.kind.lower()}" for step in steps[:-1]]
        names = [self.free(name) for name in (*inner, place)]
        results = [*names[:-1], self.result(operation.output, names[-1])]
        reads = [self.names[self.source(value)] for value in operation.inputs]
        for step, name, last, result in zip(steps, names, ["", *results], results, strict=False):
            flow = {Tensor.X: reads, Tensor.LAST: [last]}
            inputs = self.inputs(step, place, names[-1], flow)
            self.nodes.append(_node(step, name, inputs, result, row))

    def inputs(
        self, step: Step, place: str, node: str, flow: Mapping[Tensor, Sequence[str]]
    ) -> list[str]:
        """What a step reads: also weights of the layer at ``place``, constants of ``node``."""
        found: list[str] = []
        for tensor in step.inputs:
            match tensor:
                case Tensor():
                    found += flow[tensor]
                case Learned(name, shape):
                    found.append(self.learned(f"{place}.{name}", shape))
                case Constant(name, value):
                    found.append(self.constant(f"{node}.{name}", value))
        return found

    def result(self, value: Value, name: str) -> str:
        """What the output of the node ``name`` is called; its shape is noted."""
        if value is self.source(self.network.output):
            name = OUTPUT
        else:
            self.shapes.append(_info(name, value))
        self.names[value] = name
        return name

    def learned(self, key: str, shape: tuple[int, ...] | None) -> str:
        """A tensor of weights, reshaped where ONNX wants it so."""
        if shape is not None:
            self.weights[key] = self.weights[key].reshape(shape)
        return key

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A tensor that is no weight; the steps of one operation share it."""
        if name not in self.constants:
            self.constants[name] = self.free(name), value
        return self.constants[name][0]

    def free(self, wanted: str) -> str:
        """``wanted``, or the first of ``wanted_2``, ``wanted_3`` that is not taken."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name


def _node(step: Step, name: str, inputs: Sequence[str], output: str, row: str) -> NodeProto:
    """One node, described by the row that it is part of."""
    return helper.make_node(
        step.kind, inputs, [output], name=name, doc_string=plain_text(row), **step.attributes
    )


def _fill(tensor: TensorProto, name: str, array: NDArray[Any]) -> None:
    """Write an array in place: weights are too large to be copied once more."""
    tensor.name = name
    tensor.dims.extend(array.shape)
    tensor.data_type = helper.np_dtype_to_tensor_dtype(array.dtype)
    tensor.raw_data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _info(name: str, value: Value) -> ValueInfoProto:
    """A tensor's name, type and shape."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *value.shape])


def _places(nodes: Iterable[Node], around: tuple[str, ...]) -> Iterator[tuple[Operation, str]]:
    """Operations and their places: ``inception_3a.concat``. A row's only part has its name."""
    for node in nodes:
        place = around if node.name == around[-1] else (*around, node.name)
        if isinstance(node, Operation):
            yield node, plain_text(".".join(place))
        else:
            yield from _places(node.children, place)
