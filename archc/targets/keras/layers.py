"""How Keras says each operation: one rule per operation, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from archc.ops import (
    Op,
    Shape,
    activation,
    arrangement,
    convolution,
    linear,
    normalization,
    pooling,
)
from archc.ops.initialization import Initializer
from archc.plan.arguments import Argument
from archc.plan.symbol import text
from archc.targets.keras import arguments as initializers
from archc.targets.keras.arguments import KerasLayer, keyword
from archc.targets.keras.windows import (
    WindowSurroundings,
    is_same,
    look_around,
    pad_layer,
    pair,
    subsampled,
)

__all__ = ["ACTIVATIONS", "RULES", "KerasSite", "takes_activation", "with_activation"]


@dataclass(frozen=True, slots=True)
class KerasSite:
    """What a rule knows about the place of an operation.

    ``computed`` are the attributes that come from columns, and may differ in another use;
    ``never_negative`` says that the input is zero at least.
    """

    inputs: tuple[Shape, ...]
    computed: frozenset[str] = frozenset()
    never_negative: bool = False


KerasRule = Callable[[Any, KerasSite], tuple[KerasLayer, ...]]
"""The layers that an operation is, applied one after the other."""

Arguments = tuple[Argument, ...]


# Convolutions and linear layers


def _conv(op: convolution.Convolution, site: KerasSite) -> tuple[KerasLayer, ...]:
    channels = site.inputs[0][0]
    # TensorFlow's depthwise convolution has one stride for both directions.
    if 1 < op.groups == channels and op.stride[0] == op.stride[1]:
        multiplier = _multiple(op.filters, op.groups)
        rest = (
            keyword("depth_multiplier", multiplier, 1),
            *_bias(op),
            *_depthwise(op.weight_init, channels, multiplier),
        )
        return _convolved("layers.DepthwiseConv2D", op, site, (), rest)
    filters = (Argument("filters", op.filters, place="first"),)
    rest = (keyword("groups", op.groups, 1), *_bias(op), *_drawn("kernel", op.weight_init))
    return _convolved("layers.Conv2D", op, site, filters, rest)


def _separable(op: convolution.SeparableConvolution, site: KerasSite) -> tuple[KerasLayer, ...]:
    filters = (Argument("filters", op.filters, place="first"),)
    rest = (
        keyword("depth_multiplier", op.multiplier, 1),
        *_bias(op),
        *_depthwise(op.weight_init, site.inputs[0][0], op.multiplier),
        *_drawn("pointwise", op.weight_init),
    )
    return _convolved("layers.SeparableConv2D", op, site, filters, rest)


def _convolved(
    name: str,
    op: convolution.Convolution | convolution.SeparableConvolution,
    site: KerasSite,
    filters: Arguments,
    rest: Arguments,
) -> tuple[KerasLayer, ...]:
    """The layer with its window, what pads before it and what strides after it."""
    size = _size(site)
    around = look_around(op, size, op.spatial(*size))
    dilated = max(op.stride) > 1 and max(op.dilation) > 1
    same = is_same(op, site.inputs[0], site.computed) and not dilated
    arguments = (
        *filters,
        Argument("kernel_size", pair(op.kernel), place="first"),
        Argument("strides", 1 if dilated else pair(op.stride), 1, place="either"),
        Argument("padding", "same" if same else "valid", "valid", place="either"),
        keyword("dilation_rate", pair(op.dilation), 1),
        *rest,
    )
    padded = any(around.pads) and not same
    return (
        *((pad_layer(around.pads, suffix="pad"),) if padded else ()),
        KerasLayer(name, arguments),
        *((subsampled(op.stride),) if dilated else ()),
    )


def _multiple(filters: int, groups: int) -> int:
    """How often ``groups`` is in ``filters``, both perhaps symbolic."""
    times, written = int(filters) // int(groups), text(groups)
    if text(filters) in {written, f"{times} * {written}", f"{times} * ({written})"}:
        return times
    return filters // groups


def _bias(
    op: convolution.Convolution | convolution.SeparableConvolution | linear.Linear,
) -> Arguments:
    """Whether there is a bias, and how it starts where that is not zero."""
    use = keyword("use_bias", op.bias, True)
    if not (op.bias and op.bias_init):
        return (use,)
    return use, keyword("bias_initializer", initializers.constant(op.bias_init))


def _drawn(kernel: str, initial: Initializer | None) -> Arguments:
    """How a kernel starts where the spec says."""
    return (
        () if initial is None else (keyword(f"{kernel}_initializer", initializers.drawn(initial)),)
    )


def _depthwise(initial: Initializer | None, channels: int, multiplier: int) -> Arguments:
    if initial is None:
        return ()
    code = initializers.drawn_depthwise(initial, int(channels), int(multiplier))
    return (keyword("depthwise_initializer", code),)


def _linear(op: linear.Linear, site: KerasSite) -> tuple[KerasLayer, ...]:
    arguments = (
        Argument("units", op.filters, place="first"),
        *_bias(op),
        *_drawn("kernel", op.weight_init),
    )
    return (KerasLayer("layers.Dense", arguments),)


# Pools


def _max_pool(op: pooling.MaxPool, site: KerasSite) -> tuple[KerasLayer, ...]:
    size = _size(site)
    around = look_around(op, size, op.spatial(*size, op.ceil))
    # No padding may win: zeros are enough where nothing is less.
    edge = pad_layer(around.pads, 0.0 if site.never_negative else -math.inf, "pad")
    if op.dilation != (1, 1):
        dilated = KerasLayer(
            "DilatedMaxPooling2D",
            (
                Argument("pool_size", op.kernel, place="first"),
                keyword("strides", op.stride),
                keyword("dilation_rate", op.dilation),
            ),
        )
        return (dilated,) if around.inside else (edge, dilated)
    if _says_same(op, around):
        return (_pool("layers.MaxPooling2D", op, "same"),)
    pool = _pool("layers.MaxPooling2D", op)
    return (pool,) if around.inside else (edge, pool)


def _avg_pool(op: pooling.AvgPool, site: KerasSite) -> tuple[KerasLayer, ...]:
    size = _size(site)
    pads, output = op.pads(*size), op.spatial(*size, op.ceil)
    around = look_around(op, size, output)
    if not (op.count_include_pad and any(pads)):
        return (_mean_of_cells(op, around),)
    if all(used <= given for used, given in zip(around.pads, pads, strict=True)):
        return pad_layer(around.pads, suffix="pad"), _pool("layers.AveragePooling2D", op)
    # The last window hangs over the padding, and what is beyond does not count.
    top, bottom, left, right = pads
    padded = (top + size[0] + bottom, left + size[1] + right)
    bare = op.replace(padding=(0, 0, 0, 0))
    mean = _mean_of_cells(bare, look_around(bare, padded, output))
    return pad_layer(pads, suffix="pad"), mean


def _mean_of_cells(op: pooling.AvgPool, around: WindowSurroundings) -> KerasLayer:
    """A mean over what is there; with uneven SAME, Keras' backends disagree about that."""
    if _says_same(op, around) and around.even:
        return _pool("layers.AveragePooling2D", op, "same")
    if around.inside:
        return _pool("layers.AveragePooling2D", op)
    top, bottom, left, right = around.pads
    arguments = (
        Argument("pool_size", op.kernel, place="first"),
        keyword("strides", op.stride),
        keyword("padding", ((top, bottom), (left, right))),
    )
    return KerasLayer("CellAveragePooling2D", arguments)


def _says_same(op: pooling.Pool, around: WindowSurroundings) -> bool:
    """Whether to write ``same``: it is in the spec, or says what ceil mode or the cells do."""
    return op.padding == "same" or (around.as_same and (op.ceil or not around.inside))


def _pool(name: str, op: pooling.Pool, padding: str = "valid") -> KerasLayer:
    arguments = (
        Argument("pool_size", pair(op.kernel), place="first"),
        Argument("strides", pair(op.stride), place="first"),
        keyword("padding", padding, "valid"),
    )
    return KerasLayer(name, arguments)


def _size(site: KerasSite) -> tuple[int, int]:
    _, height, width = site.inputs[0]
    return height, width


_GLOBAL = KerasLayer("layers.GlobalAveragePooling2D", (keyword("keepdims", True),))


def _adaptive(op: pooling.AdaptiveAvgPool, site: KerasSite) -> tuple[KerasLayer, ...]:
    _, height, width = site.inputs[0]
    rows, columns = op.output
    if op.output == (1, 1):
        return (_GLOBAL,)
    if height % rows or width % columns:
        size = Argument("output_size", op.output, place="first")
        return (KerasLayer("AdaptiveMeanPooling2D", (size,)),)
    window = pair((height // rows, width // columns))
    arguments = (
        Argument("pool_size", window, place="first"),
        Argument("strides", window, place="first"),
    )
    return (KerasLayer("layers.AveragePooling2D", arguments),)


# Normalisation, activations, arrangement


def _batch_norm(op: normalization.BatchNorm, site: KerasSite) -> tuple[KerasLayer, ...]:
    arguments = (
        # Keras' momentum is the weight of the past, the operation's that of the new batch.
        keyword("momentum", round(1 - op.momentum, 12), 0.99),
        keyword("epsilon", op.eps, 0.001),
        keyword("center", op.shift, True),
        keyword("scale", op.scale, True),
    )
    return (KerasLayer("layers.BatchNormalization", arguments),)


def _lrn(op: normalization.LocalResponseNorm, site: KerasSite) -> tuple[KerasLayer, ...]:
    arguments = (
        Argument("size", op.size, place="first"),
        keyword("alpha", op.alpha, 1e-4),
        keyword("beta", op.beta, 0.75),
        keyword("k", op.k, 1.0),
    )
    return (KerasLayer("LocalResponseNormalization", arguments),)


def _prelu(op: activation.PReLU, site: KerasSite) -> tuple[KerasLayer, ...]:
    spatial = [1, 2] if len(site.inputs[0]) == 3 else []
    shared = spatial if op.per_channel else [*spatial, len(spatial) + 1]
    arguments = (keyword("shared_axes", shared),) if shared else ()
    return (KerasLayer("layers.PReLU", arguments),)


def _flatten(op: arrangement.Flatten, site: KerasSite) -> tuple[KerasLayer, ...]:
    shape = site.inputs[0]
    if math.prod(shape[1:]) == 1:
        return (KerasLayer("layers.Flatten"),)
    remark = "Channel by channel, so that the next kernel has its rows in the usual order."
    order = Argument("dims", (3, 1, 2), place="first")
    first = KerasLayer("layers.Permute", (order,), "channels_first", remark=remark)
    return first, KerasLayer("layers.Flatten")


def _plain(name: str, *arguments: tuple[str, str]) -> KerasRule:
    """A layer whose arguments are attributes: (argument, attribute), the first by position."""

    def rule(op: Op, site: KerasSite) -> tuple[KerasLayer, ...]:
        found = (
            Argument(argument, getattr(op, attribute), place="first" if at == 0 else "keyword")
            for at, (argument, attribute) in enumerate(arguments)
        )
        return (KerasLayer(name, tuple(found)),)

    return rule


def _join(name: str) -> KerasRule:
    return lambda op, site: (KerasLayer(name, join=True),)


def _activation(name: str) -> KerasRule:
    arguments = (Argument("activation", name, place="first"),)
    layer = KerasLayer("layers.Activation", arguments, activation=name)
    return lambda op, site: (layer,)


ACTIVATIONS: dict[type[Op], str] = {
    activation.ReLU: "relu",
    activation.ReLU6: "relu6",
    activation.GELU: "gelu",
    activation.SiLU: "silu",
    activation.Mish: "mish",
    activation.HardSwish: "hard_swish",
    activation.HardSigmoid: "hard_sigmoid",
    activation.Sigmoid: "sigmoid",
    activation.Tanh: "tanh",
    activation.Softplus: "softplus",
    activation.Softmax: "softmax",
}
"""Activations without attributes, by Keras' names: a layer with a kernel takes them along."""


def takes_activation(layer: KerasLayer) -> bool:
    """Whether the layer has an ``activation`` of its own."""
    return layer.name in {
        "layers.Conv2D",
        "layers.DepthwiseConv2D",
        "layers.SeparableConv2D",
        "layers.Dense",
    }


def with_activation(layer: KerasLayer, name: str) -> KerasLayer:
    """The layer with the activation, said before its bias."""
    at = next(
        index for index, argument in enumerate(layer.arguments) if argument.name == "use_bias"
    )
    arguments = (*layer.arguments[:at], keyword("activation", name), *layer.arguments[at:])
    return replace(layer, arguments=arguments, activation=name)


RULES: dict[type[Op], KerasRule] = {
    convolution.Convolution: _conv,
    convolution.SeparableConvolution: _separable,
    linear.Linear: _linear,
    pooling.MaxPool: _max_pool,
    pooling.AvgPool: _avg_pool,
    pooling.GlobalAvgPool: lambda op, site: (_GLOBAL,),
    pooling.AdaptiveAvgPool: _adaptive,
    normalization.BatchNorm: _batch_norm,
    normalization.LocalResponseNorm: _lrn,
    **{op: _activation(name) for op, name in ACTIVATIONS.items()},
    activation.LeakyReLU: _plain("layers.LeakyReLU", ("negative_slope", "slope")),
    activation.PReLU: _prelu,
    activation.ELU: _plain("layers.ELU", ("alpha", "alpha")),
    arrangement.Dropout: _plain("layers.Dropout", ("rate", "rate")),
    arrangement.Flatten: _flatten,
    arrangement.Identity: _plain("layers.Identity"),
    arrangement.Scale: _plain("layers.Rescaling", ("scale", "by")),
    arrangement.Pad: lambda op, site: (pad_layer(op.padding, op.value),),
    arrangement.Concat: _join("layers.concatenate"),
    arrangement.Add: _join("layers.add"),
}
"""The rule of each operation."""
