"""The executor beside everything else that a process does with torch."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import archc
from archc.passes import pipeline
from archc.passes.pipeline import linearize
from archc.plan.network import plan_of
from archc.runtime import executor as executors
from archc.runtime import recording, workers
from archc.runtime.executor import Executor, make_executor
from archc.runtime.kernels import Site, fused, plain
from archc.runtime.weights import load_weights
from archc.tensors.initial import starts

_ROOT = Path(__file__).parents[2]

SPEC = """
network: corners
input: 16×16×3
rows:
  - {type: conv, patch: 3×3, filters: 8, padding: same, bias: false}
  - {type: batch norm}
  - {type: relu}
  - {type: conv, patch: 1×1, filters: 8}
  - {type: scale, by: 0.5}
  - {type: flatten}
  - {type: linear, filters: 5}
"""


@pytest.fixture(autouse=True)
def two_threads() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def load(folder: Path, text: str = SPEC) -> archc.Network:
    path = folder / "corners.yaml"
    path.write_text(text, encoding="utf-8")
    return archc.load(path)


@pytest.fixture
def network(tmp_path: Path) -> archc.Network:
    return load(tmp_path)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("record", [True, False])
def test_autocast_changes_nothing(network: archc.Network, batch: int, record: bool) -> None:
    def made() -> Executor:
        return make_executor(network.graph, "cpu", "float32", batch, None, record)

    executor = made()
    images = executor.example()
    expected = executor(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(executor(images), expected)
        assert torch.equal(made()(images), expected)


@pytest.mark.parametrize("public", [True, False])
@pytest.mark.parametrize("record", [True, False])
def test_a_module_that_is_trained_on(
    network: archc.Network, record: bool, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if public:
        monkeypatch.setattr(fused, "has_onednn", lambda: False)
    module = network.module().eval()
    executor = make_executor(network.graph, "cpu", "float32", 1, module.state_dict(), record)
    expected = executor(executor.example()).clone()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(2)
    assert torch.equal(executor(executor.example()), expected)


def test_half_precision_weights_are_folded_in_float32(network: archc.Network) -> None:
    module = network.module().eval()
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
    state = module.bfloat16().state_dict()
    module.float().load_state_dict(state)
    executor = network.executor("cpu", weights=state)
    with torch.no_grad():
        torch.testing.assert_close(executor(executor.example()), module(executor.example()))


def test_float64_is_exact(network: archc.Network) -> None:
    module = network.module().double().eval()
    executor = network.executor("cpu", "float64", weights=module.state_dict())
    images = executor.example()
    with torch.no_grad():
        torch.testing.assert_close(executor(images), module(images), rtol=1e-12, atol=1e-13)


def test_weights_come_to_the_cpu() -> None:
    class Elsewhere(torch.Tensor):
        def detach(self) -> Elsewhere:
            return self

        def to(self, *args: Any, **kwargs: Any) -> Any:
            return args[0], kwargs["copy"]

    class Wanted:
        shape = (3,)

    state: Any = {"x": torch.zeros(3).as_subclass(Elsewhere)}
    wanted: Any = {"x": Wanted()}
    assert load_weights(state, wanted) == {"x": ("cpu", True)}


def test_another_default_device(network: archc.Network) -> None:
    with torch.device("meta"):
        executor = network.executor("cpu")
        assert executor(executor.example()).device.type == "cpu"


@pytest.mark.parametrize("device", ["meta", "mps"])
def test_devices_that_it_was_not_made_for(network: archc.Network, device: str) -> None:
    with pytest.raises(archc.ArchcError, match="choose cpu or cuda"):
        network.executor(device)


def test_a_gpu_that_is_not_there(network: archc.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(archc.ArchcError, match="there is no device cuda:1: torch finds 1"):
        network.executor("cuda:1")


@pytest.mark.parametrize("batch", [1, 4])
def test_made_in_inference_mode(network: archc.Network, batch: int) -> None:
    with torch.inference_mode():
        executor = network.executor("cpu", batch=batch)
    made = executor.example()
    assert not made.is_inference()
    expected = executor(made)
    with torch.inference_mode():
        assert torch.equal(executor(made.clone()), expected)
    assert not executor(made.clone().requires_grad_()).requires_grad


def test_what_inference_mode_leaves_is_not_captured(
    network: archc.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CUDA graph's buffer is written to outside of the mode."""
    seen: list[bool] = []

    def recorded(self: Executor) -> Any:
        seen.append(self.example().clone().is_inference())
        return lambda images: images

    monkeypatch.setattr(Executor, "_recorded", recorded)
    with torch.inference_mode():
        network.executor("cpu")
    assert seen == [False]


def test_many_threads_make_and_call_at_once(network: archc.Network) -> None:
    before = torch._C._jit_llga_enabled()  # type: ignore[attr-defined, unused-ignore]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda index: network.executor("cpu", batch=4), range(8)))
        images = [torch.randn(4, 3, 16, 16) for _ in range(16)]
        expected = [made[0](each) for each in images]
        assert all(map(torch.equal, pool.map(made[0], images), expected))
    assert torch._C._jit_llga_enabled() == before  # type: ignore[attr-defined, unused-ignore]


def test_a_system_without_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that did start end, too."""
    before = set(threading.enumerate())
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def limited(self: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(RuntimeError, match="can't start"):
        workers.Workers(3, [], torch.empty(1))
    for each in started:
        each.join(10)
    assert not {each for each in set(threading.enumerate()) - before if each.is_alive()}


def test_without_the_jit() -> None:
    program = (
        "import archc; e = archc.load('squeezenet1_1', input='64×64×3').executor('cpu');"
        "print(tuple(e(e.example()).shape))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTORCH_JIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "(1, 1000)", done.stderr


def test_older_torch_without_linear_kernels(
    network: archc.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = network.executor("cpu")
    monkeypatch.setattr(fused, "_LINEAR", None)
    monkeypatch.setattr(recording, "has_onednn_graph", lambda: False)
    executor = network.executor("cpu")
    images = executor.example()
    torch.testing.assert_close(executor(images), expected(images))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="of Linux")
@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
def test_weights_go_with_their_executor(tmp_path: Path) -> None:
    """20 MB of them, ten times; some 2 MB of compiled code are left."""
    spec = tmp_path / "large.yaml"
    spec.write_text(SPEC.replace("filters: 5}", "filters: 2500}"), encoding="utf-8")
    command = [sys.executable, "-m", "tests.runtime.resident", str(spec)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20e6


def test_the_result_is_the_output_not_what_runs_last(network: archc.Network) -> None:
    graph = pipeline.run(network.graph, pipeline.FOR_SOURCE)
    paths = plan_of(graph).paths
    whole = linearize(graph, paths)
    program = replace(whole, output=whole.instructions[0].output)
    site = Site(torch.device("cpu"), torch.float32, 1)
    stored = load_weights(None, starts(graph.operations(), paths))
    kernels = [(each, executors._kernel(each, stored, site, ())) for each in whole.instructions]
    executor = Executor(program, site, kernels, record=False)
    assert executor(executor.example()).shape == (1, 8, 16, 16)


def test_cudnn_is_tried(network: archc.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it refuses is left to others when the executor is made, not when it runs."""
    site = Site(torch.device("cpu"), torch.float32, 2)
    conv = next(each for each in network.executor("cpu").program.instructions if each.after)
    generator = torch.Generator().manual_seed(0)
    weights = {"weight": torch.randn(8, 3, 3, 3, generator=generator), "bias": torch.ones(8)}

    def refuse(*arguments: Any) -> Tensor:
        raise RuntimeError("no engine")

    def convolve(x: Tensor, *rest: Any) -> Tensor:
        return torch.conv2d(x, *rest).relu()

    monkeypatch.setattr(fused, "_RELU", refuse)
    assert fused.cudnn_convolution(conv, weights, site) is None
    monkeypatch.setattr(fused, "_RELU", convolve)
    kernel = fused.cudnn_convolution(conv, weights, site)
    assert kernel is not None
    images = torch.randn(2, 3, 16, 16, generator=generator)
    torch.testing.assert_close(kernel(images), plain.plain(conv, weights, site)(images))
