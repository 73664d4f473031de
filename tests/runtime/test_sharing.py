"""Tensors with several readers: nothing is overwritten that somebody still reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from torch import Tensor

import archc
from archc.runtime import recording
from archc.runtime.executor import Executor
from tests.profile import repeatable
from tests.runtime.ways import WAYS, Way, difference, lively, recorded, single_kernels
from tests.strategies.webs import WITHOUT_WEIGHTS, webs

CONV = "{type: conv, patch: 3×3, filters: 8, name: "

NETWORKS = {
    "a residual's input, joined later": f"""
        {CONV}s, activation: relu}}
        {CONV}a, norm: batch norm}}
        {{type: add, from: [s, a], name: r, activation: relu}}
        {{type: concat, from: [s, r]}}""",
    "a skip over all residuals": f"""
        {CONV}head}}
        {CONV}a}}
        {{type: add, from: [a, head], name: r}}
        {CONV}b}}
        {{type: add, from: [b, r], name: q}}
        {{type: add, from: [q, head]}}""",
    "three terms, none of them activated": f"""
        {CONV}a}}
        {CONV}b, from: a}}
        {CONV}c, from: a}}
        {{type: add, from: [a, c, b]}}""",
    "a sum of sums": f"""
        {CONV}a}}
        {CONV}b, from: a, activation: silu}}
        {{type: add, from: [a, b], name: c, activation: hard swish}}
        {{type: add, from: [c, b, a], name: d, activation: relu6}}
        {{type: concat, from: [a, b, c, d]}}""",
    "a term twice": f"""
        {CONV}a}}
        {CONV}b, from: a}}
        {{type: add, from: [b, a, a], name: c}}
        {{type: concat, from: [c, b]}}""",
    "a norm beside a convolution": f"""
        {CONV}s}}
        {{type: batch norm, from: s, name: n, activation: relu}}
        {CONV}c, from: s}}
        {{type: relu, from: n, name: r}}
        {CONV}d, from: r, groups: 8, activation: silu}}
        {{type: concat, from: [c, d, n]}}""",
    "the input, added": f"""
        {CONV}a}}
        {{type: add, from: [input, a], name: b}}
        {{type: concat, from: [input, b]}}""",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a spec is written."""
    return tmp_path / "net.yaml"


def load(rows: str, path: Path) -> archc.Network:
    """The network of these rows, each on a line."""
    lines = "".join(f"  - {line.strip()}\n" for line in rows.strip().splitlines())
    head = "network: n\ninput: 12×12×8\ndefaults: {convolution: {padding: same}}\nrows:\n"
    path.write_text(head + lines, encoding="utf-8")
    return archc.load(path)


def check(network: archc.Network, batch: int = 1) -> Executor:
    """Three calls give what the module gives, and leave the images as they were."""
    module = lively(network.module())
    executor: Executor = network.executor("cpu", batch=batch, weights=module.state_dict())
    images = executor.example()
    before = images.clone()
    with torch.no_grad():
        expected = module(images)
    for _ in range(3):
        assert difference(executor(images), expected) < 1e-5
    assert torch.equal(images, before)
    return executor


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("rows", NETWORKS.values(), ids=NETWORKS)
def test_networks(rows: str, way: Way, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way(monkeypatch)
    executor = check(load(rows, path))
    assert executor.site.compiled == (way is recorded and recording.has_onednn_graph())


@pytest.mark.parametrize(("way", "number"), [(recorded, 200), (single_kernels, 50)])
def test_random_webs(way: Way, number: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what was recorded, not by what is there for when that is wrong."""
    way(monkeypatch)

    @repeatable(number, 20 * number)
    @given(text=webs())
    def same(text: str) -> None:
        path.write_text(text, encoding="utf-8")
        executor = check(archc.load(path))
        assert executor.site.compiled == (way is recorded and recording.has_onednn_graph())

    same()


@pytest.mark.parametrize("activation", WITHOUT_WEIGHTS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_follows_a_sum_by_single_kernels(
    activation: str, dtype: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single_kernels(monkeypatch)
    rows = f"""
        {CONV}s}}
        {CONV}c}}
        {{type: add, from: [c, s], activation: {activation}}}"""
    network = load(rows, path)
    module = lively(network.module())
    executor = network.executor("cpu", dtype, weights=module.state_dict())
    images = executor.example()
    with torch.no_grad():
        expected = module(images.float())
    assert difference(executor(images), expected) < (1e-5 if dtype == "float32" else 2e-2)


@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("wrong", [0.9, float("nan")])
def test_what_was_compiled_wrongly_is_not_used(
    batch: int, wrong: float, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = recording._FUNCTION

    def spoilt(name: str, graph: object) -> object:
        function = make(name, graph)
        return lambda images: function(images) * wrong

    monkeypatch.setattr(recording, "_FUNCTION", spoilt)
    assert not check(load(CONV + "a}", path), batch).site.compiled


@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
def test_what_fails_once_compiled_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(name: str, graph: object) -> object:
        def fail(images: Tensor) -> Tensor:
            raise NotImplementedError("Could not run 'aten::cat.out'")

        return fail

    monkeypatch.setattr(recording, "_FUNCTION", failing)
    assert not check(load(CONV + "a}", path)).site.compiled


def test_numbers_that_are_not_finite_are_nobodys_fault(path: Path) -> None:
    network = load(CONV + "a}", path)
    module = network.module()
    with torch.no_grad():
        for each in module.parameters():
            each.fill_(float("inf"))
    executor = network.executor("cpu", weights=module.state_dict())
    assert executor.site.compiled == recording.has_onednn_graph()
    assert not executor(executor.example()).isfinite().all()
