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
from archc.plan.symbol import text
from archc.targets.keras import initializers
from archc.targets.keras.code import Layer, Slot
from archc.targets.keras.windows import (
    Surroundings,
    is_same,
    look_around,
    pad_layer,
    pair,
    subsampled,
)

__all__ = ["ACTIVATIONS", "RULES", "Site", "takes_activation", "with_activation"]


@dataclass(frozen=True, slots=True)
class Site:
    """What a rule knows about the place of an operation.

    ``computed`` are the attributes that come from columns, and may differ in another use;
    ``never_negative`` says that the input is zero at least.
    """

    inputs: tuple[Shape, ...]
    computed: frozenset[str] = frozenset()
    never_negative: bool = False


Rule = Callable[[Any, Site], tuple[Layer, ...]]
"""The layers that an operation is, applied one after the other."""

Slots = tuple[Slot, ...]


# Convolutions and linear layers


def _conv(op: convolution.Convolution, site: Site) -> tuple[Layer, ...]:
    channels = site.inputs[0][0]
    # TensorFlow's depthwise convolution has one stride for both directions.
    if 1 < op.groups == channels and op.stride[0] == op.stride[1]:
        multiplier = _multiple(op.filters, op.groups)
        rest = (
            Slot("depth_multiplier", multiplier, 1),
            *_bias(op),
            *_depthwise(op.weight_init, channels, multiplier),
        )
        return _convolved("layers.DepthwiseConv2D", op, site, (), rest)
    filters = (Slot("filters", op.filters, place="first"),)
    rest = (Slot("groups", op.groups, 1), *_bias(op), *_drawn("kernel", op.weight_init))
    return _convolved("layers.Conv2D", op, site, filters, rest)


def _separable(op: convolution.SeparableConvolution, site: Site) -> tuple[Layer, ...]:
    filters = (Slot("filters", op.filters, place="first"),)
    rest = (
        Slot("depth_multiplier", op.multiplier, 1),
        *_bias(op),
        *_depthwise(op.weight_init, site.inputs[0][0], op.multiplier),
        *_drawn("pointwise", op.weight_init),
    )
    return _convolved("layers.SeparableConv2D", op, site, filters, rest)


def _convolved(
    name: str,
    op: convolution.Convolution | convolution.SeparableConvolution,
    site: Site,
    filters: Slots,
    rest: Slots,
) -> tuple[Layer, ...]:
    """The layer with its window, what pads before it and what strides after it."""
    size = _size(site)
    around = look_around(op, size, op.spatial(*size))
    dilated = max(op.stride) > 1 and max(op.dilation) > 1
    same = is_same(op, site.inputs[0], site.computed) and not dilated
    slots = (
        *filters,
        Slot("kernel_size", pair(op.kernel), place="first"),
        Slot("strides", 1 if dilated else pair(op.stride), 1, place="either"),
        Slot("padding", "same" if same else "valid", "valid", place="either"),
        Slot("dilation_rate", pair(op.dilation), 1),
        *rest,
    )
    padded = any(around.pads) and not same
    return (
        *((pad_layer(around.pads, suffix="pad"),) if padded else ()),
        Layer(name, slots),
        *((subsampled(op.stride),) if dilated else ()),
    )


def _multiple(filters: int, groups: int) -> int:
    """How often ``groups`` is in ``filters``, both perhaps symbolic."""
    times, written = int(filters) // int(groups), text(groups)
    if text(filters) in {written, f"{times} * {written}", f"{times} * ({written})"}:
        return times
    return filters // groups


def _bias(op: convolution.Convolution | convolution.SeparableConvolution | linear.Linear) -> Slots:
    """Whether there is a bias, and how it starts where that is not zero."""
    use = Slot("use_bias", op.bias, True)
    if not (op.bias and op.bias_init):
        return (use,)
    return use, Slot("bias_initializer", initializers.constant(op.bias_init))


def _drawn(kernel: str, initial: Initializer | None) -> Slots:
    """How a kernel starts where the spec says."""
    return () if initial is None else (Slot(f"{kernel}_initializer", initializers.drawn(initial)),)


def _depthwise(initial: Initializer | None, channels: int, multiplier: int) -> Slots:
    if initial is None:
        return ()
    code = initializers.drawn_depthwise(initial, int(channels), int(multiplier))
    return (Slot("depthwise_initializer", code),)


def _linear(op: linear.Linear, site: Site) -> tuple[Layer, ...]:
    slots = (
        Slot("units", op.filters, place="first"),
        *_bias(op),
        *_drawn("kernel", op.weight_init),
    )
    return (Layer("layers.Dense", slots),)


# Pools


def _max_pool(op: pooling.MaxPool, site: Site) -> tuple[Layer, ...]:
    size = _size(site)
    around = look_around(op, size, op.spatial(*size, op.ceil))
    # No padding may win: zeros are enough where nothing is less.
    edge = pad_layer(around.pads, 0.0 if site.never_negative else -math.inf, "pad")
    if op.dilation != (1, 1):
        dilated = Layer(
            "DilatedMaxPooling2D",
            (
                Slot("pool_size", op.kernel, place="first"),
                Slot("strides", op.stride),
                Slot("dilation_rate", op.dilation),
            ),
        )
        return (dilated,) if around.inside else (edge, dilated)
    if _says_same(op, around):
        return (_pool("layers.MaxPooling2D", op, "same"),)
    pool = _pool("layers.MaxPooling2D", op)
    return (pool,) if around.inside else (edge, pool)


def _avg_pool(op: pooling.AvgPool, site: Site) -> tuple[Layer, ...]:
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


def _mean_of_cells(op: pooling.AvgPool, around: Surroundings) -> Layer:
    """A mean over what is there; with uneven SAME, Keras' backends disagree about that."""
    if _says_same(op, around) and around.even:
        return _pool("layers.AveragePooling2D", op, "same")
    if around.inside:
        return _pool("layers.AveragePooling2D", op)
    top, bottom, left, right = around.pads
    slots = (
        Slot("pool_size", op.kernel, place="first"),
        Slot("strides", op.stride),
        Slot("padding", ((top, bottom), (left, right))),
    )
    return Layer("CellAveragePooling2D", slots)


def _says_same(op: pooling.Pool, around: Surroundings) -> bool:
    """Whether to write ``same``: it is in the spec, or says what ceil mode or the cells do."""
    return op.padding == "same" or (around.as_same and (op.ceil or not around.inside))


def _pool(name: str, op: pooling.Pool, padding: str = "valid") -> Layer:
    slots = (
        Slot("pool_size", pair(op.kernel), place="first"),
        Slot("strides", pair(op.stride), place="first"),
        Slot("padding", padding, "valid"),
    )
    return Layer(name, slots)


def _size(site: Site) -> tuple[int, int]:
    _, height, width = site.inputs[0]
    return height, width


_GLOBAL = Layer("layers.GlobalAveragePooling2D", (Slot("keepdims", True),))


def _adaptive(op: pooling.AdaptiveAvgPool, site: Site) -> tuple[Layer, ...]:
    _, height, width = site.inputs[0]
    rows, columns = op.output
    if op.output == (1, 1):
        return (_GLOBAL,)
    if height % rows or width % columns:
        size = Slot("output_size", op.output, place="first")
        return (Layer("AdaptiveMeanPooling2D", (size,)),)
    window = pair((height // rows, width // columns))
    slots = (Slot("pool_size", window, place="first"), Slot("strides", window, place="first"))
    return (Layer("layers.AveragePooling2D", slots),)


# Normalisation, activations, arrangement


def _batch_norm(op: normalization.BatchNorm, site: Site) -> tuple[Layer, ...]:
    slots = (
        # Keras' momentum is the weight of the past, the operation's that of the new batch.
        Slot("momentum", round(1 - op.momentum, 12), 0.99),
        Slot("epsilon", op.eps, 0.001),
        Slot("center", op.shift, True),
        Slot("scale", op.scale, True),
    )
    return (Layer("layers.BatchNormalization", slots),)


def _lrn(op: normalization.LocalResponseNorm, site: Site) -> tuple[Layer, ...]:
    slots = (
        Slot("size", op.size, place="first"),
        Slot("alpha", op.alpha, 1e-4),
        Slot("beta", op.beta, 0.75),
        Slot("k", op.k, 1.0),
    )
    return (Layer("LocalResponseNormalization", slots),)


def _prelu(op: activation.PReLU, site: Site) -> tuple[Layer, ...]:
    spatial = [1, 2] if len(site.inputs[0]) == 3 else []
    shared = spatial if op.per_channel else [*spatial, len(spatial) + 1]
    slots = (Slot("shared_axes", shared),) if shared else ()
    return (Layer("layers.PReLU", slots),)


def _flatten(op: arrangement.Flatten, site: Site) -> tuple[Layer, ...]:
    shape = site.inputs[0]
    if math.prod(shape[1:]) == 1:
        return (Layer("layers.Flatten"),)
    remark = "Channel by channel, so that the next kernel has its rows in the usual order."
    order = Slot("dims", (3, 1, 2), place="first")
    first = Layer("layers.Permute", (order,), "channels_first", remark=remark)
    return first, Layer("layers.Flatten")


def _plain(name: str, *slots: tuple[str, str]) -> Rule:
    """A layer whose arguments are attributes: (argument, attribute), the first by position."""

    def rule(op: Op, site: Site) -> tuple[Layer, ...]:
        found = (
            Slot(argument, getattr(op, attribute), place="first" if at == 0 else "keyword")
            for at, (argument, attribute) in enumerate(slots)
        )
        return (Layer(name, tuple(found)),)

    return rule


def _join(name: str) -> Rule:
    return lambda op, site: (Layer(name, join=True),)


def _activation(name: str) -> Rule:
    slots = (Slot("activation", name, place="first"),)
    layer = Layer("layers.Activation", slots, activation=name)
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


def takes_activation(layer: Layer) -> bool:
    """Whether the layer has an ``activation`` of its own."""
    return layer.name in {
        "layers.Conv2D",
        "layers.DepthwiseConv2D",
        "layers.SeparableConv2D",
        "layers.Dense",
    }


def with_activation(layer: Layer, name: str) -> Layer:
    """The layer with the activation, said before its bias."""
    at = next(index for index, slot in enumerate(layer.slots) if slot.name == "use_bias")
    slots = (*layer.slots[:at], Slot("activation", name), *layer.slots[at:])
    return replace(layer, slots=slots, activation=name)


RULES: dict[type[Op], Rule] = {
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
