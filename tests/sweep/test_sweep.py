"""Figures over a grid of settings, and where two networks cross."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archc
from archc.diagnostics import SpecError
from archc.sweep import (
    Axis,
    Point,
    PointFigures,
    RangeError,
    Subject,
    Sweep,
    crossings,
    parse_axis,
    sweep,
)
from archc.sweep.model import verdicts
from archc.sweep.ranges import AxisValue
from archc.sweep.views import sweep_table

HERE = Path(__file__).parent
INCEPTION = Subject(str(HERE / "inception.yaml"))
CHANNELS = parse_axis("input=224×224×1:256")


@pytest.mark.parametrize(("kernel", "first"), [(3, 59), (5, 20)])
def test_inception_against_a_convolution(kernel: int, first: int) -> None:
    """The reading of GoogLeNet's paper finds about 60 and about 10; the latter is wrong."""
    plain = Subject(str(HERE / f"convolution_{kernel}.yaml"))
    found = sweep(INCEPTION, [CHANNELS], plain)
    assert len(found.points) == 256
    for index, point in enumerate(found.points):
        channels = index + 1
        inception, convolution = point.figures
        assert inception is not None
        assert convolution is not None
        assert inception.params == 124_128 + 208 * channels
        assert convolution.params == 512 + kernel**2 * 256 * channels
    (crossing,) = crossings(found, ["params"])
    assert crossing.point.values[0].number == first
    assert crossing.cheaper == 0


@pytest.mark.parametrize(
    ("spec", "key", "values"),
    [
        ("googlenet", "classes", [10, 1000]),
        ("inception_v3", "input", ["299×299×3", "331×331×3"]),
        ("vgg", "defaults.conv.padding", ["same", 1]),
    ],
)
def test_a_point_is_the_network_at_that_setting(spec: str, key: str, values: list[Any]) -> None:
    axis = parse_axis(f"{key}={','.join(map(str, values))}")
    points = sweep(Subject(spec), [axis]).points
    assert len(points) == len(values)
    for point, value in zip(points, values, strict=True):
        assert point.figures == (PointFigures.of(archc.load(spec, **{key: value})),)


def test_grid() -> None:
    axes = [parse_axis("classes=10,20"), parse_axis("input=224,256")]
    found = sweep(Subject("googlenet"), axes)
    assert [[value.shown for value in point.values] for point in found.points] == [
        ["10", "224"], ["10", "256"], ["20", "224"], ["20", "256"],
    ]  # fmt: skip
    assert [len(points) for _, points in found.series()] == [2, 2]
    last = archc.load("googlenet", classes=20, input="256×256×3")
    assert found.points[-1].figures == (PointFigures.of(last),)


def test_invalid_points_say_why() -> None:
    found = sweep(Subject("googlenet"), [parse_axis("input=192:224:32")])
    assert [point.error for point in found.points] == [
        "a window of 7×7 does not fit into 6×6",
        None,
    ]


def test_a_setting_that_is_always_wrong_is_an_error() -> None:
    with pytest.raises(SpecError, match="did you mean `classes`"):
        sweep(Subject("googlenet"), [parse_axis("clases=1:3")])


def test_too_much() -> None:
    axes = [parse_axis("classes=1:1000"), parse_axis("input=1:1000")]
    with pytest.raises(RangeError, match="1,000,000 points"):
        sweep(Subject("googlenet"), axes)
    with pytest.raises(RangeError, match="varied twice"):
        sweep(Subject("googlenet"), [axes[0], axes[0]])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_crossings_are_those_of_brute_force(costs: list[tuple[int, int]]) -> None:
    values = tuple(AxisValue(str(x), x) for x in range(len(costs)))
    points = tuple(
        Point((value,), tuple(PointFigures(cost, 0, 0, 0, (1,)) for cost in pair), (None, None))
        for value, pair in zip(values, costs, strict=True)
    )
    both = Subject("one"), Subject("other")
    found = Sweep(both, ("one", "other"), (Axis("x", "x", values),), points)
    (verdict,) = verdicts(found, ["params"])
    assert [(each.point.values[0].number, each.cheaper) for each in verdict.crossings] == [
        (x, int(right < left))
        for x, (left, right) in enumerate(costs)
        if left != right and earlier(costs, x) == int(left < right)
    ]
    assert verdict.first == next((int(b < a) for a, b in costs if a != b), None)


def earlier(costs: list[tuple[int, int]], x: int) -> int | None:
    """Which is cheaper at the last point before ``x`` where they differ."""
    return next((int(b < a) for a, b in reversed(costs[:x]) if a != b), None)


def test_a_brief_table_shows_where_a_run_of_invalid_points_begins() -> None:
    """Of many points some are left out, but neither the ends nor what is remarkable."""
    values = [AxisValue(str(number), float(number)) for number in range(100)]
    figures = PointFigures(1, 1, 1, 1, (1,))

    def point(value: AxisValue) -> Point:
        error = f"E{value.text[0]}" if value.text in ("51", "52", "53", "61", "62") else None
        return Point((value,), (None if error else figures,), (error,))

    swept = Sweep((INCEPTION,), ("n",), (Axis("x", "x", tuple(values)),), tuple(map(point, values)))
    table = sweep_table(swept, ["params"], brief=True)
    shown = [int(row.cells[0].text) for row in table.rows]
    assert shown == sorted({*range(0, 100, 5), 51, 61, 99})
    notes = {int(row.cells[0].text): row.cells[-1].text for row in table.rows}
    assert (notes[51], notes[61], notes[50]) == ("invalid: E5", "invalid: E6", "")
    assert len(sweep_table(swept, ["params"]).rows) == 100
