"""The executor gives what the emitted module gives, by every way that it has."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, reject
from safetensors.torch import save_file
from torch import nn
from torch.profiler import ProfilerActivity, profile

import archc
from archc.passes import pipeline
from archc.runtime import executor as executors
from archc.runtime import recording
from archc.runtime.executor import Executor, make_executor
from archc.runtime.kernels import Site, plain
from archc.runtime.workers import MicroBatches, Workers, micro_batches
from tests.profile import repeatable
from tests.runtime.ways import WAYS, Way, difference, lively, recorded
from tests.strategies import specs

NETWORKS = (
    "bn_inception",
    "densenet121",
    "googlenet",
    "googlenet_torchvision",
    "inception_resnet_v2",
    "inception_v3",
    "inception_v4",
    "mobilenet_v2",
    "resnet50",
    "squeezenet1_1",
)


@pytest.fixture(autouse=True, scope="module")
def two_threads() -> Any:
    """As many as the machines have that measure."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", NETWORKS)
def test_same_as_the_emitted_module(name: str, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way(monkeypatch)
    network = archc.load(name)
    module = lively(network.module())
    batch = 4 if way is recorded else 2
    executor = network.executor("cpu", batch=batch, weights=module.state_dict())
    images = executor.example()
    with torch.no_grad():
        expected = module(images)
    assert expected.std() > 0
    assert difference(executor(images), expected) < 1e-5


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", ["googlenet_torchvision", "resnet50", "inception_v3"])
def test_bfloat16(name: str, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way(monkeypatch)
    network = archc.load(name)
    module = lively(network.module())
    executor = network.executor("cpu", "bfloat16", weights=module.state_dict())
    images = executor.example()
    result = executor(images)
    assert result.dtype == torch.bfloat16
    with torch.no_grad():
        assert difference(result, module(images.float())) < 2e-2


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_random_networks(way: Way, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way(monkeypatch)

    @repeatable(60, 500)
    @given(text=specs())
    def same(text: str) -> None:
        path.write_text(text, encoding="utf-8")
        try:
            network = archc.load(path)
        except archc.SpecError:
            reject()
        module = lively(network.module())
        executor = network.executor("cpu", batch=2, weights=module.state_dict())
        images = executor.example()
        with torch.no_grad():
            expected = module(images)
        result = executor(images)
        assert result.shape == expected.shape
        if expected.isfinite().all():
            assert difference(result, expected) < 1e-5

    same()


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 6, 8, 10])
def test_a_batch_in_micro_batches_is_the_batch(batch: int) -> None:
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    module = lively(network.module())
    executor = network.executor("cpu", batch=batch, weights=module.state_dict())
    images = torch.randn(batch, *network.input)
    with torch.no_grad():
        expected = module(images)
    for _ in range(3):
        assert difference(executor(images), expected) < 1e-5
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("batch", "threads", "large", "small"),
    [(4, 2, 2, 2), (6, 2, 3, 3), (8, 2, 2, 4), (10, 2, 1, 1), (12, 2, 2, 2), (24, 2, 2, 4),
     (64, 16, 2, 4), (48, 16, 3, 3)],
)  # fmt: skip
def test_micro_batches(batch: int, threads: int, large: int, small: int) -> None:
    assert micro_batches(batch, threads) == MicroBatches(large, small)


@pytest.mark.parametrize(("batch", "threads"), [(1, 2), (2, 2), (7, 2), (8, 16), (8, 1)])
def test_threads_share_layers(batch: int, threads: int) -> None:
    assert micro_batches(batch, threads) is None


@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
@pytest.mark.parametrize(
    ("name", "size", "stages"),
    [
        ("googlenet_torchvision", "224×224×3", [2, 4]),
        ("googlenet_torchvision", "64×64×3", [4]),  # nothing is large
        ("vgg", "224×224×3", [2, 4]),
    ],
)
def test_stages(name: str, size: str, stages: list[int]) -> None:
    workers = archc.load(name, input=size).executor("cpu", batch=8)._run
    assert isinstance(workers, Workers)
    assert [size for size, _ in workers.stages] == stages


def test_images_of_any_layout_and_dtype() -> None:
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    executor = network.executor("cpu", batch=2)
    images = torch.randn(2, 3, 64, 64)
    expected = executor(images)
    assert torch.equal(executor(images.contiguous(memory_format=torch.channels_last)), expected)
    assert torch.equal(executor(images.double()), expected)
    wide = torch.randn(2, 3, 64, 128)
    wide[..., ::2] = images
    assert torch.equal(executor(wide[..., ::2]), expected)
    with pytest.raises(ValueError, match=r"the executor takes \(2, 3, 64, 64\)"):
        executor(images[:1])


def test_weights_from_a_file_and_new_ones(tmp_path: Path) -> None:
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    module = lively(network.module())
    file = tmp_path / "weights.safetensors"
    save_file(module.state_dict(), file)
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = module(images)
    assert difference(network.executor("cpu", weights=file)(images), expected) < 1e-5
    new = [network.executor("cpu")(images) for _ in range(2)]
    assert torch.equal(*new)
    assert new[0].isfinite().all()


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    state = network.module().state_dict()
    name = next(iter(state))
    with pytest.raises(archc.ArchcError, match=r"lack 1 of 52 tensors"):
        network.executor("cpu", weights={k: v for k, v in state.items() if k != name})
    with pytest.raises(archc.ArchcError, match="has the shape"):
        network.executor("cpu", weights={**state, name: state[name][:1]})
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no such thing")
    with pytest.raises(archc.ArchcError, match="is no safetensors file"):
        network.executor("cpu", weights=broken)
    with pytest.raises(archc.ArchcError, match="cannot read"):
        network.executor("cpu", weights=tmp_path / "missing")


def test_what_are_no_weights(tmp_path: Path) -> None:
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    module = network.module()
    with pytest.raises(TypeError, match=r"pass its state_dict\(\)"):
        network.executor("cpu", weights=module)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not list"):
        network.executor("cpu", weights=[])  # type: ignore[arg-type]
    arrays: Any = {name: each.numpy() for name, each in module.state_dict().items()}
    with pytest.raises(TypeError, match=r"conv\.weight is no tensor in the weights"):
        network.executor("cpu", weights=arrays)
    saved = tmp_path / "saved.pth"
    for zipped in (True, False):
        torch.save(module.state_dict(), saved, _use_new_zipfile_serialization=zipped)
        with pytest.raises(archc.ArchcError, match=r"`archc weights SPEC .*saved\.pth` writes"):
            network.executor("cpu", weights=saved)
    spec = tmp_path / "spec.yaml"
    spec.write_text("network: A\n")
    with pytest.raises(archc.ArchcError, match=r"is no safetensors file: .* `archc weights`"):
        network.executor("cpu", weights=spec)


def test_what_are_no_images() -> None:
    executor = archc.load("squeezenet1_1", input="64×64×3").executor("cpu")
    with pytest.raises(TypeError, match=r"not ndarray: torch\.from_numpy\(images\)"):
        executor(executor.example().numpy())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"not list: torch\.as_tensor\(images\)"):
        executor([[0.0]])  # type: ignore[arg-type]


def test_torchs_own_dtypes_and_devices() -> None:
    network = archc.load("squeezenet1_1", input="64×64×3")
    executor = network.executor(torch.device("cpu"), torch.bfloat16, batch=2)
    assert executor.dtype is torch.bfloat16
    assert executor(executor.example()).dtype is torch.bfloat16
    shown = "<Executor SqueezeNet 1.1: bfloat16 on cpu, batch 2, 64×64×3 to 1000>"
    assert repr(executor) == shown
    with pytest.raises(archc.ArchcError, match="there is no dtype int8: choose float32"):
        network.executor("cpu", torch.int8)
    with pytest.raises(TypeError, match="a whole number of samples, not str"):
        network.executor("cpu", batch="2")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"device": "abacus"}, "there is no device abacus"),
        ({"device": "cuda"}, "finds no CUDA device"),
        ({"dtype": "int8"}, "there is no dtype int8"),
        ({"batch": 0}, "at least one sample"),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason="of machines without a GPU")
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    network = archc.load("squeezenet1_1", input="64×64×3")
    with pytest.raises(archc.ArchcError, match=message):
        network.executor(**{"device": "cpu", **arguments})


def test_other_threads_keep_their_number() -> None:
    """What torch compiles for others, and how many threads it has, is left as it was."""
    before = torch._C._jit_llga_enabled()  # type: ignore[attr-defined, unused-ignore]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        archc.load("squeezenet1_1", input="64×64×3").executor("cpu", batch=4)
    assert torch._C._jit_llga_enabled() == before  # type: ignore[attr-defined, unused-ignore]
    assert torch.get_num_threads() == 2


def test_every_operation_has_a_kernel() -> None:
    from archc.ops import OPS

    assert {*plain.RULES, *plain.REPLACED} >= set(OPS)
    assert not plain.RULES.keys() & plain.REPLACED.keys()


@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
def test_sums_of_slices_are_torchs() -> None:
    """Those of two local response norms, of five slices each; compiled, they are far slower."""
    executor = archc.load("googlenet", input="224×224×3").executor("cpu")
    executor(executor.example())
    compiled: Any = torch.jit.last_executed_optimized_graph()  # type: ignore[attr-defined, unused-ignore]
    assert executor.site.compiled
    assert len(compiled.findAllNodes("aten::sub")) == 2 * 4


@pytest.mark.parametrize("beta", [0.6, 0.75])
@pytest.mark.parametrize("size", [1, 2, 5, 16, 17])
def test_local_response_norm(size: int, beta: float) -> None:
    from archc.ops.normalization import LocalResponseNorm

    op = LocalResponseNorm(size=size, alpha=0.3, beta=beta, k=2.0)
    kernel = plain.RULES[LocalResponseNorm](op, {}, Site(torch.device("cpu"), torch.float32, 2))
    x = torch.randn(2, 20, 5, 5)
    torch.testing.assert_close(kernel(x), nn.LocalResponseNorm(size, 0.3, beta, 2.0)(x))


def peak(run: Callable[[], object]) -> int:
    """The most bytes that torch's allocator lends while ``run`` runs, in this thread."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        run()
    events = profiled.profiler.kineto_results.events()
    alive = most = 0
    for event in sorted((e for e in events if e.name() == "[memory]"), key=lambda e: e.start_ns()):
        alive += event.nbytes()
        most = max(most, alive)
    return most


@pytest.mark.skipif(not recording.has_onednn_graph(), reason="this torch has no oneDNN Graph")
@pytest.mark.parametrize("name", ["googlenet_torchvision", "inception_v3"])
def test_activations_take_less_than_the_modules(name: str) -> None:
    network = archc.load(name)
    executor = network.executor("cpu", batch=8)
    images = executor.example()
    module = network.module().eval()
    with torch.no_grad():
        theirs = peak(lambda: module(images.contiguous()))
        assert isinstance(executor._run, Workers)
        ours = 0
        for size, run in executor._run.stages:
            at_once = peak(partial(run, images[:size]))
            parts = [run(part) for part in torch.split(images, size)]
            given, images = images, torch.cat(parts)
            # Two threads, beside all that the stage is given, and what it gives in parts.
            ours = max(ours, at_once * 2 + given.nbytes + images.nbytes)
    assert ours <= 0.6 * theirs


def test_passes_of_the_graph_are_those_of_the_executor_without_slices() -> None:
    left_out = pipeline.FOR_EXECUTION.keys() - pipeline.FOR_GRAPH.keys()
    assert left_out == {"merge_siblings"}


def test_the_cuda_way_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a GPU gets, as far as it goes without one: the passes, the rules, the order."""
    calls: list[str] = []

    def refuse(*arguments: Any) -> None:
        calls.append("asked")

    monkeypatch.setattr(executors, "_rules", lambda site: (refuse,))
    monkeypatch.setattr(recording, "has_onednn_graph", lambda: False)
    network = archc.load("squeezenet1_1", input="64×64×3", classes=10)
    executor: Executor = make_executor(network.graph, "cpu", "float32", 1, None)
    assert len(calls) == len(executor.kernels)
    assert executor(executor.example()).shape == (1, 10)
