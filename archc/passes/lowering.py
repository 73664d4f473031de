"""Lower a network to what frameworks have layers for, as all targets that print source need."""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir import Network, Operation
from archc.ir.expression import ChannelsOf, Number, binary
from archc.ir.rewrite import Replacement, rewrite
from archc.ops.arrangement import Pad
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.windowed import Windowed

__all__ = ["ExplicitPadding", "Logits", "SplitSeparable"]


@dataclass(frozen=True)
class Logits:
    """Drop the softmax at the end.

    Before::

        linear -> softmax

    After::

        linear

    Emitted modules return logits, as losses want them; a head's softmax goes too.
    """

    def __call__(self, network: Network) -> Network:
        """Return the network without its final softmax layers."""
        ends = {network.output, *(head.output for head in network.heads)}

        def rule(operation: Operation) -> list[Replacement] | None:
            final = operation.op.ends_in_probabilities and operation.output in ends
            return [] if final else None

        return rewrite(network, rule)


@dataclass(frozen=True)
class SplitSeparable:
    """Split depthwise-separable convolutions.

    Before::

        separable convolution 7×7/2, multiplier 8, 64 filters

    After::

        convolution 7×7/2, 24 filters in 3 groups, no bias -> convolution 1×1, 64 filters
    """

    def __call__(self, network: Network) -> Network:
        """Return the network with plain convolutions only."""
        return rewrite(network, _split)


def _split(operation: Operation) -> list[Replacement] | None:
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
    expressions = operation.expressions
    filters = {"filters": expressions["filters"]} if "filters" in expressions else {}
    return [
        Replacement("depthwise", depthwise, {"filters": middle, "groups": source}),
        Replacement("pointwise", pointwise, filters),
    ]


@dataclass(frozen=True)
class ExplicitPadding:
    """Give padding in cells, the same on both sides, as frameworks' layers take it.

    Before::

        convolution 3×3/2, padding same (on 224×224: 0 at the top and left, 1 below and right)
        max pool 3×3/2, padding same

    After::

        zero pad [0, 1, 0, 1] -> convolution 3×3/2, padding 0
        max pool 3×3/2, padding 0, ceil

    A pool needs no padding layer where ceil mode has the same windows. A max pool is padded with
    minus infinity, which never wins.
    """

    def __call__(self, network: Network) -> Network:
        """Return the network with symmetric padding in cells."""
        return rewrite(network, _explicit)


def _explicit(operation: Operation) -> list[Replacement] | None:
    op = operation.op
    if not isinstance(op, Windowed):
        return None
    shape = operation.input_shapes[0]
    top, bottom, left, right = pads = op.pads(*shape[1:])
    if (top, left) == (bottom, right) and op.layer_takes(top, left):
        if op.padding == pads:
            return None
        return [Replacement(operation.name, op.replace(padding=pads), operation.expressions)]
    hanging = op.even_padding(*shape[1:])
    if hanging is not None:
        top, left = hanging
        pool = op.replace(padding=(top, top, left, left), ceil=True)
        return [Replacement(operation.name, pool, operation.expressions)]
    pad = Pad(padding=op.reached_padding(shape, operation.output.shape), value=op.pad_value)
    bare = op.replace(padding=(0, 0, 0, 0))
    return [Replacement("pad", pad), Replacement(operation.name, bare, operation.expressions)]
