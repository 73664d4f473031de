"""One layer changed in an emitted module: that layer is told, at its row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, reject
from hypothesis import strategies as st
from torch import nn

import archc
from archc.runtime.trace import trace
from archc.verify import compare
from tests.profile import repeatable
from tests.strategies import specs


def emitted(net: archc.Network) -> nn.Module:
    """The emitted module without weights."""
    with torch.device("meta"):
        return net.module()


def told(net: archc.Network, module: nn.Module) -> list[str]:
    return [each.text for each in compare(net.graph, trace(module, net.input))]


def convolution(channels: int, filters: int, kernel: int) -> Callable[[nn.Module], bool]:
    """Whether a layer is a convolution of these sizes."""
    wanted = (channels, filters, (kernel, kernel))

    def found(layer: nn.Module) -> bool:
        sizes = ("in_channels", "out_channels", "kernel_size")
        return isinstance(layer, nn.Conv2d) and tuple(getattr(layer, s) for s in sizes) == wanted

    return found


def of(kind: type[nn.Module]) -> Callable[[nn.Module], bool]:
    return lambda layer: isinstance(layer, kind)


CHANGES: dict[str, tuple[Callable[[nn.Module], bool], int, nn.Module, str]] = {
    "kernel": (
        convolution(16, 32, 5),
        0,
        nn.Conv2d(16, 32, 3, padding=1),
        "inception (3a), #5×5: kernel 5×5 in the spec, 3×3 in the module (PATH)",
    ),
    "reduction": (
        convolution(528, 32, 1),
        0,
        nn.Conv2d(528, 32, 1, bias=False),
        "inception (4e), #5×5 reduce: bias in the spec, no bias in the module (PATH)",
    ),
    "pool": (
        of(nn.MaxPool2d),
        1,
        nn.MaxPool2d(2, 2),
        "max pool (2): 3×3/2 in the spec, 2×2/2 in the module (PATH)",
    ),
    "response norm": (
        of(nn.LocalResponseNorm),
        1,
        nn.LocalResponseNorm(5, k=2.0),
        "local response norm (2): k 1 in the spec, 2 in the module (PATH)",
    ),
    "activation": (
        of(nn.ReLU),
        0,
        nn.ELU(),
        "convolution (1): relu in the spec, elu in the module (PATH)",
    ),
    "no activation": (
        of(nn.ReLU),
        0,
        nn.Identity(),
        "convolution (1): relu in the spec, no activation in the module",
    ),
    "dropout": (
        of(nn.Dropout),
        0,
        nn.Dropout(0.2),
        "dropout (40%): rate 40% in the spec, 20% in the module (PATH)",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_layer_of_googlenet(change: str) -> None:
    wanted, index, other, expected = CHANGES[change]
    net = archc.load("googlenet")
    module = emitted(net)
    path = [name for name, layer in module.named_modules() if wanted(layer)][index]
    module.set_submodule(path, other)
    (found,) = told(net, module)
    assert found.startswith(expected.replace("PATH", path))


@repeatable(40)
@given(text=specs(), data=st.data())
def test_one_layer_of_a_random_network(path: Path, text: str, data: st.DataObject) -> None:
    path.write_text(text, encoding="utf-8")
    try:
        net = archc.load(path)
    except archc.SpecError:
        reject()
    module = emitted(net)
    kernels = [each for each in module.modules() if isinstance(each, nn.Conv2d | nn.Linear)]
    if not kernels:
        reject()
    layer = data.draw(st.sampled_from(kernels))
    had = layer.bias is not None
    bias = None if had else nn.Parameter(layer.weight.new_empty(layer.weight.shape[0]))
    layer.register_parameter("bias", bias)
    (found,) = told(net, module)
    words = ("bias", "no bias") if had else ("no bias", "bias")
    assert "{} in the spec, {} in the module".format(*words) in found


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"
