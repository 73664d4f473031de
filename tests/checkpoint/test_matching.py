"""Which layer is which: by order, by names, by structure, or for a person to decide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
import torch

import archc
from archc import ir
from archc.checkpoint import Match, map_checkpoint
from archc.checkpoint.layers import network_layers
from archc.checkpoint.names import comes_before, split, words
from archc.plan.network import source_plan
from archc.tensors.files import StoredTensor
from tests.checkpoint.models import disguised, shapes, tensors

MORE = Path(__file__).parents[2] / "specs" / "more"
DATA = Path(__file__).parents[1] / "data" / "checkpoints"

Shapes = dict[str, tuple[int, ...]]


def cadene(name: str) -> Shapes:
    return {key: tuple(shape) for key, shape in json.loads((DATA / name).read_text()).items()}


def theirs(match: Match, row: str) -> list[str]:
    """The checkpoint's layers of a row, in the network's order."""
    assert match.problems == ()
    return [pair.theirs.name for pair in match.layers if pair.ours.row == row]


def either_order(found: Shapes) -> Iterable[tuple[Mapping[str, StoredTensor], bool]]:
    """As torch saves them, and as safetensors does, sorted by name."""
    return [(tensors(found), True), (tensors(dict(sorted(found.items()))), False)]


# Cadene's models


INCEPTION_3A = ["1x1", "3x3_reduce", "3x3", "double_3x3_reduce", "double_3x3_1", "double_3x3_2",
                "pool_proj"]  # fmt: skip


def test_bn_inception() -> None:
    net = archc.load("bn_inception").graph
    for found, ordered in either_order(cadene("cadene_bninception.json")):
        match = map_checkpoint(net, found, ordered)
        for label in ("3a", "3b", "4a", "4b", "4c", "4d", "5a", "5b"):
            expected = [
                f"inception_{label}_{layer}{norm}" for layer in INCEPTION_3A for norm in ("", "_bn")
            ]
            assert theirs(match, f"inception ({label})") == expected
        for label in ("3c", "4e"):
            expected = [
                f"inception_{label}_{layer}{norm}"
                for layer in INCEPTION_3A[1:6]
                for norm in ("", "_bn")
            ]
            assert theirs(match, f"inception ({label})") == expected
        assert [pair.theirs.name for pair in match.layers[:6]] == [
            "conv1_7x7_s2", "conv1_7x7_s2_bn", "conv2_3x3_reduce", "conv2_3x3_reduce_bn",
            "conv2_3x3", "conv2_3x3_bn",
        ]  # fmt: skip
        assert match.layers[-1].theirs.name == "last_linear"
        assert sum(len(pair.keys) for pair in match.layers) == len(found)


def test_inception_v4() -> None:
    net = archc.load("inception_v4").graph
    for found, ordered in either_order(disguised(cadene("cadene_inceptionv4.json"))):
        match = map_checkpoint(net, found, ordered)
        assert match.absent_heads == ("aux",)
        rows = [
            *["stem"] * 6, *["4×Inception-A"] * 4, "Reduction-A", *["7×Inception-B"] * 7,
            "Reduction-B", *["3×Inception-C"] * 3,
        ]  # fmt: skip
        for index, row in enumerate(rows):
            assert any(name.startswith(f"featuresq.{index}.") for name in theirs(match, row))
        first = [name for name in theirs(match, "4×Inception-A") if ".6." in name]
        assert first == [
            f"featuresq.6.branchq{place}.{kind}"
            for place in ("0", "1.0", "1.1", "2.0", "2.1", "2.2", "3.1")
            for kind in ("convq", "bnq")
        ]


@pytest.mark.parametrize(("variant", "name"), [("A", "vgg11"), ("D", "vgg16"), ("E", "vgg19")])
def test_vgg(variant: str, name: str) -> None:
    found = shapes("torchvision", name)
    layers = list(dict.fromkeys(key.rpartition(".")[0] for key in found))
    net = archc.load("vgg", variant=variant).graph
    for each, ordered in either_order(found):
        match = map_checkpoint(net, each, ordered)
        assert [pair.theirs.name for pair in match.layers] == layers


# Conversions and surroundings


def test_convolutions_instead_of_linear_layers() -> None:
    found = shapes("timm", "vgg16")
    match = map_checkpoint(archc.load("vgg", variant="D").graph, tensors(found))
    assert match.problems == ()
    reshaped = {
        pair.theirs.name: pair.theirs.shapes["weight"] for pair in match.layers if pair.reshaped
    }
    assert reshaped == {"pre_logits.fc1": (4096, 512, 7, 7), "pre_logits.fc2": (4096, 4096, 1, 1)}


@pytest.mark.parametrize("prefix", ["module.", "model.module."])
def test_what_is_around_all_names(prefix: str) -> None:
    found = {prefix + key: shape for key, shape in cadene("cadene_bninception.json").items()}
    match = map_checkpoint(archc.load("bn_inception").graph, tensors(found))
    assert match.layers[0].keys[-1][1].startswith(f"{prefix}conv1_7x7_s2.")


def test_counters_may_be_missing() -> None:
    full = cadene("cadene_bninception.json")
    found = tensors({key: full[key] for key in full if not key.endswith("num_batches_tracked")})
    match = map_checkpoint(archc.load("bn_inception").graph, found)
    assert match.problems == ()
    layers = {pair.ours for pair in match.layers if pair.ours.kind == "norm"}
    zero = StoredTensor("I64", (), bytes(8))
    renamed = match.renamed({name: StoredTensor("F32", t.shape, b"") for name, t in found.items()})
    assert [renamed[layer.key("num_batches_tracked")] for layer in layers] == [zero] * 69


def test_own_names_need_no_order() -> None:
    graph = archc.load("googlenet").graph
    layers = network_layers(source_plan(graph))
    found = {layer.key(name): shape for layer in layers for name, shape in layer.shapes.items()}
    match = map_checkpoint(graph, tensors(dict(reversed(found.items()))))
    assert all(pair.ours.name == pair.theirs.name for pair in match.layers)


# Heads


def test_a_head_that_the_checkpoint_lacks() -> None:
    found = {
        key: shape
        for key, shape in shapes("torchvision", "googlenet").items()
        if not key.startswith("aux1.")
    }
    match = map_checkpoint(archc.load("googlenet_torchvision").graph, tensors(found))
    assert (match.problems, match.absent_heads) == ((), ("aux1",))


def test_a_part_of_a_head_does_not_do() -> None:
    found = {
        key: shape
        for key, shape in shapes("torchvision", "googlenet").items()
        if not key.startswith("aux1.fc2")
    }
    match = map_checkpoint(archc.load("googlenet_torchvision").graph, tensors(found))
    assert [(each.kind, each.row) for each in match.problems] == [("missing", "head aux1")]


def test_a_head_that_the_network_lacks() -> None:
    found = {**shapes("torchvision", "vgg11"), "aux.0.weight": (10, 512), "aux.0.bias": (10,)}
    match = map_checkpoint(archc.load("vgg", variant="A").graph, tensors(found))
    assert (match.problems, match.spare_heads) == ((), ("aux",))


# Twins: branches in parallel of the same shapes


TWO = """
network: two
input: 8×8×4
defaults: {{convolution: {{bias: false, activation: none}}}}
modules:
  fork:
    branches:
      1×1: [[convolution, 1×1, 4]]
      3×3: [[convolution, 3×3, 4, {{padding: same}}]]
      pool: [[max pool, 3×3/1, {{padding: same}}], [convolution, 1×1, 4]]
rows:
  - [fork]
{more}"""


WIDE = """
  - branches:
      1×1: [[convolution, 1×1, 2]]
      pool: [[max pool, 3×3/1, {padding: same}], [convolution, 1×1, 3]]
"""


def two(tmp_path: Path, more: str = "") -> ir.Network:
    (tmp_path / "two.yaml").write_text(TWO.format(more=more))
    return archc.load(tmp_path / "two.yaml").graph


def fork(*names: str, channels: int = 4) -> Shapes:
    """Convolutions of a fork: 3×3 where the name has a 3, else 1×1."""
    sizes = ((3, 3) if "3" in name else (1, 1) for name in names)
    return {f"{name}.weight": (4, channels, *size) for name, size in zip(names, sizes, strict=True)}


def matched(found: Match) -> list[str]:
    assert found.problems == ()
    return [pair.theirs.name for pair in found.layers]


def test_twins_in_the_order_of_definition(tmp_path: Path) -> None:
    match = map_checkpoint(two(tmp_path), tensors(fork("a.x", "a.y3", "a.z")))
    assert matched(match) == ["a.x", "a.y3", "a.z"]
    assert match.by_order == (("a.x", "a.z"),)


def test_twins_by_their_names(tmp_path: Path) -> None:
    found = fork("a.b1x1", "a.b3x3", "a.b_pool")
    for ordered in (True, False):
        match = map_checkpoint(two(tmp_path), tensors(found), ordered)
        assert matched(match) == ["a.b1x1", "a.b3x3", "a.b_pool"]
        assert match.by_order == ()


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["a.b_pool", "a.b3x3", "a.b1x1"], True),  # names against order
        (["a.y3", "a.x", "a.z"], True),  # an order that is not the network's
        (["a.x", "a.y3", "a.z"], False),  # no order and no words
    ],
)
def test_twins_that_only_a_person_can_tell_apart(
    names: list[str], ordered: bool, tmp_path: Path
) -> None:
    match = map_checkpoint(two(tmp_path), tensors(fork(*names)), ordered)
    assert match.layers == ()
    problem = match.problems[0]
    assert (problem.kind, problem.row) == ("ambiguous", "fork")
    assert set(problem.theirs) == set(names) - {name for name in names if "3" in name}


def test_twins_as_in_another_fork(tmp_path: Path) -> None:
    """There the widths differ, so that shapes alone say how the names stand."""
    net = two(tmp_path, WIDE)
    found = {
        **fork("a.x", "a.y3", "a.z"),
        "b.x.weight": (2, 12, 1, 1),
        "b.z.weight": (3, 12, 1, 1),
    }
    match = map_checkpoint(net, tensors(dict(sorted(found.items()))), ordered=False)
    assert matched(match) == ["a.x", "a.y3", "a.z", "b.x", "b.z"]
    assert match.by_order == ()


# Order along a path


@pytest.mark.parametrize("ordered", [True, False])
def test_layers_after_each_other_are_never_exchanged(ordered: bool) -> None:
    found = shapes("torchvision", "vgg11")
    found["features.3.weight"], found["features.6.weight"] = (
        found["features.6.weight"],
        found["features.3.weight"],
    )
    assert map_checkpoint(archc.load("vgg", variant="A").graph, tensors(found), ordered).problems


# Names


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("conv1", "conv2", True),
        ("features.10", "features.9", False),
        ("Mixed_5b", "Mixed_5c", True),
        ("Conv2d_2a_3x3", "Conv2d_4a_3x3", True),
        ("branch1x1", "branch3x3", None),
        ("conv1", "bn1", None),
        ("repeat", "repeat_1", None),
    ],
)
def test_comes_before(one: str, other: str, expected: bool | None) -> None:
    assert comes_before(one, other) is expected


def test_split() -> None:
    assert split("a_1.b", at_underscores=False) == ("a_1", ".b")
    assert split("a_1.b", at_underscores=True) == ("a", "_1", ".b")


def test_words() -> None:
    assert words("branch3x3dbl_1") == {"branch", "3x3", "double"}
    assert words("3×3") == {"3x3"}


# Our tensors are the emitted module's


@pytest.mark.parametrize("spec", ["googlenet_torchvision", "inception_v2_slim"])
def test_layers_have_the_modules_tensors(spec: str) -> None:
    net = archc.load(spec)
    with torch.device("meta"):
        state = net.module().state_dict()
    layers = network_layers(source_plan(net.graph))
    found = {layer.key(name): shape for layer in layers for name, shape in layer.shapes.items()}
    assert found == {name: tuple(tensor.shape) for name, tensor in state.items()}
