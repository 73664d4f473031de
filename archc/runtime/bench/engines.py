"""The engines, and the job that all of them do: how each is made to run a network.

Each is used as its users use it. It takes a batch (N, C, H, W) in float32 with the channels
first, on the device where the network is; converting it belongs to the engine's time. This file
imports no engine.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from archc import ir
from archc.diagnostics import ArchcError, Diagnostics
from archc.limits import Limits
from archc.spec import load_network

if TYPE_CHECKING:
    from archc.tensors.initial import FloatArray

__all__ = ["BASE", "ENGINES", "OTHERS", "Engine", "FileWriter", "Job", "RunnableNetwork"]


@dataclass(frozen=True, slots=True)
class Job:
    """A spec and how it is run: plain data, so that it can be sent as JSON.

    ``weights`` is the path of a safetensors file for the emitted module, ``images`` of a numpy
    file with a batch (N, C, H, W), ``reference`` of one with what eager PyTorch computes from it
    in float32, or empty while that is not known. An ``exact`` float32 is not rounded to TF32, as
    GPUs do it by default.
    """

    spec: str
    device: str = "cpu"
    dtype: str = "float32"
    batch: int = 1
    threads: int = 1
    settings: tuple[str, ...] = ()
    variant: str | None = None
    limits: dict[str, Any] = field(default_factory=dict)
    weights: str = ""
    images: str = ""
    reference: str = ""
    exact: bool = False

    def network(self) -> ir.Network:
        """Read the spec anew. Raises `archc.SpecError`."""
        numbers = {**self.limits, "folders": tuple(map(Path, self.limits.get("folders", ())))}
        limits = Limits(**numbers)
        diagnostics = Diagnostics(limits.errors)
        graph = load_network(self.spec, self.settings, self.variant, diagnostics, limits)
        diagnostics.raise_if_any()
        assert graph is not None
        return graph


@dataclass(frozen=True, slots=True)
class RunnableNetwork:
    """What an engine made: ``call`` runs the batch, ``numbers`` converts its result to numpy."""

    call: Callable[[], Any]
    numbers: Callable[[Any], FloatArray]


class FileWriter(Protocol):
    """Writes a network as a file that an engine runs; handed in, as this room has no targets."""

    def prepare(self, target: str) -> None:
        """Import what writes ``target``. Raises `ArchcError` where that cannot be."""

    def write(self, network: ir.Network, target: str, weights: Path | None = None) -> str | bytes:
        """Write the network for ``target``, with the weights if the target carries them."""


Build = Callable[[Job, ir.Network, "FloatArray", FileWriter], RunnableNetwork]


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: what it needs, what it can, and how it builds a network that it can run.

    ``package`` has its version. ``imports``, and what writes the ``target`` that it runs, are
    imported before the clock starts.
    """

    package: str
    imports: tuple[str, ...]
    build: Build
    target: str | None = None
    dtypes: tuple[str, ...] = ("float32", "bfloat16", "float16")
    devices: tuple[str, ...] = ("cpu", "cuda")

    def load(self, job: Job, writer: FileWriter) -> str:
        """Import it and return its version. Raises `ArchcError` with the reason to leave it out."""
        if job.device not in self.devices:
            raise ArchcError(f"no {job.device}")
        if job.dtype not in self.dtypes:
            raise ArchcError(f"no {job.dtype}")
        try:
            for name in self.imports:
                importlib.import_module(name)
            if self.target is not None:
                writer.prepare(self.target)
            return version(self.package)
        except (ModuleNotFoundError, PackageNotFoundError) as error:
            raise ArchcError(f"{error.name} is not installed") from None


# torch


def _archc(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    from archc.runtime.executor import make_executor

    executor = make_executor(network, job.device, job.dtype, job.batch, job.weights)
    return _torch(executor, images, job)


def _eager(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    import torch

    module, dtype = _module(job, network, writer), getattr(torch, job.dtype)
    return _torch(lambda x: module(x.to(dtype)), images, job)


def _eager_float32(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    return _eager(replace(job, dtype="float32"), network, images, writer)


def _channels_last(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    import torch

    last: Any = torch.channels_last
    module, dtype = _module(job, network, writer).to(memory_format=last), getattr(torch, job.dtype)
    return _torch(lambda x: module(x.to(dtype, memory_format=last)), images, job)


def _compiled(mode: str | None) -> Build:
    def build(
        job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
    ) -> RunnableNetwork:
        import torch

        if job.device == "cpu" and not any(
            map(shutil.which, filter(None, (os.environ.get("CXX"), "c++", "g++", "clang++")))
        ):
            raise ArchcError("no C++ compiler")
        module, dtype = _module(job, network, writer), getattr(torch, job.dtype)
        compiled: Callable[[Any], Any] = torch.compile(module, mode=mode)
        return _torch(lambda x: compiled(x.to(dtype)), images, job)

    return build


def _module(job: Job, network: ir.Network, writer: FileWriter) -> Any:
    """Build the emitted module as a user has it, in evaluation mode."""
    import torch
    from safetensors.torch import load_file

    from archc.runtime.module import instantiate

    source = writer.write(network, "torch")
    assert isinstance(source, str)
    module = instantiate(source, network.spec, network.digest, {}).eval()
    keys = module.load_state_dict(load_file(job.weights), strict=False)
    missing = [name for name in keys.missing_keys if not name.endswith("num_batches_tracked")]
    if missing:
        raise ArchcError(f"the weights lack {len(missing)} tensors, first {missing[0]}")
    return module.to(job.device, getattr(torch, job.dtype))


def _torch(run: Callable[[Any], Any], images: FloatArray, job: Job) -> RunnableNetwork:
    import torch

    placed = torch.from_numpy(images).to(job.device)

    def call() -> Any:
        with torch.inference_mode():
            return run(placed)

    return RunnableNetwork(call, lambda result: result.float().cpu().numpy())


# From ONNX


def _onnxruntime(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job.threads
    session = onnxruntime.InferenceSession(
        _onnx(job, network, writer), options, providers=_PROVIDERS
    )
    feed = {session.get_inputs()[0].name: images}
    return RunnableNetwork(lambda: session.run(None, feed), lambda result: result[0])


def _openvino(
    job: Job, network: ir.Network, images: FloatArray, writer: FileWriter
) -> RunnableNetwork:
    openvino: Any = importlib.import_module("openvino")

    core = openvino.Core()
    model = core.read_model(_onnx(job, network, writer), b"")
    model.reshape(list(images.shape))
    config = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": job.threads,
        "INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[job.dtype],
    }
    compiled = core.compile_model(model, "CPU", config)
    request = compiled.create_infer_request()
    return RunnableNetwork(
        lambda: request.infer([images], share_inputs=True, share_outputs=True),
        lambda result: result[0].copy(),
    )


def _onnx(job: Job, network: ir.Network, writer: FileWriter) -> bytes:
    model = writer.write(network, "onnx", Path(job.weights))
    assert isinstance(model, bytes)
    return model


_PROVIDERS = ["CPUExecutionProvider"]
_TORCH = ("torch", "safetensors.torch", "archc.runtime.module")
_COMPILE = (*_TORCH, "torch._dynamo", "torch._inductor.compile_fx")
_ONNX = ("onnx", "safetensors")

BASE = "archc"
"""The engine that the others are compared with."""

ENGINES: dict[str, Engine] = {
    BASE: Engine("archc", ("torch", "safetensors.torch", "archc.runtime.executor"), _archc),
    "eager": Engine("torch", _TORCH, _eager, "torch"),
    "eager-float32": Engine("torch", _TORCH, _eager_float32, "torch"),
    "channels-last": Engine("torch", _TORCH, _channels_last, "torch"),
    "compile": Engine("torch", _COMPILE, _compiled(None), "torch"),
    "compile-graphs": Engine(
        "torch", _COMPILE, _compiled("reduce-overhead"), "torch", devices=("cuda",)
    ),
    "onnxruntime": Engine(
        "onnxruntime", ("onnxruntime", *_ONNX), _onnxruntime, "onnx", ("float32",), ("cpu",)
    ),
    "openvino": Engine(
        "openvino", ("openvino", *_ONNX), _openvino, "onnx", ("float32", "bfloat16"), ("cpu",)
    ),
}
"""The engines by name: those of torch run the emitted module, the others archc's ONNX model."""

OTHERS = tuple(name for name in ENGINES if name != BASE)
"""The engines that can be asked for."""
