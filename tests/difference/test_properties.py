"""What holds for the difference of any two chains of rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc import ir
from archc.analysis.cost import Cost
from archc.difference import Difference, compare

ROWS = st.one_of(
    st.builds(
        "[convolution{}, {}×{}, {}]".format,
        st.sampled_from(["", " (a)", " (b)"]),
        st.sampled_from([1, 3]),
        st.sampled_from([1, 3]),
        st.integers(1, 9),
    ),
    st.sampled_from(["[max pool, 3×3/1, {padding: 1}]", "[avg pool, 1×1/1]", "[batch norm]"]),
    st.builds("[dropout ({}%)]".format, st.sampled_from([20, 40])),
)
TABLES = st.lists(ROWS, min_size=1, max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("specs")


def network(folder: Path, rows: list[str]) -> ir.Network:
    listed = "\n".join(f"  - {row}" for row in rows)
    head = "network: n\ninput: 8×8×3\ndefaults: {convolution: {padding: same}}\n"
    (folder / "n.yaml").write_text(f"{head}rows:\n{listed}\n")
    return archc.load(folder / "n.yaml").graph


def pairs(difference: Difference) -> set[tuple[str | None, str | None]]:
    return {
        (row.before.name if row.before else None, row.after.name if row.after else None)
        for row in difference.rows
    }


@settings(max_examples=60, deadline=None)
@given(before=TABLES, after=TABLES)
def test_any_two_tables(folder: Path, before: list[str], after: list[str]) -> None:
    one, other = network(folder, before), network(folder, after)
    found, back = compare(one, other), compare(other, one)
    assert found.empty == (before == after)
    assert [row.before.row for row in found.rows if row.before] == one.rows
    assert [row.after.row for row in found.rows if row.after] == other.rows
    assert pairs(found) == {(left, right) for right, left in pairs(back)}
    assert sum((row.delta for row in found.rows), Cost()) == found.delta
    assert found.delta == found.after.figures.total + negative(found.before.figures.total)


def negative(cost: Cost) -> Cost:
    return Cost(-cost.params, -cost.weights, -cost.macs)
