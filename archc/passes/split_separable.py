"""Split depthwise-separable convolutions.

Before::

    separable convolution 7×7/2, multiplier 8, 64 filters

After::

    convolution 7×7/2, 24 filters in 3 groups, no bias -> convolution 1×1, 64 filters
"""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir import Network, Operation
from archc.ir.expression import ChannelsOf, Number, binary
from archc.ir.rewrite import Step, rewrite
from archc.ops.convolution import Convolution, SeparableConvolution

__all__ = ["SplitSeparable"]


@dataclass(frozen=True)
class SplitSeparable:
    """See the module's docstring."""

    def __call__(self, network: Network) -> Network:
        """The network with plain convolutions only."""
        return rewrite(network, _split)


def _split(operation: Operation) -> list[Step] | None:
    op = operation.op
    if not isinstance(op, SeparableConvolution):
        return None
    source = ChannelsOf(operation.inputs[0])
    multiplier = operation.expressions.get("multiplier", Number(op.multiplier))
    middle = binary("*", source, multiplier) if multiplier != Number(1) else source
    depthwise = Convolution(
        kernel=op.kernel,
        stride=op.stride,
        padding=op.padding,
        dilation=op.dilation,
        filters=middle.value,
        groups=source.value,
        bias=False,
        weight_init=op.weight_init,
    )
    pointwise = Convolution(
        kernel=(1, 1),
        filters=op.filters,
        bias=op.bias,
        weight_init=op.weight_init,
        bias_init=op.bias_init,
    )
    filters = {key: each for key, each in operation.expressions.items() if key == "filters"}
    return [
        Step("depthwise", depthwise, {"filters": middle, "groups": source}),
        Step("pointwise", pointwise, filters),
    ]
