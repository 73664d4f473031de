"""Activation memory against what torch allocates for emitted modules."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import archc
from archc.analysis.memory import overwriting, peak, schedule
from archc.ir import Network
from archc.passes import pipeline
from archc.plan.network import plan_of

BATCH = 8

NETWORKS = (
    ("googlenet_torchvision", None),
    ("googlenet", None),
    ("vgg", "D"),
    ("vgg", "A-LRN"),
    ("inception_v3", None),
    ("inception_resnet_v2", None),
    ("resnet50", None),
    ("densenet121", None),
    ("mobilenet_v2", None),
)


class Storages(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of all storages that operators return, while they live."""

    def __init__(self, known: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sizes = {tensor.untyped_storage()._cdata: 0 for tensor in known}
        self.alive = self.peak = 0

    def add(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage._cdata in self.sizes:
            return
        self.sizes[storage._cdata] = storage.nbytes()
        self.alive += storage.nbytes()
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self.drop, storage._cdata)

    def drop(self, key: int) -> None:
        self.alive -= self.sizes.pop(key)

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        for each in tree_leaves(out):
            if isinstance(each, Tensor):
                self.add(each)
        return out


def lowered(net: archc.Network) -> Network:
    return pipeline.run(net.graph, pipeline.FOR_SOURCE)


@pytest.mark.parametrize(("name", "variant"), NETWORKS)
def test_peak_is_that_of_all_storages(name: str, variant: str | None) -> None:
    """On torch's meta device, which allocates as any other and computes nothing."""
    net = archc.load(name, variant=variant)
    with torch.device("meta"):
        module: nn.Module = net.module().eval()
        image = torch.empty(BATCH, *net.input)
    with torch.inference_mode():
        storages = Storages([*module.parameters(), *module.buffers()])
        with storages:
            storages.add(image)
            module(image)
    assert peak(schedule(lowered(net), "float32", BATCH)) == storages.peak


@pytest.mark.parametrize(
    ("name", "variant"), [("googlenet_torchvision", None), ("squeezenet1_1", None), ("vgg", "D")]
)
def test_peak_is_that_of_the_profiler(name: str, variant: str | None, tmp_path: Path) -> None:
    """With channels last, where oneDNN writes a convolution's output where it stays.

    With channels first it keeps the output a second time while it puts it in order, and torch's
    allocator sees that too. Weights that it puts in order for itself are seen either way: they
    are what may be missing here.
    """
    net = archc.load(name, variant=variant)
    module: nn.Module = net.module().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    image = torch.zeros(BATCH, *net.input).to(memory_format=torch.channels_last)
    activities = [ProfilerActivity.CPU]
    with torch.inference_mode(), profile(activities=activities, profile_memory=True) as profiled:
        module(image)
    profiled.export_chrome_trace(str(tmp_path / "trace.json"))
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    changes = sorted(
        (each["ts"], each["args"]["Bytes"]) for each in events if each.get("name") == "[memory]"
    )
    most = max(accumulate(size for _, size in changes)) + image.nbytes
    found = peak(schedule(lowered(net), "float32", BATCH))
    assert 0 <= most - found <= 0.002 * most


@pytest.mark.parametrize("name", ["googlenet_torchvision", "inception_v3", "resnet50", "vgg"])
def test_what_overwrites_is_in_place(name: str) -> None:
    net = archc.load(name)
    network = lowered(net)
    with torch.device("meta"):
        module: nn.Module = net.module()
    places = plan_of(network).paths
    inside = set(network.operations(heads=True))
    said = {
        operation
        for operation, place in places.items()
        if operation in inside and getattr(module.get_submodule(place), "inplace", False)
    }
    assert said
    assert overwriting(network) == said


def test_batch_and_dtype_scale() -> None:
    network = lowered(archc.load("resnet50"))
    single = peak(schedule(network))
    assert peak(schedule(network, batch=16)) == 16 * single
    assert 2 * peak(schedule(network, "float16")) == single
    with pytest.raises(KeyError):
        schedule(network, "float8")


def test_indices_have_one_size() -> None:
    """A max pool's are 64 bits wide whatever the dtype: half of VGG's memory is not its peak."""
    network = lowered(archc.load("vgg"))
    assert 2 * peak(schedule(network, "float16")) > peak(schedule(network))
