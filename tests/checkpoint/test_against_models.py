"""Weights of other libraries' models: with them the emitted modules compute the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archc
from tests.checkpoint.models import build, disguised, load
from tests.checkpoint.test_matching import MORE

pytestmark = pytest.mark.usefixtures("one_thread")

MODELS: dict[str, tuple[str | Path, str | None, int]] = {
    "torchvision.vgg11": ("vgg", "A", 224),
    "torchvision.googlenet": ("googlenet_torchvision", None, 96),
    "torchvision.inception_v3": ("inception_v3", None, 139),
    "timm.inception_v3": ("inception_v3", None, 139),
    "timm.inception_v4": ("inception_v4", None, 139),
    "timm.inception_resnet_v2": ("inception_resnet_v2", None, 139),
    "torchvision.resnet50": (MORE / "resnet50.yaml", None, 64),
    "torchvision.densenet121": (MORE / "densenet121.yaml", None, 64),
    "torchvision.mobilenet_v2": (MORE / "mobilenet_v2.yaml", None, 64),
    "torchvision.squeezenet1_1": (MORE / "squeezenet1_1.yaml", None, 64),
}
"""The spec, its variant, and an image's side that the model takes."""


@pytest.fixture(scope="module", params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def theirs(name: str) -> nn.Module:
    return build(*name.split("."))


@pytest.fixture(scope="module")
def ours(name: str) -> tuple[archc.Network, nn.Module]:
    spec, variant, _ = MODELS[name]
    net = archc.load(spec, variant=variant)
    with torch.device("meta"):
        module = net.module()
    return net, module.to_empty(device="cpu").eval()


@pytest.mark.parametrize("form", ["as saved", "other names", "other names, order lost"])
def test_same_outputs(
    name: str, form: str, theirs: nn.Module, ours: tuple[archc.Network, nn.Module]
) -> None:
    net, module = ours
    state: dict[str, Tensor] = dict(theirs.state_dict())
    if form != "as saved":
        state = disguised(state)
    if form.endswith("lost"):
        state = dict(sorted(state.items()))
    for parameter in module.parameters():
        nn.init.constant_(parameter, float("nan"))
    load(module, net.graph, state, ordered=not form.endswith("lost"))
    image = torch.randn(1, 3, *[MODELS[name][2]] * 2, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        _assert_same(module(image), theirs(image))


def _assert_same(found: Tensor, expected: Tensor) -> None:
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5 * expected.abs().max().item())


HEADS: dict[str, tuple[str, int, list[int]]] = {
    "googlenet": ("googlenet_torchvision", 224, [0, 2, 1]),
    "inception_v3": ("inception_v3", 299, [0, 1]),
}
"""The spec, the image's side, and where torchvision has our outputs."""


@pytest.mark.parametrize("name", HEADS)
def test_auxiliary_heads(name: str) -> None:
    spec, side, order = HEADS[name]
    theirs, net = build("torchvision", name), archc.load(spec)
    module = net.module()
    load(module, net.graph, disguised(theirs.state_dict()), ordered=True)
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found, expected = _training(module)(image), _training(theirs)(image)
    for at, output in enumerate(found):
        _assert_same(output, expected[order[at]])


def _training(module: nn.Module) -> Any:
    """In training mode, so that heads run, but with nothing random and statistics fixed."""
    module.train()
    for part in module.modules():
        if isinstance(part, nn.Dropout | nn.BatchNorm2d):
            part.eval()
    return module
