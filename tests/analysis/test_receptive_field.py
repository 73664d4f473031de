"""Receptive fields against the gradients of emitted modules."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

import archc
from archc.analysis.receptive_field import ReceptiveField, receptive_fields
from archc.ir import Network, Value
from archc.passes import pipeline
from archc.plan.network import plan_of

pytestmark = pytest.mark.usefixtures("one_thread")


def lowered(net: archc.Network) -> Network:
    return pipeline.run(net.graph, pipeline.FOR_SOURCE)


def probe(net: archc.Network) -> nn.Module:
    """The emitted module with layers of one filter, all of whose gradients are positive.

    Its forward and all windows stay: convolutions have weights of 1 (scaled, so that float64
    holds the products), max pools become means, norms nothing.
    """
    with torch.device("meta"):  # nobody needs the numbers of a linear layer on a large map
        module: nn.Module = net.module().eval()
    for name, layer in list(module.named_modules()):
        new = _stand_in(layer)
        if new is not None:
            path, _, last = name.rpartition(".")
            setattr(module.get_submodule(path), last, new)
    module.double()
    module(torch.ones(1, *net.input, dtype=torch.float64))
    for parameter in module.parameters():
        if not is_lazy(parameter):  # a head's, which does not run
            nn.init.constant_(parameter, 1 / parameter[0].numel())
    return module


def _stand_in(layer: nn.Module) -> nn.Module | None:
    match layer:
        case nn.Conv2d():
            new = nn.LazyConv2d(1, 1, bias=False)
            for name in ("kernel_size", "stride", "padding", "dilation"):
                setattr(new, name, getattr(layer, name))
            return new
        case nn.Linear():
            return nn.LazyLinear(1, bias=False)
        case nn.MaxPool2d():
            return nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode)
        case nn.BatchNorm2d() | nn.LocalResponseNorm():
            return nn.Identity()
    return None


def gradients(net: archc.Network, network: Network) -> dict[str, tuple[Tensor, Tensor]]:
    """Of each row's output: its middle row and column's gradients along the input's axes."""
    module = probe(net)
    found: dict[str, Tensor] = {}
    paths = plan_of(network).paths
    rows = [row for row in network.rows if any(row.operations())]
    for row in rows:
        name = row.attribute or row.name
        path = name if hasattr(module, name) else paths[list(row.operations())[-1]]
        layer = module.get_submodule(path)
        layer.register_forward_hook(lambda _, __, out, name=row.name: found.update({name: out}))
    image = torch.ones(1, *net.input, dtype=torch.float64, requires_grad=True)
    module(image)
    results = {}
    for row in rows:
        out = found[row.name]
        cell = out[0, :, out.shape[2] // 2, out.shape[3] // 2] if out.ndim == 4 else out
        (gradient,) = torch.autograd.grad(cell.sum(), image, retain_graph=True)
        results[row.name] = gradient[0, 0].sum(1), gradient[0, 0].sum(0)
    return results


def extent(gradient: Tensor) -> tuple[int, int]:
    cells = gradient.nonzero().flatten()
    return int(cells[0]), int(cells[-1])


def middle(value: Value) -> tuple[int, int]:
    return (value.shape[1] // 2, value.shape[2] // 2) if len(value.shape) == 3 else (0, 0)


def compare(net: archc.Network) -> Mapping[str, ReceptiveField]:
    """Assert that every row's middle cell sees what the gradients say."""
    network = lowered(net)
    fields = receptive_fields(network)
    shown = gradients(net, network)
    height, width = net.input[1:]
    for row in network.rows:
        if row.name not in shown:  # a softmax at the end, which the module leaves to the loss
            continue
        field, (tall, wide) = fields[row.output], middle(row.output)
        along_height, along_width = shown[row.name]
        seen = field.height.seen(tall, height), field.width.seen(wide, width)
        assert seen == (extent(along_height), extent(along_width)), row.name
    return {row.name: fields[row.output] for row in network.rows}


def test_googlenet_as_printed_and_unclipped() -> None:
    net = archc.load("googlenet", input="1024×960×1")
    fields = compare(net)
    last = fields["inception_5b"]
    assert (last.height.size, last.height.jump) == (Fraction(715), Fraction(32))
    first, end = last.height.seen(net["inception_5b"].output[1] // 2, 1024)
    assert end - first + 1 == 715, "the input clips the field: it proves too little"
    compare(archc.load("googlenet"))


def test_vgg_as_printed_and_unclipped() -> None:
    net = archc.load("vgg", variant="D", input="448×480×1")
    fields = compare(net)
    assert (fields["maxpool_5"].height.size, fields["maxpool_5"].height.jump) == (
        Fraction(212),
        Fraction(32),
    )
    compare(archc.load("vgg", variant="D"))


@pytest.mark.parametrize("name", ["inception_v3", "resnet50", "inception_resnet_v2"])
def test_other_networks(name: str) -> None:
    compare(archc.load(name))


def test_uneven_padding_and_adaptive_windows(tmp_path: Path) -> None:
    """Branches padded on other sides, a dilated window, and a grid that does not divide."""
    spec = tmp_path / "uneven.yaml"
    spec.write_text(
        "network: Uneven\n"
        "input: 40×44×3\n"
        "modules:\n"
        "  lopsided:\n"
        "    branches:\n"
        "      before: [{type: convolution, kernel: 3, filters: 4, padding: [2, 0, 2, 0]}]\n"
        "      behind: [{type: convolution, kernel: 3, filters: 4, padding: [0, 2, 0, 2]}]\n"
        "rows:\n"
        "  - {type: convolution, kernel: 3, filters: 4, dilation: 2, stride: 2, padding: 2}\n"
        "  - {type: lopsided}\n"
        "  - {type: adaptive avg pool, output: 3×5}\n"
    )
    fields = compare(archc.load(spec))
    assert fields["lopsided"].height.size > 9, "the branches see the same"
