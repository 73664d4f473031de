"""Counting conventions against the tools themselves."""

from __future__ import annotations

import pytest
import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis, parameter_count
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc.analysis.cost import CONVENTIONS
from archc.passes import pipeline

Counted = tuple[int, int]

NETWORKS = (
    ("googlenet_torchvision", None),
    ("inception_v3", None),
    ("vgg", "D"),
    ("googlenet_separable_stem", None),
)


def torchinfo_counts(module: nn.Module, image: Tensor) -> Counted:
    found = torchinfo.summary(module, input_data=image, verbose=0)
    return found.total_params, found.total_mult_adds


def fvcore_counts(module: nn.Module, image: Tensor) -> Counted:
    flops = FlopCountAnalysis(module, image)
    flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return parameter_count(module)[""], flops.total()


def torch_counts(module: nn.Module, image: Tensor) -> Counted:
    with FlopCounterMode(display=False) as counter:
        module(image)
    return sum(each.numel() for each in module.parameters()), counter.get_total_flops()


@pytest.mark.parametrize(("name", "variant"), NETWORKS)
def test_totals_are_the_tools(name: str, variant: str | None) -> None:
    net = archc.load(name, variant=variant)
    network = pipeline.run(net.graph, pipeline.FOR_SOURCE)
    module: nn.Module = net.module().eval()
    image = torch.zeros(1, *net.input)
    with torch.no_grad():
        tools = {
            "torchinfo": torchinfo_counts(module, image),
            "fvcore": fvcore_counts(module, image),
            "torch": torch_counts(module, image),
        }
    for tool, counted in tools.items():
        convention = CONVENTIONS[tool]
        found = convention.total(network)
        assert (found.params, found.macs * convention.factor) == counted, tool


def test_the_papers_convention_is_the_networks_own() -> None:
    net = archc.load("googlenet")
    found = CONVENTIONS["paper"].total(pipeline.run(net.graph, pipeline.FOR_SOURCE))
    assert (found.params, found.weights, found.macs) == (net.params, net.weights, net.macs)
