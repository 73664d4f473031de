"""What operations cost: params, weights and multiply-adds, and depth.

The convention is archc's own (see `archc.ops.base`). Beside it are those of other tools: each is
what the tool's source does, for the layers that the emitted module has in evaluation. All of them
count every parameter of the module, those of its heads as well, though the heads do not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod

from archc.ir import Network, Operation, Value
from archc.ops import Family

__all__ = ["CONVENTION", "CONVENTIONS", "Convention", "Cost", "cost", "depth", "total"]

CONVENTION = (
    "params: learned weights and biases, and a norm's scale and shift; "
    "weights: kernels of convolutions and linear layers alone; "
    "ops: multiply-adds of convolutions and linear layers for one sample, one operation each, "
    "without bias, norm and pooling"
)
"""The counting convention, in words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Params, kernel weights and multiply-adds for one sample."""

    params: int = 0
    weights: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params, self.weights + other.weights, self.macs + other.macs
        )


def cost(operation: Operation) -> Cost:
    """Return what one operation costs."""
    return Cost(*operation.op.costs(operation.input_shapes, operation.output.shape))


def total(operations: Iterable[Operation]) -> Cost:
    """Return what several operations cost together."""
    params = weights = macs = 0
    for operation in operations:
        costs = operation.op.costs(operation.input_shapes, operation.output.shape)
        params += costs[0]
        weights += costs[1]
        macs += costs[2]
    return Cost(params, weights, macs)


def depth(operations: Iterable[Operation]) -> int:
    """Count the convolution and linear layers on the longest path through ``operations``, in order.

    GoogLeNet's paper counts this way: "22 layers deep when counting only layers with
    parameters" (section 5).
    """
    reached: dict[Value, int] = {}
    for operation in operations:
        inputs = operation.inputs
        if len(inputs) == 1:
            before = reached.get(inputs[0], 0)
        else:
            before = max((reached.get(value, 0) for value in inputs), default=0)
        reached[operation.output] = before + operation.op.layers
    return max(reached.values(), default=0)


@dataclass(frozen=True, slots=True)
class Convention:
    """How a tool counts.

    ``macs`` counts an operation's multiply-adds; the tool prints ``factor`` for each, under the
    name ``printed``. ``heads``: whether its params include those of the heads.
    """

    name: str
    macs: Callable[[Operation], int]
    factor: int
    printed: str
    heads: bool
    words: str

    def cost(self, operations: Iterable[Operation]) -> Cost:
        """Count params, weights and multiply-adds of operations as the tool does."""
        counted = Cost()
        for operation in operations:
            own = cost(operation)
            counted += Cost(own.params, own.weights, self.macs(operation))
        return counted

    def total(self, network: Network) -> Cost:
        """Count the whole network, which has been through the source's passes.

        Multiply-adds are those of the main path; params and weights include the heads' where
        ``heads`` says so.
        """
        main = self.cost(network.operations())
        if not self.heads:
            return main
        everything = self.cost(network.operations(heads=True))
        return Cost(everything.params, everything.weights, main.macs)


def _kernels(operation: Operation) -> int:
    """Count multiply-adds of convolutions and linear layers, as printed tables have them."""
    return operation.op.macs(operation.input_shapes, operation.output.shape)


def _torchinfo(operation: Operation) -> int:
    """Count as torchinfo 1.8 does, in ``LayerInfo.calculate_macs``.

    A convolution's weights and biases once per output position; of any other layer every
    weight and bias once, whatever the size of its output.
    """
    op, output = operation.op, operation.output.shape
    params = op.params(operation.input_shapes)
    return params * prod(output[1:]) if op.family is Family.CONVOLUTION else params


def _fvcore(operation: Operation) -> int:
    """Count as fvcore 0.1.5 does (``flop_count._DEFAULT_SUPPORTED_OPS``): see `Op.fvcore_flops`."""
    return operation.op.fvcore_flops(operation.input_shapes, operation.output.shape)


CONVENTIONS: dict[str, Convention] = {
    convention.name: convention
    for convention in (
        Convention("paper", _kernels, 1, "multiply-adds", False, CONVENTION),
        Convention(
            "torchinfo",
            _torchinfo,
            1,
            "Total mult-adds",
            True,
            "as torchinfo: a convolution's weights and biases once per output position, the "
            "params of every other layer (batch norm, linear) once; params with the heads'",
        ),
        Convention(
            "fvcore",
            _fvcore,
            1,
            "flops (one for each multiply-add)",
            True,
            "as fvcore's FlopCountAnalysis, which calls one multiply-add one flop: kernels "
            "without bias, 2 per element of a batch norm (1 without a scale), 1 per element "
            "that an adaptive average pool reads; params with the heads'",
        ),
        Convention(
            "torch",
            _kernels,
            2,
            "FLOPs",
            True,
            "as torch's FlopCounterMode: 2 FLOPs per multiply-add of convolutions and linear "
            "layers, without bias; params with the heads'",
        ),
    )
}
"""By the name that ``--count-like`` takes."""
