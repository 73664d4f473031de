"""The executor: runs a network's graph directly, without Python source in between.

The graph becomes a program, passes fold and fuse it, and each instruction becomes one kernel
(`archc.runtime.kernels`). Where the device can, the calls of the kernels are recorded once and
replayed without Python (`archc.runtime.recording`); a large batch is cut into micro-batches, one
for each thread (`archc.runtime.workers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import prod

import torch
from torch import Tensor

from archc import ir
from archc.diagnostics import ArchcError, nearest
from archc.ir.program import Instruction, Program
from archc.ops import Op, format_shape
from archc.passes import pipeline
from archc.passes.pipeline import linearize
from archc.passes.storage import cut_behind, not_to_overwrite
from archc.plan.network import Plan, source_plan
from archc.plan.tables import require_rules
from archc.runtime import recording
from archc.runtime.device import choose_device
from archc.runtime.kernels import Kernel, KernelRule, Site, fused, plain
from archc.runtime.recording import Forward, RecordingError, compile_with_onednn, interpreter
from archc.runtime.weights import WeightsSource, evaluate, load_weights
from archc.runtime.workers import MicroBatches, Workers, WorkerStage, micro_batches
from archc.tensors.initial import starts
from archc.texts import brief

__all__ = ["DTYPES", "Device", "Dtype", "Executor", "make_executor"]

Device = str | torch.device
"""``cpu``, ``cuda``, ``cuda:1``, or ``auto``: a GPU if there is one."""

Dtype = str | torch.dtype
"""torch's own, or its name."""

DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float64": torch.float64,
}

_LARGE = 250_000
"""Elements (C · H · W) of a map above which few images at a time are faster: 1 MB in float32."""


class Executor:
    """A network ready to run on one device, in one dtype, with batches of one size N.

    Call it with images (N, C, H, W) of any dtype, on any device; it returns what the emitted
    module returns in evaluation mode: logits (N, classes), on its device and in its dtype.

    On a GPU it keeps state between calls: the next call overwrites the result. On a CPU it keeps
    none, and several threads may call it; it uses as many of torch's threads as there were when
    it was made.
    """

    def __init__(
        self,
        program: Program,
        site: Site,
        kernels: list[tuple[Instruction, Kernel]],
        record: bool,
    ) -> None:
        """Wrap a program's instructions with their kernels; use `archc.Network.executor` instead.

        ``record``: replay the calls where the device can, rather than interpret them.
        """
        self.program = program
        self.site = site
        self.kernels = kernels
        self._run = self._recorded() if record else interpreter(program, kernels)

    def __repr__(self) -> str:
        values = (self.program.input, self.program.output)
        return brief(
            self,
            self.program.name,
            f"{_dtype_name(self.dtype)} on {self.device}",
            f"batch {self.batch}",
            " to ".join(format_shape(value.shape) for value in values),
        )

    @property
    def device(self) -> torch.device:
        """The device that it runs on."""
        return self.site.device

    @property
    def dtype(self) -> torch.dtype:
        """The dtype that it computes in, and returns."""
        return self.site.dtype

    @property
    def batch(self) -> int:
        """The number of samples N that it takes."""
        return self.site.batch

    def example(self, batch: int | None = None) -> Tensor:
        """Draw a batch of random images (N, C, H, W), the same each time, on the device."""
        shape = (batch or self.batch, *self.program.input.shape)
        generator = torch.Generator().manual_seed(0)
        return self.site.place(torch.randn(shape, generator=generator, device="cpu"))

    def __call__(self, images: Tensor) -> Tensor:
        """Compute the logits of a batch.

        Raises TypeError for what is no tensor, ValueError for images of another shape.
        """
        if not isinstance(images, Tensor):
            raise TypeError(_no_tensor(images))
        wanted = (self.batch, *self.program.input.shape)
        if tuple(images.shape) != wanted:
            raise ValueError(f"the images are {tuple(images.shape)}, the executor takes {wanted}")
        with torch.no_grad(), _without_autocast(self.site):
            return self._run(self.site.place(images))

    def _recorded(self) -> Forward:
        """Record the calls, as the device can."""
        run = interpreter(self.program, self.kernels)
        if self.device.type == "cuda":
            return recording.capture_cuda_graph(run, self.example())
        threads = torch.get_num_threads()
        sizes = micro_batches(self.batch, threads)
        if sizes is None:
            return compile_with_onednn(run, self.example())
        return Workers(threads, self._stages(sizes), self.example(sizes.small_maps))

    def _stages(self, sizes: MicroBatches) -> list[WorkerStage]:
        """Cut the program in two, large maps first, where that gives each its own size."""
        kernels = dict(self.kernels)
        parts: tuple[Program, ...] = (self.program,)
        if sizes.large_maps != sizes.small_maps:
            parts = cut_behind(self.program, _is_large)
        stages = []
        for part in parts:
            run = interpreter(part, [(step, kernels[step]) for step in part.instructions])
            has_large_maps = any(_is_large(step.output) for step in part.instructions)
            size = sizes.large_maps if has_large_maps else sizes.small_maps
            stages.append(WorkerStage(size, partial(compile_with_onednn, run)))
        return stages


def _no_tensor(images: object) -> str:
    kind = type(images)
    mend = "from_numpy" if kind.__module__ == "numpy" else "as_tensor"
    return f"the executor takes a tensor, not {kind.__name__}: torch.{mend}(images)"


def _is_large(value: ir.Value) -> bool:
    return prod(value.shape) > _LARGE


def make_executor(
    network: ir.Network,
    device: Device,
    dtype: Dtype,
    batch: int,
    weights: WeightsSource,
    record: bool = True,
) -> Executor:
    """Make an executor of a network and its weights. Raises `ArchcError` where that cannot be.

    Without ``record`` its kernels are called one by one, as a profile needs them. What oneDNN
    Graph compiles wrongly, or not at all, is made again of kernels that torch calls.
    """
    site = _site(device, dtype, batch)
    plan = source_plan(network)
    if record and _can_compile(site):
        with suppress(RecordingError):
            return _make(plan, replace(site, compiled=True), weights, record=True)
    return _make(plan, site, weights, record and site.device.type == "cuda")


def _make(plan: Plan, site: Site, weights: WeightsSource, record: bool) -> Executor:
    graph, paths = plan.network, plan.paths
    passes = pipeline.FOR_GRAPH if site.compiled else pipeline.FOR_EXECUTION
    program = pipeline.run_program(linearize(graph, paths), passes.values())
    require_rules(_by_row(graph, program), plain.RULES, "run by the executor")
    # What is made in inference mode could not be written to outside of it.
    with torch.inference_mode(False), torch.no_grad(), _without_autocast(site):
        stored = load_weights(weights, starts(graph.operations(), paths), _precision(site))
        kernels = _kernels(program, stored, site)
        return Executor(program, site, kernels, record)


def _by_row(graph: ir.Network, program: Program) -> Iterator[tuple[str, Op]]:
    """Yield every operation of the program, fused ones too, with its row in the paper's words."""
    printed = {row.name: row.printed for row in graph.rows}
    for instruction in program.instructions:
        for op in (instruction.op, *instruction.after):
            yield f"row {printed[instruction.row]}", op


def _precision(site: Site) -> torch.dtype:
    """Choose the dtype that weights are folded in: never half precision."""
    return torch.promote_types(site.dtype, torch.float32)


def _without_autocast(site: Site) -> torch.autocast:
    """Compute in the site's dtype, whatever autocast the caller is in."""
    return torch.autocast(site.device.type, enabled=False)


def _can_compile(site: Site) -> bool:
    """Tell whether oneDNN Graph takes the plain kernels at this site."""
    if site.device.type != "cpu" or site.dtype not in recording.ONEDNN_GRAPH_DTYPES:
        return False
    return recording.has_onednn_graph()


def _kernels(
    program: Program, stored: dict[str, Tensor], site: Site
) -> list[tuple[Instruction, Kernel]]:
    rules = _rules(site)
    kernels = [(step, _kernel(step, stored, site, rules)) for step in program.instructions]
    if not site.compiled:
        return kernels
    kept = not_to_overwrite(program)
    return [
        (step, recording.keep_readable(kernel) if step.output in kept else kernel)
        for step, kernel in kernels
    ]


def _kernel(
    instruction: Instruction, stored: dict[str, Tensor], site: Site, rules: tuple[KernelRule, ...]
) -> Kernel:
    """Make the first kernel that can do it: one of the ``rules``, or the plain one."""
    tensors = {name: evaluate(weights, stored) for name, weights in instruction.weights.items()}
    for rule in rules:
        kernel = rule(instruction, tensors, site)
        if kernel is not None:
            return kernel
    return plain.plain(instruction, tensors, site)


def _rules(site: Site) -> tuple[KernelRule, ...]:
    """List what to try before the plain kernels; a compiler gets nothing but those."""
    if site.compiled:
        return ()
    if site.device.type == "cpu" and fused.has_onednn():
        return fused.onednn_pointwise, fused.onednn_convolution
    if site.device.type == "cuda" and fused.has_cudnn():
        return (fused.cudnn_convolution,)
    return ()


def _dtype_name(dtype: Dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _site(device: Device, dtype: Dtype, batch: int) -> Site:
    """Check a device, a dtype and a batch size, each as users say it."""
    if not isinstance(batch, int):
        raise TypeError(f"a batch is a whole number of samples, not {type(batch).__name__}")
    if batch < 1:
        raise ArchcError("a batch has at least one sample")
    name = _dtype_name(dtype)
    if name not in DTYPES:
        hint = nearest(name, DTYPES) or f"choose {', '.join(DTYPES)}"
        raise ArchcError(f"there is no dtype {name}: {hint}")
    if device == "auto":
        device = choose_device("auto")
    try:
        place = torch.device(device)
    except RuntimeError:
        raise ArchcError(f"there is no device {device}: choose cpu or cuda") from None
    if place.type not in ("cpu", "cuda"):
        raise ArchcError(f"archc runs on no device {device}: choose cpu or cuda")
    if place.type == "cuda" and not torch.cuda.is_available():
        raise ArchcError("this torch finds no CUDA device: choose cpu")
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise ArchcError(f"there is no device {device}: torch finds {torch.cuda.device_count()}")
    return Site(place, DTYPES[name], batch)
