"""Counting as other tools count: params and operations of one sample, tool by tool.

Each convention is what the tool's source does, for the layers that the emitted module has in
evaluation. All of them count every parameter of the module, those of its heads as well, though
the heads do not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod

from archc.analysis.cost import CONVENTION, Cost, cost
from archc.ir import Network, Operation
from archc.ops import Family

__all__ = ["CONVENTIONS", "Convention"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How a tool counts.

    ``macs`` are its operations as multiply-adds; it prints ``factor`` for each. ``printed`` is
    the tool's own word for that figure. ``heads``: whether its params have the heads'.
    """

    name: str
    macs: Callable[[Operation], int]
    factor: int
    printed: str
    heads: bool
    words: str

    def cost(self, operations: Iterable[Operation]) -> Cost:
        """The operations' params, weights and multiply-adds as this convention counts."""
        found = Cost()
        for operation in operations:
            each = cost(operation)
            found += Cost(each.params, each.weights, self.macs(operation))
        return found

    def total(self, network: Network) -> Cost:
        """What the tool says of the whole network, which has been through the source's passes.

        Multiply-adds are the main path's; params and weights have the heads' where ``heads``.
        """
        main = self.cost(network.operations())
        if not self.heads:
            return main
        everything = self.cost(network.operations(heads=True))
        return Cost(everything.params, everything.weights, main.macs)


def _kernels(operation: Operation) -> int:
    """Multiply-adds of convolutions and linear layers, as printed tables have them."""
    return operation.op.macs(operation.input_shapes, operation.output.shape)


def _torchinfo(operation: Operation) -> int:
    """Torchinfo 1.8, ``LayerInfo.calculate_macs``.

    A convolution's weights and biases once per output position; of any other layer every
    weight and bias once, whatever the size of its output.
    """
    op, output = operation.op, operation.output.shape
    params = op.params(operation.input_shapes)
    return params * prod(output[1:]) if op.family is Family.CONVOLUTION else params


def _fvcore(operation: Operation) -> int:
    """Fvcore 0.1.5, ``flop_count._DEFAULT_SUPPORTED_OPS``: see `Op.fvcore_flops`."""
    return operation.op.fvcore_flops(operation.input_shapes, operation.output.shape)


CONVENTIONS: dict[str, Convention] = {
    each.name: each
    for each in (
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
