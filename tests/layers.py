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
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool, Pool
from archc.passes.split_separable import SplitSeparable

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
    """The same of a list of operations."""
    return Counter(filter(None, map(_archc_layer, operations)))


def _archc_layer(operation: ir.Operation) -> Layer | None:
    op, out = operation.op, operation.output.shape
    shapes = operation.input_shapes
    costs = (out, op.params(shapes), op.macs(shapes, out))
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
    expected = _without_same_at_stride_1(reference_layers(name, heads=False))
    found = archc_layers(network.operations())
    assert found - expected == Counter(), "layers that the reference does not have"
    assert expected - found == Counter(), "layers that archc does not have"
    if not network.heads:
        return
    found = archc_layers(one for head in network.heads for one in head.operations())
    assert found == _without_same_at_stride_1(reference_layers(name, heads=True))


def _without_same_at_stride_1(layers: Counter[Layer]) -> Counter[Layer]:
    converted: Counter[Layer] = Counter()
    for layer, count in layers.items():
        if len(layer) > 3 and layer[3] == "SAME" and layer[2] == (1, 1):
            height, width = layer[1]
            layer = (*layer[:3], ((height - 1) // 2, (width - 1) // 2), *layer[4:])
        converted[layer] += count
    return converted


def output_sizes(network: ir.Network) -> dict[str, Shape]:
    """The inferred output of every row, by name."""
    return {row.name: row.output.shape for row in network.rows}
