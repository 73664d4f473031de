"""Boxes coloured by cost: shares of the whole, and what is in the legend."""

from __future__ import annotations

from pathlib import Path

import pytest

import archc
from archc.quantities import aligned, percent, short
from archc.show.diagram import draw, draw_part, find_part
from archc.show.diagram.draw import LEVELS, MEASURES, DrawingLevel, Measure, shaded
from archc.show.diagram.drawing import Box, boxes
from archc.show.report.columns import ReportMeasures
from tests.show.diagram.networks import graph, named
from tests.show.diagram.test_structure import box_of


@pytest.mark.parametrize("by", MEASURES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "name",
    ["googlenet_separable_stem", "densenet121", "inception_v2", "inception_v2_slim", "resnet50"],
)
def test_shares_add_up(name: str, level: DrawingLevel, by: Measure) -> None:
    network = named(name)
    drawing = draw(network.graph, level, by)
    main = [box for box in boxes(drawing.parts) if box.operations and not box.aside]
    shares = [_percent(box) for box in main]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares))
    wholes = {
        "params": network.params,
        "macs": network.macs,
        "memory": ReportMeasures(network.report()).all_activations,
    }
    assert drawing.key is not None
    assert f", {short(wholes[by])} in all" in drawing.key.title
    assert max(box.shade or 0 for box in main) == 1


def _percent(box: Box) -> float:
    found = box.lines[-1].partition("(")[2]
    is_share = box.shade and found.endswith("%)") and not found.startswith("<")
    return float(found.removesuffix("%)")) if is_share else 0.0


def test_a_separable_convolution_has_two_tensors() -> None:
    network = graph("googlenet_separable_stem")
    row = box_of(draw(network, "rows", "memory"), "row-convolution_1")
    assert row.lines[-1].startswith("1.1M (")
    inside = [
        box for box in boxes(draw(network, "ops", "memory").parts)
        if box.name.startswith("row-convolution_1/")
    ]  # fmt: skip
    assert [box.lines[-1] for box in inside] == ["301K (4.3%)", "803K (11.5%)", "ReLU"]


def test_a_figure_of_one_use_says_of_which_its_sum_is() -> None:
    network = graph("resnet50")
    figure = draw_part(network, find_part(network, "conv3_x, 2 of 4"), by="macs")
    assert figure.key is not None
    assert figure.key.title == "multiply-adds, 218M in use 2 of 4"


def test_heads_are_no_part_of_the_whole() -> None:
    drawing = draw(graph("googlenet"), "rows", "params")
    assert box_of(drawing, "head-aux1").lines[-1] == "3.19M"
    assert box_of(drawing, "row-linear").lines[-1] == "1.02M (14.6%)"


def test_a_share_of_nearly_nothing() -> None:
    drawing = draw(graph("densenet121"), "rows", "macs")
    assert box_of(drawing, "row-fully_connected").lines[-1] == "1.02M (<0.1%)"


def test_what_costs_nothing_is_shaded_with_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text("network: P\ninput: 8×8×3\nrows:\n  - {type: max pool, patch: 2×2/2}\n")
    drawing = draw(archc.load(path).graph, "rows", "params")
    assert [box.shade for box in boxes(drawing.parts)] == [None, 0.0, None]


def test_a_legend_of_nothing_is_one_box(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text("network: P\ninput: 8×8×3\nrows:\n  - {type: max pool, patch: 2×2/2}\n")
    key = draw(archc.load(path).graph, "rows", "params").key
    assert key is not None
    assert [box.lines for box in key.boxes] == [("0",)]


def test_only_a_head_costs_something(tmp_path: Path) -> None:
    path = tmp_path / "head.yaml"
    path.write_text(
        "network: P\ninput: 8×8×3\nrows:\n  - {type: max pool, patch: 2×2/2}\n"
        "modules: {h: {rows: [flatten, [linear, ~, 5]]}}\n"
        "heads: {side: {after: max pool, module: h}}\n"
    )
    drawing = draw(archc.load(path).graph, "rows", "params")
    assert box_of(drawing, "head-side").shade == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1000, "1K"), (999_499, "999K"), (999_500, "1M"), (1.58e9, "1.58G")],
)
def test_short(number: float, shown: str) -> None:
    assert short(int(number)) == shown


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (16, "M", "16"),
        (999, "M", "999"),
        (9_188, "M", "9.19K"),
        (112_000, "M", "0.11M"),
        (138_357_544, "M", "138.36M"),
        (99_000_000, "G", "99.00M"),
        (300_774_272, "G", "0.30G"),
        (2 * 10**15, "G", "2,000,000.00G"),
    ],
)
def test_counts_in_a_column(number: int, unit: str, shown: str) -> None:
    assert aligned(number, unit) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0.0%"), (1e-9, "<0.1%"), (0.000499, "<0.1%"), (0.0005, "0.1%"), (1, "100.0%")],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_nothing_is_shaded_twice() -> None:
    drawing = draw(graph("googlenet"))
    assert all(box.shade is None for box in boxes(drawing.parts))
    assert shaded(drawing, graph("googlenet"), "macs") == draw(graph("googlenet"), by="macs")
