"""Modules that implement a spec are said to: archc's own, torchvision's and timm's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, reject
from torch import nn

import archc
from archc.library import spec_names
from archc.runtime.trace import trace
from archc.runtime.trace_import import construct
from archc.verify import compare
from tests.profile import repeatable
from tests.strategies import specs
from tests.torchvision_ops import declare

MORE = Path(__file__).parent.parent.parent / "specs" / "more"

RANDOM = repeatable(60)


def told(net: archc.Network, module: nn.Module) -> list[str]:
    return [each.text for each in compare(net.graph, trace(module, net.input))]


def emitted(net: archc.Network) -> nn.Module:
    """The emitted module without weights."""
    with torch.device("meta"):
        return net.module()


BUNDLED = [
    (name, variant)
    for name in spec_names()
    for variant in archc.load(name).graph.variants or (None,)
]


@pytest.mark.parametrize(("name", "variant"), BUNDLED)
def test_emitted_modules_agree(name: str, variant: str | None) -> None:
    net = archc.load(name, variant=variant)
    assert told(net, emitted(net)) == []


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"


@RANDOM
@given(text=specs())
def test_emitted_modules_of_random_specs_agree(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    try:
        net = archc.load(path)
    except archc.SpecError:
        reject()
    assert told(net, emitted(net)) == []


NO_HEAD = "auxiliary head aux: not in the module"
OTHERS: list[tuple[str, str | None, str, dict[str, Any], list[str]]] = [
    ("googlenet_torchvision", None, "torchvision.models:googlenet", {}, []),
    ("inception_v3", None, "torchvision.models:inception_v3", {}, []),
    ("vgg", "D", "torchvision.models:vgg16", {}, []),
    ("inception_v4", None, "timm.models.inception_v4:inception_v4", {"drop_rate": 0.2}, [NO_HEAD]),
    (
        "inception_resnet_v2",
        None,
        "timm.models.inception_resnet_v2:inception_resnet_v2",
        {"drop_rate": 0.2},
        [NO_HEAD],
    ),
    *(
        (str(MORE / f"{name}.yaml"), None, f"torchvision.models:{name}", {}, [])
        for name in ("resnet50", "densenet121", "mobilenet_v2", "squeezenet1_1")
    ),
]


@pytest.mark.parametrize(
    ("spec", "variant", "target", "arguments", "remarks"),
    OTHERS,
    ids=[target for _, _, target, _, _ in OTHERS],
)
def test_other_libraries_agree(
    spec: str, variant: str | None, target: str, arguments: dict[str, Any], remarks: list[str]
) -> None:
    declare()
    pytest.importorskip(target.partition(".")[0])
    net = archc.load(spec, variant=variant)
    found = compare(net.graph, trace(construct(target, arguments), net.input))
    assert [each.text for each in found] == remarks
    assert all(each.training for each in found)


def test_a_deeper_network_has_uses_of_a_block_more() -> None:
    declare()
    pytest.importorskip("torchvision")
    net = archc.load(MORE / "resnet50.yaml")
    assert told(net, construct("torchvision.models:resnet101", {})) == [
        "after conv4_x (6): 170 layers in the module, not in the spec (layer3.6 to layer3.22)"
    ]
