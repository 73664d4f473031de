"""Checkpoints of torchvision and timm fit: keys, their order, and every bit of the output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archc
from tests.torchvision_ops import declare

declare()
import timm  # noqa: E402
import torchvision  # noqa: E402

KEYS = Path(__file__).parent / "data" / "state_dicts"


def randomised(module: nn.Module) -> nn.Module:
    """The module with statistics and shifts that matter, its dropout off."""
    torch.manual_seed(0)
    for each in module.modules():
        if isinstance(each, nn.BatchNorm2d):
            nn.init.normal_(each.running_mean, std=0.1)  # type: ignore[arg-type]
            nn.init.uniform_(each.running_var, 0.5, 1.5)  # type: ignore[arg-type]
            nn.init.normal_(each.bias, std=0.1)
        if isinstance(each, nn.Dropout):
            each.p = 0.0
    return module


def without_dropout(module: nn.Module) -> nn.Module:
    for each in module.modules():
        if isinstance(each, nn.Dropout):
            each.p = 0.0
    return module


def torchvision_googlenet() -> nn.Module:
    model: nn.Module = torchvision.models.googlenet(weights=None, init_weights=False)
    return model


def torchvision_inception_v3() -> nn.Module:
    model: nn.Module = torchvision.models.inception_v3(weights=None, init_weights=False)
    return model


def timm_inception_v4() -> nn.Module:
    model: nn.Module = timm.create_model("inception_v4")
    return model


@pytest.mark.parametrize(
    ("spec", "reference"),
    [
        ("googlenet_torchvision", "torchvision_googlenet"),
        ("inception_v3", "torchvision_inception_v3"),
        ("inception_v4", "timm_inception_v4"),
    ],
)
def test_keys_in_order(spec: str, reference: str) -> None:
    """The lists were read from the real models; timm's Inception-v4 has no auxiliary head."""
    theirs = json.loads((KEYS / f"{reference}.json").read_text())
    settings: dict[str, Any] = {"heads": None} if spec == "inception_v4" else {}
    ours = archc.load(spec, **settings).module().state_dict()
    assert [[name, list(value.shape)] for name, value in ours.items()] == theirs


@pytest.mark.parametrize(
    ("spec", "model", "size"),
    [
        ("googlenet_torchvision", torchvision_googlenet, 224),
        ("inception_v3", torchvision_inception_v3, 299),
    ],
)
def test_bits_of_torchvision(spec: str, model: Any, size: int) -> None:
    theirs = randomised(model())
    ours = without_dropout(archc.load(spec).module())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(2, 3, size, size)
    with torch.no_grad():
        assert torch.equal(ours.eval()(image), theirs.eval()(image))
        found, expected = ours.train()(image), theirs.train()(image)
    assert_same(found, expected)


def assert_same(found: Any, expected: Any) -> None:
    """Logits and the heads' logits, whatever each side calls them."""
    heads = [each for each in expected[1:] if isinstance(each, Tensor)]
    if len(heads) == 2:  # torchvision's GoogLeNet returns its second head first
        heads.reverse()
    for one, two in zip(found, [expected[0], *heads], strict=True):
        assert torch.equal(one, two)


def test_bits_of_timm() -> None:
    theirs = randomised(timm_inception_v4()).eval()
    ours = archc.load("inception_v4", heads=None).module().eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(1, 3, 299, 299)
    with torch.no_grad():
        assert torch.equal(ours(image), theirs(image))


def test_only_the_head_is_missing_in_timm() -> None:
    ours = archc.load("inception_v4").module()
    found = ours.load_state_dict(timm_inception_v4().state_dict(), strict=False)
    assert not found.unexpected_keys
    assert {key.partition(".")[0] for key in found.missing_keys} == {"aux"}
