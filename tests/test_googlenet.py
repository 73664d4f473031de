"""GoogLeNet's Table 1: figures, verdicts and emitted code against independent references."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

import archc
from tests.layers import DATA, assert_same_layers, reference

ROWS = [f"inception_{label}" for label in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]


@pytest.fixture(scope="module")
def net() -> archc.Network:
    return archc.load("googlenet")


@pytest.fixture(scope="module")
def report(net: archc.Network) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(net.report().to_json())
    return found


def cells() -> list[dict[str, Any]]:
    """The params and ops cells of Table 1; the stem counted as a dense convolution."""
    text = (DATA / "tables" / "googlenet_table1_cells.json").read_text()
    return [cell for cell in json.loads(text)["cells"] if "separable" not in cell["row"]]


def test_totals(report: dict[str, Any]) -> None:
    summary = reference("googlenet_bvlc")["summary"]
    assert report["totals"] == {
        "params": 6_998_552,
        "weights": 6_990_272,
        "macs": 1_582_671_872,
        "depth": 22,
    }
    assert summary["params_noaux"] == report["totals"]["params"]
    assert summary["macs_noaux"] == report["totals"]["macs"]
    assert summary["depth"] == report["totals"]["depth"]


def test_heads(net: archc.Network, report: dict[str, Any]) -> None:
    heads = [(head["name"], head["after"], head["params"]) for head in report["heads"]]
    assert heads == [
        ("aux1", "inception_4a", 3_188_840),
        ("aux2", "inception_4d", 3_190_888),
    ]
    assert sum(head["params"] for head in report["heads"]) + net.params == 13_378_280
    assert [head["loss_weight"] for head in report["heads"]] == [0.3, 0.3]
    assert sum(head["macs"] for head in report["heads"]) == 8_372_224


def test_every_layer(net: archc.Network) -> None:
    assert_same_layers(net.graph, "googlenet_bvlc")


def test_every_row(report: dict[str, Any]) -> None:
    rows = [row for row in report["rows"] if row["weights"]]
    for row, cell in zip(rows, cells(), strict=True):
        assert row["output"] == cell["out"]
        assert row["depth"] == cell["depth"]
        assert row["weights"] == cell["weights"]
        assert row["macs"] == cell["macs"]
        assert row["published"]["params"]["printed"] == cell["printed_params"]
        assert row["published"]["ops"]["printed"] == cell["printed_ops"]


def test_table_is_the_papers(report: dict[str, Any]) -> None:
    lines = (DATA / "tables" / "googlenet_table1.tsv").read_text().splitlines()[1:]
    listed = [row for row in report["rows"] if not row.get("unlisted")]
    assert [row["row"] for row in listed] == [line.split("\t")[0] for line in lines]
    unlisted = [row["row"] for row in report["rows"] if row.get("unlisted")]
    assert unlisted == ["local response norm", "local response norm", "flatten"]


def test_verdicts(report: dict[str, Any]) -> None:
    def count(key: str) -> Counter[str]:
        found = (row["published"].get(key) for row in report["rows"])
        return Counter(cell["verdict"] for cell in found if cell)

    assert count("params") == {"exact": 2, "rounding": 3, "erratum": 7}
    assert count("ops") == {"exact": 9, "rounding": 1, "erratum": 2}
    assert count("depth") == {"exact": 19}


def test_erratum_cells(report: dict[str, Any]) -> None:
    """The cells that the reference's README names."""
    by_name = {row["name"]: row["published"] for row in report["rows"]}
    wrong = {name for name, cells in by_name.items() if _verdict(cells, "params") == "erratum"}
    labels = ("4a", "4c", "4d", "4e", "5a", "5b")
    assert wrong == {"convolution_1", *(f"inception_{label}" for label in labels)}
    assert _verdict(by_name["inception_4a"], "ops") == "rounding"
    assert _verdict(by_name["inception_5a"], "ops") == "erratum"
    assert _verdict(by_name["convolution_1"], "ops") == "erratum"


def _verdict(cells: dict[str, Any], key: str) -> str | None:
    verdict: str | None = cells.get(key, {}).get("verdict")
    return verdict


def test_settings_change_the_classifier_and_the_input() -> None:
    net = archc.load("googlenet", classes=10, input="256×256×3")
    assert net.input == (3, 256, 256)
    assert net["inception (5b)"].output == (1024, 8, 8)
    assert net.output == (10,)
    assert net["linear"].params == 4 * 1024 * 10 + 10
    assert all(row["published"] == {} for row in net.report().to_dict()["rows"])


def test_rows_by_name(net: archc.Network) -> None:
    assert net["inception_3a"].output == (256, 28, 28)
    assert net["inception (3a)"] is net["inception_3a"]
    with pytest.raises(KeyError, match="no row and no head `inception_3A_`: did you mean"):
        net["inception_3A_"]
    with pytest.raises(KeyError, match="4 rows are `max pool`: choose max_pool_1 or max_pool_2"):
        net["max pool"]


def test_a_network_is_its_rows(net: archc.Network) -> None:
    assert tuple(net) == net.rows
    assert len(net) == len(net.rows) == 22
    parts = ("inception_3a", "inception (3a)", "aux1", net["aux1"], net.rows[0])
    assert all(part in net for part in parts)
    assert "inception" not in net
    assert 0 not in net


def test_what_is_shown_of_objects(net: archc.Network) -> None:
    shown = "<NetworkRow inception_3a: inception, 28×28×256, 163,696 params, 128M multiply-adds>"
    assert repr(net["inception_3a"]) == shown
    shown = "<NetworkHead aux1: after inception_4a, 1000, 3,188,840 params, 4.17M multiply-adds>"
    assert repr(net["aux1"]) == shown
    assert repr(net.graph) == "<Network GoogLeNet: 22 rows, 224×224×3 to 1000>"
    row = net.graph.rows[3]
    assert repr(row) == "<Row convolution_2: convolution, 56×56×192>"
    assert repr(row.output) == "<Value 56×56×192>"
    assert repr(row.nodes[0]) == "<Block convolution_2: module, 56×56×192>"
    assert repr(next(row.operations())) == "<Operation conv: convolution, 56×56×64>"
    assert repr(net.graph.heads[0]) == "<Head aux1: after inception_4a, 1000>"
    assert repr(net.report()) == "<Report GoogLeNet: 22 rows, = 11, ≈ 4, ✗ 9>"
    assert len(repr(net.rows)) < 100 * len(net)


def test_heads_by_name(net: archc.Network) -> None:
    head = net["aux1"]
    assert head is net.heads[0]
    assert (head.name, head.output, head.depth) == ("aux1", (1000,), 3)
    assert (head.params, head.weights, head.macs) == (3_188_840, 3_186_688, 4_169_728)
    with pytest.raises(TypeError, match="not by int: `rows` has them in order"):
        net[0]  # type: ignore[index]
    with pytest.raises(KeyError, match="did you mean `aux2`"):
        net["aux22"]
