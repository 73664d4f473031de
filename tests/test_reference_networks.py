"""Every bundled network against figures that archc did not compute, layer by layer."""

from __future__ import annotations

import json

import pytest

import archc
from archc import library
from tests.layers import assert_same_layers, reference

REFERENCES: dict[tuple[str, str | None], str] = {
    ("googlenet", None): "googlenet_bvlc",
    ("googlenet_separable_stem", None): "googlenet_bvlc_sepconv",
    ("googlenet_bn", None): "googlenet_blog000",
    ("googlenet_torchvision", None): "googlenet_torchvision",
    ("googlenet_ucm", None): "googlenet_keras_ucm",
    ("bn_inception", None): "bn_inception_cadene",
    ("inception_v2_slim", None): "slim_inception_v2",
    ("inception_v2", None): "inception_v2_rethinking_table1",
    ("inception_v3", None): "inception_v3",
    ("inception_v3_151", None): "inception_v3_151",
    ("inception_v3_79", None): "inception_v3_79",
    ("inception_v4", None): "inception_v4",
    ("inception_resnet_v1", None): "inception_resnet_v1_paper",
    ("inception_resnet_v2", None): "inception_resnet_v2_slim",
    **{("vgg", name): f"vgg_{name}" for name in ("A", "A-LRN", "B", "C", "D", "E")},
}


@pytest.fixture(params=REFERENCES.items(), ids=lambda item: item[1])
def case(request: pytest.FixtureRequest) -> tuple[archc.Network, str]:
    (spec, variant), name = request.param
    return archc.load(spec, variant=variant), name


def test_every_layer(case: tuple[archc.Network, str]) -> None:
    net, name = case
    assert_same_layers(net.graph, name)


def test_totals(case: tuple[archc.Network, str]) -> None:
    net, name = case
    summary = reference(name)["summary"]
    report = json.loads(net.report().to_json())
    assert report["totals"] == {
        "params": summary["params_noaux"],
        "weights": summary["weights_only_noaux"],
        "macs": summary["macs_noaux"],
        "depth": summary["depth"],
    }
    assert sum(head["params"] for head in report["heads"]) == summary["params_aux"]
    assert sum(head["macs"] for head in report["heads"]) == summary["macs_aux"]


def test_naive_googlenet() -> None:
    """No reference has Figure 2(a) throughout: the two totals are all there is."""
    net = archc.load("googlenet_naive")
    assert (net.params, net.macs) == (97_526_008, 12_568_061_056)


def test_ten_classes() -> None:
    assert archc.load("googlenet_bn", classes=10).params == 5_994_074


def test_ucm_statistics_are_buffers() -> None:
    """Keras prints 8,222,063 params in total, of which 512 are running statistics."""
    net = archc.load("googlenet_ucm")
    heads = sum(each.cost.params for each in net.figures.heads)
    statistics = sum(
        2 * operation.output.channels
        for operation in net.graph.operations(heads=True)
        if operation.op.names[0] == "batch norm"
    )
    assert net.params + heads == 8_221_551
    assert net.params + heads + statistics == 8_222_063


TABLE_ROWS = {"googlenet": 19, "vgg": 14, "inception_v2": 13, "bn_inception": 15}
"""Rows of the paper's table without its header; of VGG's, the lines between the pools."""


@pytest.mark.parametrize("name", TABLE_ROWS)
def test_specs_are_no_longer_than_their_tables(name: str) -> None:
    text = spec_text(name)
    header, _, rows = text.partition("\nrows:\n")
    table = [line for line in rows.splitlines() if line.startswith("  - ")]
    assert len(table) <= 1.5 * TABLE_ROWS[name]
    assert len(header.splitlines()) <= 15


@pytest.mark.parametrize(
    "name", ["googlenet_separable_stem", "inception_v3_151", "inception_v3_79"]
)
def test_variants_say_only_what_differs(name: str) -> None:
    assert len(spec_text(name).splitlines()) < 15


def spec_text(name: str) -> str:
    path = library.spec_path(name)
    assert path is not None
    return path.read_text()
