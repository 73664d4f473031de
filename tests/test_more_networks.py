"""Networks of other papers, in `specs/more`, against torchvision's, layer by layer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import archc
from archc import ir
from archc.ops.activation import ReLU, ReLU6
from archc.ops.normalization import BatchNorm
from tests.layers import DATA, Layer, archc_layers

SPECS = Path(__file__).parent.parent / "specs" / "more"
DEPTHS = {"resnet50": 50, "densenet121": 121, "mobilenet_v2": 53, "squeezenet1_1": 18}
FACTS = ("eps", "k", "s", "p", "groups", "cin", "out", "params", "macs")
OPS = {"global_avgpool": "global", "residual_add": "add"}


@pytest.fixture(scope="module", params=DEPTHS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def net(name: str) -> archc.Network:
    return archc.load(SPECS / f"{name}.yaml")


@pytest.fixture(scope="module")
def reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "more" / f"{name}.json").read_text())
    return found


def reference_layers(reference: dict[str, Any]) -> Counter[Layer]:
    return Counter(map(_reference_layer, reference["layers"]))


def _reference_layer(layer: dict[str, Any]) -> Layer:
    facts = (layer[key] for key in FACTS if key in layer)
    frozen = (tuple(fact) if isinstance(fact, list) else fact for fact in facts)
    return (OPS.get(layer["op"], layer["op"]), *frozen)


def found_layers(operations: Iterable[ir.Operation]) -> Counter[Layer]:
    """The network's, norms and activations on their own as in the references."""
    listed = list(operations)
    others = (each for each in listed if not isinstance(each.op, BatchNorm))
    return archc_layers(others) + Counter(filter(None, map(_norm_or_activation, listed)))


def _norm_or_activation(operation: ir.Operation) -> Layer | None:
    op, out = operation.op, operation.output.shape
    match op:
        case BatchNorm():
            return ("batchnorm", op.eps, out, op.params(operation.input_shapes))
        case ReLU() | ReLU6():
            return (op.names[0], out)
    return None


def test_every_layer(net: archc.Network, reference: dict[str, Any]) -> None:
    found = found_layers(net.graph.operations())
    expected = reference_layers(reference)
    assert list(found - expected)[:5] == [], "layers that the reference does not have"
    assert list(expected - found)[:5] == [], "layers that archc does not have"


def test_totals(name: str, net: archc.Network, reference: dict[str, Any]) -> None:
    assert (net.params, net.macs) == (reference["params"], reference["macs"])
    assert net.depth == DEPTHS[name]


def test_printed_cells_are_right(net: archc.Network) -> None:
    cells = [cell for row in net.report().rows for cell in row.published.values()]
    assert all(cell.verdict == "exact" for cell in cells)


def test_sixty_lines(name: str) -> None:
    assert len((SPECS / f"{name}.yaml").read_text().splitlines()) <= 60


def test_ten_classes(name: str) -> None:
    net = archc.load(SPECS / f"{name}.yaml", classes=10)
    assert net.output == (10,)
