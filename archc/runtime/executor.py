"""Running a network's graph: without Python source, at once.

The graph becomes a program, passes fold and fuse it, each instruction becomes one call of a
kernel, and the calls are made in order. Where it can be, the sequence of calls is recorded
once and replayed without Python: as a CUDA graph on a GPU, by oneDNN Graph on a CPU.
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
from archc.runtime import onednn_graph
from archc.runtime.interpreter import interpreter
from archc.runtime.kernels import cudnn, onednn, plain
from archc.runtime.kernels.site import Function, Kernel, KernelRule, Site
from archc.runtime.state import State, load_state
from archc.runtime.weights import evaluate
from archc.runtime.workers import Pieces, Stage, Workers, pieces
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
"""Numbers in an image's map above which few images at a time are better: 1 MB in float32."""


class Executor:
    """A network ready to run on one device, in one dtype, with batches of one size.

    Call it with images (N, C, H, W) of any dtype, on any device; it returns what the emitted
    module returns in evaluation mode: logits (N, classes), on its device and in its dtype. On a
    GPU the result is overwritten by the next call. On a CPU it has the number of threads that
    torch had when it was made.
    """

    def __init__(
        self,
        program: Program,
        site: Site,
        kernels: list[tuple[Instruction, Kernel]],
        record: bool,
    ) -> None:
        """Wrap kernels; use `archc.Network.executor` instead."""
        self.program = program
        self.site = site
        self.kernels = kernels
        self._run = self._recorded() if record else interpreter(program, kernels)

    def __repr__(self) -> str:
        shapes = (format_shape(each.shape) for each in (self.program.input, self.program.output))
        return brief(
            self,
            self.program.name,
            f"{_dtype_name(self.dtype)} on {self.device}",
            f"batch {self.batch}",
            " to ".join(shapes),
        )

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self.site.device

    @property
    def dtype(self) -> torch.dtype:
        """In what it computes."""
        return self.site.dtype

    @property
    def batch(self) -> int:
        """How many samples it takes."""
        return self.site.batch

    def example(self, batch: int | None = None) -> Tensor:
        """A batch of random images, as the network takes them: (N, C, H, W)."""
        shape = (batch or self.batch, *self.program.input.shape)
        generator = torch.Generator().manual_seed(0)
        return self.site.place(torch.randn(shape, generator=generator, device="cpu"))

    def __call__(self, images: Tensor) -> Tensor:
        """The logits of a batch.

        Raises TypeError for what is no tensor, ValueError for a batch of another size.
        """
        if not isinstance(images, Tensor):
            raise TypeError(_no_tensor(images))
        wanted = (self.batch, *self.program.input.shape)
        if tuple(images.shape) != wanted:
            raise ValueError(f"the images are {tuple(images.shape)}, the executor takes {wanted}")
        with torch.no_grad(), _as_it_is(self.site):
            return self._run(self.site.place(images))

    def _recorded(self) -> Function:
        """The calls as one, where the device can."""
        run = interpreter(self.program, self.kernels)
        if self.device.type == "cuda":
            from archc.runtime.cuda_graph import captured

            return captured(run, self.example())
        threads = torch.get_num_threads()
        sizes = pieces(self.batch, threads)
        if sizes is None:
            return onednn_graph.recorded(run, self.example())
        return Workers(threads, self._stages(sizes), self.example(sizes.small))

    def _stages(self, sizes: Pieces) -> list[Stage]:
        """The parts with large maps and with small ones."""
        kernels = dict(self.kernels)
        whole = (self.program,) if sizes.large == sizes.small else cut_behind(self.program, _large)
        found = []
        for part in whole:
            run = interpreter(part, [(each, kernels[each]) for each in part.instructions])
            large = any(_large(each.output) for each in part.instructions)
            size = sizes.large if large else sizes.small
            found.append(Stage(size, partial(onednn_graph.recorded, run)))
        return found


def _no_tensor(images: object) -> str:
    kind = type(images)
    mend = "from_numpy" if kind.__module__ == "numpy" else "as_tensor"
    return f"the executor takes a tensor, not {kind.__name__}: torch.{mend}(images)"


def _large(value: ir.Value) -> bool:
    return prod(value.shape) > _LARGE


def make_executor(
    network: ir.Network,
    device: Device,
    dtype: Dtype,
    batch: int,
    state: State,
    record: bool = True,
) -> Executor:
    """The network with its weights on a device. Raises `ArchcError` where that cannot be.

    Without ``record`` its kernels are called one by one, as a profile needs them.
    """
    site = _site(device, dtype, batch)
    plan = source_plan(network)
    if record and _has_graph(site):
        with suppress(onednn_graph.RecordingError):
            return _make(plan, replace(site, compiled=True), state, record=True)
    return _make(plan, site, state, record and site.device.type == "cuda")


def _make(plan: Plan, site: Site, state: State, record: bool) -> Executor:
    graph, paths = plan.network, plan.paths
    passes = pipeline.FOR_GRAPH if site.compiled else pipeline.FOR_EXECUTION
    program = pipeline.run_program(linearize(graph, paths), passes.values())
    require_rules(_by_row(graph, program), plain.RULES, "run by the executor")
    # What is made in inference mode could not be written to outside of it.
    with torch.inference_mode(False), torch.no_grad(), _as_it_is(site):
        stored = load_state(state, starts(graph.operations(), paths), _precision(site))
        kernels = _kernels(program, stored, site)
        return Executor(program, site, kernels, record)


def _by_row(graph: ir.Network, program: Program) -> Iterator[tuple[str, Op]]:
    """The program's operations, what is applied to a result too, each with its printed row."""
    printed = {row.name: row.printed for row in graph.rows}
    for instruction in program.instructions:
        for op in (instruction.op, *instruction.after):
            yield f"row {printed[instruction.row]}", op


def _precision(site: Site) -> torch.dtype:
    """In what weights are folded: never in half precision."""
    return torch.promote_types(site.dtype, torch.float32)


def _as_it_is(site: Site) -> torch.autocast:
    """Kernels compute in the site's dtype, whatever the caller has chosen for others."""
    return torch.autocast(site.device.type, enabled=False)


def _has_graph(site: Site) -> bool:
    """Whether oneDNN Graph takes the plain kernels, and does with them as it likes."""
    if site.device.type != "cpu" or site.dtype not in onednn_graph.DTYPES:
        return False
    return onednn_graph.available()


def _kernels(
    program: Program, stored: dict[str, Tensor], site: Site
) -> list[tuple[Instruction, Kernel]]:
    rules = _rules(site)
    found = [(each, _kernel(each, stored, site, rules)) for each in program.instructions]
    if not site.compiled:
        return found
    kept = not_to_overwrite(program)
    return [
        (each, onednn_graph.visible(kernel) if each.output in kept else kernel)
        for each, kernel in found
    ]


def _kernel(
    instruction: Instruction, stored: dict[str, Tensor], site: Site, rules: tuple[KernelRule, ...]
) -> Kernel:
    """The first kernel that can do it: the device's own, or the plain one."""
    tensors = {key: evaluate(each, stored) for key, each in instruction.weights.items()}
    for rule in rules:
        kernel = rule(instruction, tensors, site)
        if kernel is not None:
            return kernel
    return plain.plain(instruction, tensors, site)


def _rules(site: Site) -> tuple[KernelRule, ...]:
    if site.compiled:
        return ()
    if site.device.type == "cpu" and onednn.available():
        return onednn.pointwise, onednn.convolution
    if site.device.type == "cuda" and cudnn.available():
        return (cudnn.convolution,)
    return ()


def _dtype_name(dtype: Dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _site(device: Device, dtype: Dtype, batch: int) -> Site:
    if not isinstance(batch, int):
        raise TypeError(f"a batch is a whole number of samples, not {type(batch).__name__}")
    if batch < 1:
        raise ArchcError("a batch has at least one sample")
    name = _dtype_name(dtype)
    if name not in DTYPES:
        hint = nearest(name, DTYPES) or f"choose {', '.join(DTYPES)}"
        raise ArchcError(f"there is no dtype {name}: {hint}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
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
