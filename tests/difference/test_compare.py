"""What `archc.difference.compare` finds between two networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import archc
from archc.analysis.cost import Cost
from archc.difference import Difference, compare
from archc.difference.changes import plural

Specs = Callable[..., Difference]

HEAD = """\
network: Small
input: 32×32×3
classes: 10
defaults: {convolution: {padding: same, activation: relu}}
columns: [type, patch, filters]
rows:
"""
ROWS = """\
  - [convolution, 3×3, 16]
  - [max pool, 2×2/2]
  - [convolution, 3×3, 32]
  - [global avg pool]
  - [flatten]
  - [linear, ~, 10]
"""

PAIRS = (
    ("googlenet", "googlenet_bn"),
    ("inception_v3", "inception_v4"),
    ("googlenet", "bn_inception"),
    ("resnet50", "mobilenet_v2"),
)


@pytest.fixture
def difference(tmp_path: Path) -> Specs:
    """The difference of two texts of rows; the first is `ROWS` if not given."""

    def of(after: str, before: str = ROWS) -> Difference:
        networks = []
        for name, rows in (("before", before), ("after", after)):
            text = rows if rows.startswith("network") else HEAD + rows
            (tmp_path / f"{name}.yaml").write_text(text)
            networks.append(archc.load(tmp_path / f"{name}.yaml").graph)
        return compare(networks[0], networks[1])

    return of


def told(difference: Difference) -> list[tuple[str, list[str]]]:
    """Status and changes of the rows that are not the same."""
    return [
        (row.status, [str(change) for change in row.changes])
        for row in difference.rows
        if row.status != "unchanged"
    ]


def test_same_spec(difference: Specs) -> None:
    assert difference(ROWS).empty


def test_changed_cell_and_what_follows_it(difference: Specs) -> None:
    found = difference(ROWS.replace("3×3, 16", "5×5, 24"))
    assert told(found) == [
        ("changed", ["kernel 3×3 → 5×5", "filters 16 → 24"]),
        ("follows", []),
        ("follows", []),
    ]
    convolution, pool, next_one = found.rows[:3]
    assert convolution.delta == Cost(1824 - 448, 1800 - 432, (1800 - 432) * 32 * 32)
    assert pool.delta == Cost()
    assert next_one.delta == Cost(8 * 9 * 32, 8 * 9 * 32, 8 * 9 * 32 * 16 * 16)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("[max pool, 2×2/2]", "[avg pool, 2×2/2]", "type max pool → avg pool"),
        ("3×3, 32", "3×3, 32, {norm: batch norm}", "norm none → batch norm"),
        ("3×3, 32", "3×3, 32, {activation: none}", "activation relu → none"),
        ("3×3, 32", "3×3, 32, {padding: [0, 2, 1, 1]}", "padding same → [0, 2, 1, 1]"),
        ("3×3, 32", "3×3, 32, {weight init: he normal}", "weight init default → he normal"),
        ("[convolution, 3×3, 32]", "[conv, 3×3, 32]", "name convolution → conv"),
        ("3×3, 32", "3×3, 32, {name: wide}", "name convolution_2 → wide"),
    ],
)
def test_changes_in_the_words_of_specs(old: str, new: str, change: str, difference: Specs) -> None:
    found = difference(ROWS.replace(old, new))
    assert change in [text for _, changes in told(found) for text in changes]
    assert not [row for row in found.rows if row.status in ("added", "removed")]


def test_an_insertion_does_not_shift_what_comes_after(difference: Specs) -> None:
    rows = ROWS.replace("  - [max pool", "  - [convolution, 3×3, 16]\n  - [max pool")
    found = difference(rows)
    assert [row.status for row in found.rows].count("added") == 1
    assert {row.status for row in found.rows} == {"added", "unchanged"}
    assert found.delta == Cost(16 * 9 * 16 + 16, 16 * 9 * 16, 16 * 9 * 16 * 32 * 32)


def test_of_equal_rows_that_which_costs_the_same_is_the_same() -> None:
    """VGG's stages: the first convolution of each doubles the channels, others are added."""
    found = compare(archc.load("vgg").graph, archc.load("vgg", variant="E").graph)
    statuses = [row.status for row in found.rows]
    assert (statuses.count("added"), statuses.count("unchanged")) == (8, len(statuses) - 8)


def test_unlike_rows_are_removed_and_added(difference: Specs) -> None:
    found = difference(ROWS.replace("[max pool, 2×2/2]", "[batch norm]"))
    assert [status for status, _ in told(found)[:2]] == ["removed", "added"]


def test_a_change_of_all_layers_is_told_once(difference: Specs) -> None:
    more = ROWS.replace("  - [global", "  - [convolution, 1×1, 32]\n  - [global")
    with_norm = HEAD.replace("activation: relu", "norm: batch norm, activation: relu") + more
    found = difference(with_norm, before=more)
    assert [(each.operation, str(each.change)) for each in found.everywhere] == [
        ("convolution", "norm none → batch norm")
    ]
    assert told(found) == [("changed", [])] * 3


def test_module_columns(tmp_path: Path) -> None:
    (tmp_path / "wider.yaml").write_text(
        'network: wider\nextends: googlenet\nrows: {inception_3a: {"#3×3": 160, output size: ~}, '
        "inception_3b: {output size: ~}}\nheads: {aux2: ~}\n"
    )
    found = compare(archc.load("googlenet").graph, archc.load(tmp_path / "wider.yaml").graph)
    assert told(found)[0] == ("changed", ["#3×3 128 → 160"])
    assert [status for status, _ in told(found)[1:]] == ["follows"]
    assert [(head.name, head.status) for head in found.heads] == [
        ("aux1", "unchanged"),
        ("aux2", "removed"),
    ]


def test_repeat_is_told_as_that(difference: Specs) -> None:
    found = difference(ROWS.replace("[convolution, 3×3, 32]", "[3×convolution, 3×3, 32]"))
    assert told(found) == [("changed", ["repeat 1 → 3"])]


def test_reading_another_row(difference: Specs) -> None:
    before = ROWS.replace(
        "- [max pool, 2×2/2]",
        "- [convolution, 3×3, 16, {name: side}]\n  - [add, {from: [convolution_1, side]}]",
    )
    found = difference(before.replace("from: [convolution_1, side]", "from: [side, side]"), before)
    assert told(found) == [("changed", ["from convolution, the row before → the row before"])]


def test_layers_that_read_each_other_in_another_way(difference: Specs) -> None:
    module = """\
network: Small
input: 8×8×4
modules:
  block:
    rows:
      - {type: convolution, patch: 1×1, filters: 4, name: one}
      - {type: convolution, patch: 1×1, filters: 4, name: two}
      - {type: add, from: [one, two]}
rows:
  - [block]
"""
    found = difference(
        module.replace("[one, two]", "[two, two]").replace("name: two}", "name: two, from: one}"),
        module.replace("name: two}", "name: two, from: one}"),
    )
    assert told(found) == [
        ("changed", ["from convolution, convolution 2 → convolution 2, convolution 2 in add"])
    ]


def test_settings() -> None:
    found = compare(archc.load("googlenet").graph, archc.load("googlenet", classes=10).graph)
    assert told(found) == [("changed", ["filters 1000 → 10"]), ("follows", [])]
    assert found.delta.params == -1_014_750


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_mirror_and_sums(pair: tuple[str, str]) -> None:
    one, other = (archc.load(name) for name in pair)
    found, back = compare(one.graph, other.graph), compare(other.graph, one.graph)
    assert {(r.before and r.before.name, r.after and r.after.name) for r in found.rows} == {
        (r.after and r.after.name, r.before and r.before.name) for r in back.rows
    }
    assert found.delta.params == other.params - one.params == -back.delta.params
    assert sum((row.delta for row in found.rows), Cost()) == found.delta
    assert found.depth == other.depth - one.depth


@pytest.mark.parametrize("name", ["googlenet", "inception_resnet_v2", "densenet121", "vgg"])
def test_a_spec_does_not_differ_from_itself(name: str) -> None:
    found = compare(archc.load(name).graph, archc.load(name).graph)
    assert found.empty
    assert not found.everywhere
    assert "No difference." in found.to_markdown()


def test_what_is_shown_of_a_difference() -> None:
    before, after = (archc.load("googlenet", classes=classes).graph for classes in (1000, 10))
    found = compare(before, after, ("old", "new"))
    counts = "20 unchanged, 1 changed, 1 follows, -1,014,750 params, -1,013,760 multiply-adds"
    assert repr(found) == f"<Difference old → new: {counts}>"
    assert repr(found.rows[0]) == "<RowDifference convolution_1: unchanged>"
    assert repr(found.before) == "<ComparedNetwork old>"
    assert repr(found.heads[0]) == "<HeadDifference aux1: changed>"


TWO_IN_A_ROW = """\
network: Small
input: 8×8×4
defaults: {convolution: {filters: 4}}
modules:
  two:
    rows:
      - {type: convolution, patch: 3×3, padding: 1, name: one}
      - {type: convolution, patch: 3×3, padding: 1, name: two}
rows:
  - [two]
"""


def test_how_many_layers_of_a_row_change(difference: Specs) -> None:
    all_of_them = difference(TWO_IN_A_ROW.replace("padding: 1", "padding: 0"), TWO_IN_A_ROW)
    assert told(all_of_them) == [("changed", ["padding 1 → 0 in all 2 convolutions"])]
    only_one = TWO_IN_A_ROW.replace("1, name: one", "0, name: one")
    assert told(difference(only_one, TWO_IN_A_ROW)) == [
        ("changed", ["padding 1 → 0 in convolution"])
    ]


def test_plurals_of_operations() -> None:
    assert [plural(name) for name in ("convolution", "batch norm", "softmax")] == [
        "convolutions",
        "batch norms",
        "softmaxes",
    ]
