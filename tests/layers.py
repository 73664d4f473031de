"""archc's layers beside those of the reference networks, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from archc import ir
from archc.ops import Shape
from archc.ops.arrangement import Add
from archc.ops.convolution import Convolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool, Pool
from archc.passes.lowering import SplitSeparable

DATA = Path(__file__).parent / "data"

Layer = tuple[Any, ...]


@cache
def reference(name: str) -> dict[str, Any]:
    """A reference network, computed independently of archc."""
    text = (DATA / "networks" / f"{name}.yaml").read_text()
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def reference_layers(name: str, heads: bool) -> Counter[Layer]:
    """Every convolution, linear layer, pool and residual sum of a reference network."""
    layers = (
        layer
        for layer in reference(name)["layers"]
        if layer["n"].lower().startswith("aux") == heads
    )
    return Counter(filter(None, map(_reference_layer, layers)))


def _reference_layer(layer: dict[str, Any]) -> Layer | None:
    kind, out = layer["op"], tuple(layer["out"])
    match kind:
        case "conv":
            groups = layer.get("groups", 1)
            return (
                "conv",
                *_reference_window(layer),
                groups,
                layer["cin"],
                out,
                layer["params"],
                layer["macs"],
            )
        case "linear":
            return ("linear", layer["cin"], out, layer["params"], layer["macs"])
        case "maxpool" | "avgpool":
            return (kind, *_reference_window(layer), out)
        case "global_avgpool":
            return ("global", out)
        case "adaptive_avgpool":
            return ("adaptive", out)
        case "residual_add":
            return ("add", out)
    return None


def _reference_window(layer: dict[str, Any]) -> Layer:
    padding = layer["p"]
    cells = tuple(padding) if isinstance(padding, list) else padding
    return (tuple(layer["k"]), tuple(layer["s"]), cells)


def archc_layers(operations: Iterable[ir.Operation]) -> Counter[Layer]:
    """The same of a list of operations; a convolution's params include its norm's, as there."""
    listed = list(operations)
    norms = {each.inputs[0]: each for each in listed if isinstance(each.op, BatchNorm)}
    return Counter(filter(None, (_archc_layer(each, norms) for each in listed)))


def _archc_layer(operation: ir.Operation, norms: dict[ir.Value, ir.Operation]) -> Layer | None:
    op, out = operation.op, operation.output.shape
    shapes = operation.input_shapes
    norm = norms.get(operation.output)
    normed = norm.op.params(norm.input_shapes) if norm is not None else 0
    costs = (out, op.params(shapes) + normed, op.macs(shapes, out))
    match op:
        case Convolution():
            return ("conv", *_window(op, shapes[0]), op.groups, shapes[0][0], *costs)
        case Linear():
            return ("linear", shapes[0][0], *costs)
        case MaxPool() | AvgPool():
            kind = "maxpool" if isinstance(op, MaxPool) else "avgpool"
            return (kind, *_window(op, shapes[0]), out)
        case GlobalAvgPool():
            return ("global", out)
        case AdaptiveAvgPool():
            return ("adaptive", out)
        case Add():
            return ("add", out)
    return None


def _window(op: Convolution | Pool, shape: Shape) -> Layer:
    padding: Any = "SAME"
    if op.padding != "same" or op.stride == (1, 1):
        top, _, left, _ = op.pads(*shape[1:])
        padding = (top, left)
    return (op.kernel, op.stride, padding)


def assert_same_layers(network: ir.Network, name: str) -> None:
    """Every layer of ``network`` is in the reference network of that name, and no other.

    Separable convolutions are compared as the two that they are. A reference's SAME padding
    with stride 1 is compared in cells.
    """
    network = SplitSeparable()(network)
    _assert_same(archc_layers(network.operations()), reference_layers(name, heads=False))
    if network.heads:
        found = archc_layers(one for head in network.heads for one in head.operations())
        _assert_same(found, reference_layers(name, heads=True))


def _assert_same(found: Counter[Layer], reference: Counter[Layer]) -> None:
    """Few enough in a message that pytest can show them."""
    expected = _without_same_at_stride_1(reference)
    assert list(found - expected)[:5] == [], "layers that the reference does not have"
    assert list(expected - found)[:5] == [], "layers that archc does not have"


def _without_same_at_stride_1(layers: Counter[Layer]) -> Counter[Layer]:
    converted: Counter[Layer] = Counter()
    for layer, count in layers.items():
        if len(layer) > 3 and layer[3] == "SAME" and layer[2] == (1, 1):
            height, width = layer[1]
            layer = (*layer[:3], ((height - 1) // 2, (width - 1) // 2), *layer[4:])
        converted[layer] += count
    return converted
