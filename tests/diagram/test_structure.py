"""What a drawing shows of the graph: every operation once, every arrow between two boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import archc
from archc import ir
from archc.analysis.memory import activations
from archc.diagram import draw, draw_part, find_part
from archc.diagram.draw import LEVELS, Level, UnknownPartError
from archc.diagram.drawing import Arrow, Box, Drawing, Frame, Part, boxes
from archc.diagram.shade import MEASURES, Measure, shaded, short
from archc.ops.arrangement import Add, Concat
from archc.ops.kind import Kind
from tests.diagram.networks import ALL, FIGURES, graph, named
from tests.hostile.spec import NAMES, NASTY, each_slot, harmless, load, rotated

TOTAL: dict[Measure, str] = {"params": "params", "macs": "macs"}


def names(parts: Iterable[Part]) -> Iterator[str]:
    """The names of all boxes and frames."""
    for part in parts:
        yield part.name
        if isinstance(part, Frame):
            yield from names(part.parts)


def check(drawing: Drawing) -> None:
    """Names are unique, and arrows lead from boxes to boxes."""
    found = [
        *names(drawing.parts),
        *(box.name for box in (drawing.key.boxes if drawing.key else ())),
    ]
    assert [name for name, count in Counter(found).items() if count > 1] == []
    drawn = {box.name for box in boxes(drawing.parts)}
    for arrow in drawing.arrows:
        assert arrow.tail in drawn
        assert arrow.head in drawn
        assert arrow.tail != arrow.head
    assert {*drawing.level_with, *drawing.level_with.values()} <= drawn


def drawn_operations(drawing: Drawing) -> list[ir.Operation]:
    """All operations that boxes stand for."""
    return [each for box in boxes(drawing.parts) for each in (*box.operations, *box.others)]


def joined(network: ir.Network) -> set[ir.Operation]:
    """Concatenations that only another one reads."""
    everything = list(network.operations(heads=True))
    reads = Counter(value for each in everything for value in each.inputs)
    read = {value for each in everything if isinstance(each.op, Concat) for value in each.inputs}
    return {
        each
        for each in everything
        if isinstance(each.op, Concat) and each.output in read and reads[each.output] == 1
    }


def box_of(drawing: Drawing, name: str) -> Box:
    """The box of that name."""
    return next(box for box in boxes(drawing.parts) if box.name == name)


def frame_titles(drawing: Drawing) -> list[str]:
    """The titles of the outermost frames."""
    return [" ".join(part.title) for part in drawing.parts if isinstance(part, Frame)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ALL)
def test_bundled_networks(name: str, level: Level) -> None:
    drawing = draw(graph(name), level)
    check(drawing)
    everything = set(graph(name).operations(heads=True))
    found = drawn_operations(drawing)
    assert len(found) == len(set(found))
    left_out = joined(graph(name)) if level == "modules" else set()
    assert set(found) == everything - left_out
    for box in boxes(drawing.parts):
        assert len(box.operations) * box.count == len(box.operations) + len(box.others)


@pytest.mark.parametrize("name", ALL)
def test_an_operation_is_a_box(name: str) -> None:
    drawing = draw(graph(name), "ops")
    assert all(len(box.operations) == 1 for box in boxes(drawing.parts) if box.operations)


@pytest.mark.parametrize("name", FIGURES.values(), ids=FIGURES)
def test_figures(name: tuple[str, str]) -> None:
    network = graph(name[0])
    part = find_part(network, name[1])
    for level in ("modules", "ops"):
        check(draw_part(network, part, level))


@pytest.mark.parametrize("by", MEASURES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["googlenet", "densenet121", "inception_v2", "resnet50"])
def test_shares_add_up(name: str, level: Level, by: Measure) -> None:
    network = named(name)
    drawing = draw(network.graph, level, by)
    main = [box for box in boxes(drawing.parts) if box.operations and not box.aside]
    shares = [_percent(box) for box in main]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares))
    wholes = {
        "params": network.params,
        "macs": network.macs,
        "memory": sum(activations(network.graph)[each] for each in network.graph.operations()
                      if each in activations(network.graph)),
    }  # fmt: skip
    if level == "modules" and by == "memory":  # inner concats are in no box
        return
    assert drawing.key is not None
    assert f", {short(wholes[by])} in all" in drawing.key.title
    assert max(box.shade or 0 for box in main) == 1


def _percent(box: Box) -> float:
    found = box.lines[-1].partition("(")[2]
    is_share = box.shade and found.endswith("%)") and not found.startswith("<")
    return float(found.removesuffix("%)")) if is_share else 0.0


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


def test_repeats_fold() -> None:
    drawing = draw(graph("inception_resnet_v2"), "modules")
    assert frame_titles(drawing)[:4] == [
        "stem", "10×Inception-resnet-A", "Reduction-A", "20×Inception-resnet-B",
    ]  # fmt: skip
    frame = next(part for part in drawing.parts if part.name == "row-inception_resnet_a")
    assert isinstance(frame, Frame)
    assert {box.count for box in boxes([frame]) if box.operations} == {10}


def test_a_first_use_of_another_shape_is_apart(tmp_path: Path) -> None:
    path = tmp_path / "three.yaml"
    path.write_text(THREE)
    drawing = draw(archc.load(path).graph, "modules")
    assert frame_titles(drawing) == ["block, 1 of 4", "3×block"]
    frame = drawing.parts[2]
    assert isinstance(frame, Frame)
    assert [box.count for box in boxes([frame]) if box.operations] == [3, 3]


THREE = """
network: T
input: 8×8×3
defaults: {convolution: {padding: same}}
rows:
  - {type: 4×block}
modules:
  block:
    rows: [[convolution, 1×1, 4], [convolution, 3×3, 6]]
"""


def test_two_uses_of_different_shapes_are_two() -> None:
    """Figure 7 in Inception-v2 reads 1280 channels, then 2048."""
    found = frame_titles(draw(graph("inception_v2"), "modules"))
    assert found[-2:] == ["Inception, 1 of 2", "Inception, 2 of 2"]


def test_uses_that_do_something_else_are_apart() -> None:
    """Figure 6's five uses have 128, three times 160, and 192 filters."""
    found = frame_titles(draw(graph("inception_v2"), "modules"))
    assert found[2:5] == ["Inception, 1 of 5", "3×Inception", "Inception, 5 of 5"]


def test_a_dense_block_is_one() -> None:
    """Its channels grow from layer to layer, and each costs more than the one before."""
    network = graph("densenet121")
    drawing = draw(network, "modules", "params")
    assert "24×dense block (3)" in frame_titles(drawing)
    row = next(each for each in network.rows if each.name == "dense_block_3")
    frame = next(part for part in drawing.parts if part.name == "row-dense_block_3")
    inside = [each for box in boxes([frame]) for each in (*box.operations, *box.others)]
    assert Counter(inside) == Counter(row.operations())


def test_inner_concats_vanish() -> None:
    """Figure 7: six arrows into one box."""
    network = graph("inception_v2")
    drawing = draw_part(network, find_part(network, "inception_3"))
    joins = [box for box in boxes(drawing.parts) if box.kind is Kind.JOIN]
    assert len(joins) == 1
    assert sum(arrow.head == joins[0].name for arrow in drawing.arrows) == 6
    every = draw_part(network, find_part(network, "inception_3"), "ops")
    assert sum(box.kind is Kind.JOIN for box in boxes(every.parts)) == 3


def test_a_shortcut_is_an_arrow() -> None:
    network = graph("resnet50")
    drawing = draw(network, "modules")
    later = next(part for part in drawing.parts if part.name == "row-conv2_x#2")
    assert isinstance(later, Frame)
    join = next(box for box in boxes([later]) if box.kind is Kind.JOIN)
    assert isinstance(join.operations[0].op, Add)
    tails = [arrow.tail for arrow in drawing.arrows if arrow.head == join.name]
    assert "row-conv2_x#2#title" in tails
    assert len(tails) == 2
    figure = draw_part(network, find_part(network, "6×conv4_x"))
    joins = [box.name for box in boxes(figure.parts) if box.kind is Kind.JOIN]
    assert sum(arrow.head == joins[0] for arrow in figure.arrows) == 2


JOINS = """
network: J
input: 8×8×3
columns: [type, patch, filters]
rows:
  - [convolution, 1×1, 4, {name: a}]
  - [convolution, 1×1, 4, {name: b}]
  - [convolution, 1×1, 4, {name: c}]
  - [add, ~, ~, {from: [a, b, c], name: sum}]
"""


@pytest.mark.parametrize("level", ["modules", "ops"])
def test_each_tensor_that_a_figure_reads_has_a_base(tmp_path: Path, level: Level) -> None:
    path = tmp_path / "joins.yaml"
    path.write_text(JOINS)
    network = archc.load(path).graph
    figure = draw_part(network, find_part(network, "sum"), level)
    check(figure)
    bases = [box.name for box in boxes(figure.parts) if box.lines == ("Base", "8×8×4")]
    assert len(bases) == 3
    assert sorted(arrow.tail for arrow in figure.arrows) == sorted(bases)


def test_a_long_caption_is_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    words = " ".join(["word"] * 40)
    path.write_text(f"network: L\ninput: 8×8×3\nrows:\n  - {{type: relu ({words}), name: r}}\n")
    network = archc.load(path).graph
    caption = draw_part(network, find_part(network, "r")).caption
    assert caption.replace("\n", " ") == f"relu ({words})"
    assert max(map(len, caption.split("\n"))) <= 100


def test_a_module_in_a_module_has_a_frame() -> None:
    network = graph("inception_v4")
    drawing = draw(network, "modules")
    stem = next(part for part in drawing.parts if part.name == "row-stem")
    assert isinstance(stem, Frame)
    inner = [part.title for part in stem.parts if isinstance(part, Frame)]
    assert inner == [("mixed_3a",), ("mixed_4a",), ("mixed_5a",)]


def test_sizes_are_on_the_rows_arrows() -> None:
    for level in ("rows", "modules"):
        drawing = draw(graph("vgg D"), level)
        sizes = [arrow.label for arrow in drawing.arrows]
        assert sizes[:4] == ["224×224×3", "224×224×64", "224×224×64", "112×112×64"]


def test_rows_are_a_line_and_heads_are_beside_it() -> None:
    drawing = draw(graph("googlenet"))
    rows = ["input", *(f"row-{row.name}" for row in graph("googlenet").rows), "output"]
    line = [(arrow.tail, arrow.head) for arrow in drawing.arrows if not arrow.aside]
    assert line == list(pairwise(rows))
    assert drawing.level_with == {
        "head-aux1": "row-inception_4a", "head-aux2": "row-inception_4d",
    }  # fmt: skip
    assert Arrow("row-inception_4a", "head-aux1", aside=True) in drawing.arrows


def test_no_size_is_said_twice() -> None:
    """A linear layer's filters are its output's size; a row may be called what it does."""
    network = graph("googlenet")
    figure = draw_part(network, find_part(network, "aux1"))
    assert [box.lines for box in boxes(figure.parts)][-1] == ("Linear", "1000")
    drawing = draw(graph("vgg D"), "modules")
    assert box_of(drawing, "row-fc_2/fc_2").lines == ("FC-4096",)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("inception_3a", "inception_3a"),
        ("inception (3a)", "inception_3a"),
        ("aux2", "aux2"),
        ("avg pool", "avg_pool"),
    ],
)
def test_find_part(asked: str, name: str) -> None:
    assert find_part(graph("googlenet"), asked).name == name


def test_find_part_refuses_to_choose() -> None:
    with pytest.raises(
        UnknownPartError, match=r"^4 rows are `max pool`: choose max_pool_1 or max_"
    ):
        find_part(graph("googlenet"), "max pool")


def test_find_part_as_drawn() -> None:
    assert find_part(graph("resnet50"), "3×conv2_x").name == "conv2_x"


def test_find_part_without_its_repeat(tmp_path: Path) -> None:
    """A row that is printed so comes before one that is so but for its repeat."""
    found = graph("inception_resnet_v2")
    assert find_part(found, "Inception-resnet-A").name == "inception_resnet_a"
    path = tmp_path / "three.yaml"
    path.write_text(THREE.replace("- {type: 4×block}", "- {type: 4×block}\n  - {type: block}"))
    network = archc.load(path).graph
    assert [find_part(network, each) for each in ("4×block", "block")] == list(network.rows)


def test_find_part_says_what_is_near() -> None:
    with pytest.raises(
        UnknownPartError, match=r"no head `inception_3z`: did you mean `inception_3"
    ):
        find_part(graph("googlenet"), "inception_3z")
    with pytest.raises(UnknownPartError, match=r"no head `\ufffd\[31m`$"):
        find_part(graph("googlenet"), "\x1b[31m")


def test_nothing_is_shaded_twice() -> None:
    drawing = draw(graph("googlenet"))
    assert all(box.shade is None for box in boxes(drawing.parts))
    assert shaded(drawing, graph("googlenet"), "macs") == draw(graph("googlenet"), by="macs")


# Hostile names

JOINING = (
    "input", "output", "key-module", "row-first", "head-my head", "a/b", "a#title", "a%2Fb",
    "title", "in 0", "a", "#2", "base", "cluster row-first", "%", "a\x01", "a\x02", "\x1b",
    "a\u200bb",
)  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_names_that_join_names(tmp_path: Path, level: Level) -> None:
    seen = 0
    for slot in NAMES:
        for text in JOINING:
            try:
                network = load(each_slot(slot, text), tmp_path)
            except archc.SpecError:
                continue
            seen += 1
            check(draw(network.graph, level))
    assert seen > len(JOINING)


def test_branches_whose_names_join_alike(tmp_path: Path) -> None:
    """A row ``a/b`` is not what is in ``a``; a branch may be called as a title is."""
    path = tmp_path / "alike.yaml"
    path.write_text(ALIKE)
    network = archc.load(path).graph
    for level in LEVELS:
        check(draw(network, level))
    assert len({row.name for row in network.rows}) == len(network.rows)


ALIKE = """
network: Alike
input: 8×8×3
columns: [type, patch, filters]
defaults: {convolution: {padding: same}}
rows:
  - {type: m, name: a}
  - {type: convolution, patch: 1×1, filters: 4, name: a/m}
  - {type: m, name: a/b}
  - {type: m, name: "a#title"}
  - {type: m, name: "a%2Fb"}
  - {type: m, name: "output"}
modules:
  m:
    branches:
      title: [[convolution, 1×1, 4], [convolution, 3×3, 4]]
      m: [[convolution, 1×1, 4], [convolution, 3×3, 4]]
heads:
  a: {after: a/b, module: m}
  a/m: {after: a/b, module: m}
  "a\\x01": {after: a/b, module: m}
  "a\\x01B": {after: a/b, module: m}
  "a\\x1B": {after: a/b, module: m}
"""


@pytest.mark.parametrize("level", LEVELS)
def test_hostile_names(tmp_path: Path, level: Level) -> None:
    usual = draw(load(harmless, tmp_path).graph, level)
    for text in list(rotated(NASTY))[::3]:
        drawing = draw(load(text, tmp_path).graph, level)
        check(drawing)
        assert len(list(names(drawing.parts))) == len(list(names(usual.parts)))
        assert len(drawing.arrows) == len(usual.arrows)
