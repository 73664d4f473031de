"""How a network is taken apart, and what is made one form first."""

from __future__ import annotations

from typing import Any

import pytest

from archc.analysis.structure import Branches, Chain, ChainItem, LayerKeys, parse
from archc.ir.flat import FlatGraph, FlatLayer
from archc.ops import Op, Shape
from archc.ops.activation import ReLU, Softmax
from archc.ops.arrangement import Add, Concat, Identity, Pad, Scale
from archc.ops.convolution import Convolution
from archc.ops.pooling import AvgPool, MaxPool
from archc.verify.likeness import effect_of
from archc.verify.simplify import simplify

SHAPE = (4, 8, 8)


def source() -> FlatLayer:
    return FlatLayer(Identity(), (), SHAPE, label="in")


def put(label: str, *inputs: FlatLayer, op: Op | None = None, shape: Shape = SHAPE) -> FlatLayer:
    if op is None:
        op = ReLU() if len(inputs) == 1 else Add()
    return FlatLayer(op, inputs, shape, label=label)


def shown(chain: Chain) -> Any:
    """A chain as nested lists: splits are tuples of lists."""
    return [_item(item) for item in chain.items]


def _item(item: ChainItem) -> Any:
    if isinstance(item, Branches):
        return tuple(shown(branch) for branch in item.branches)
    return item.layer.label


def structure(output: FlatLayer, start: FlatLayer) -> Any:
    return shown(parse(FlatGraph(start, output).main(), [output], LayerKeys(effect_of)))


def test_a_chain() -> None:
    x = source()
    assert structure(put("b", put("a", x)), x) == ["a", "b"]


def test_branches_inside_branches() -> None:
    x = source()
    stem = put("stem", x)
    left, right = put("left", stem), put("right", stem)
    fork = put("join", put("one", right), put("two", right))
    end = put("end", put("sum", stem, left, fork))
    inner = ["right", (["one"], ["two"]), "join"]
    assert structure(end, x) == ["stem", (["left"], inner), "sum", "end"]


def test_a_branch_that_ends_in_two_layers() -> None:
    x = source()
    right = put("right", x)
    end = put("end", put("left", x), put("one", right), put("two", right))
    assert structure(end, x) == [(["left"], ["right", (["one"], ["two"])]), "end"]


def test_a_split_at_the_input_and_a_long_way_round() -> None:
    x = source()
    down = put("down", x)
    up = put("up", put("deep", down))
    assert structure(put("end", put("join", down, up), x), x) == [
        (["down", (["deep", "up"],), "join"],),
        "end",
    ]


def test_crossing_paths_stay_a_list() -> None:
    x = source()
    a, b = put("a", x), put("b", x)
    c, d = put("c", a, b), put("d", a, b)
    assert structure(put("end", c, d), x) == [(["a", "b", "c", "d"],), "end"]


def test_equal_structures_have_equal_keys() -> None:
    def block(scale: float) -> Chain:
        x = source()
        scaled = put("scale", x, op=Scale(by=scale))
        end = put("end", put("other", x), scaled)
        return parse(FlatGraph(x, end).main(), [end], keys)

    keys = LayerKeys(effect_of)
    assert block(2).key == block(2).key != block(3).key


def names(graph: FlatGraph) -> list[str]:
    return [layer.label for layer in graph.main()]


def test_dense_blocks_are_one_whether_lists_grow_or_tensors_do() -> None:
    x = source()
    a = put("a", x)
    first = put("first", x, a, op=Concat(), shape=(8, 8, 8))
    b = put("b", first)
    as_list = put("second", x, a, b, op=Concat(), shape=(12, 8, 8))
    as_tensor = put("second", first, b, op=Concat(), shape=(12, 8, 8))
    for output in (as_list, as_tensor):
        found = simplify(FlatGraph(x, output)).output
        assert [each.label for each in found.inputs] == ["first", "b"]


def test_sums_of_sums_are_one_sum() -> None:
    x = source()
    inner = put("inner", put("a", x), put("b", x))
    found = simplify(FlatGraph(x, put("outer", inner, x)))
    assert [each.label for each in found.output.inputs] == ["a", "b", "in"]


def test_a_sum_that_is_read_twice_stays() -> None:
    x = source()
    inner = put("inner", put("a", x), put("b", x))
    found = simplify(FlatGraph(x, put("outer", inner, put("c", inner))))
    assert [each.label for each in found.output.inputs] == ["inner", "c"]


def test_idle_layers_and_a_final_softmax_go() -> None:
    x = source()
    idle = put("scale", put("alone", put("same", x, op=Identity()), op=Concat()), op=Scale(by=1))
    end = put("softmax", put("relu", put("inside", idle, op=Softmax())), op=Softmax())
    assert names(simplify(FlatGraph(x, end))) == ["inside", "relu"]


@pytest.mark.parametrize(
    ("op", "value", "folded"),
    [
        (Convolution(kernel=(3, 3), filters=4), 0.0, True),
        (Convolution(kernel=(3, 3), filters=4), 1.0, False),
        (MaxPool(kernel=(3, 3)), float("-inf"), True),
        (MaxPool(kernel=(3, 3)), 0.0, False),
        (AvgPool(kernel=(3, 3)), 0.0, True),
        (AvgPool(kernel=(3, 3), count_include_pad=False), 0.0, False),
    ],
)
def test_padding_goes_into_the_window(op: Any, value: float, folded: bool) -> None:
    x = source()
    pad = put("pad", x, op=Pad(padding=(0, 2, 1, 1), value=value), shape=(4, 10, 10))
    found = simplify(FlatGraph(x, put("window", pad, op=op)))
    assert names(found) == (["window"] if folded else ["pad", "window"])
    if folded:
        assert isinstance(found.output.op, type(op))
        assert found.output.op.pads(8, 8) == (0, 2, 1, 1)
