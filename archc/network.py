"""The public face of a checked network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from archc import ir
from archc.analysis.figures import Figures, figures
from archc.diagnostics import ArchcError, Diagnostic, Diagnostics, nearest
from archc.library import is_folder, spec_names
from archc.limits import DEFAULT, Limits
from archc.notebook import NetworkHead, NetworkRow, network_html, network_svg
from archc.ops import Shape
from archc.spec import load_network
from archc.texts import brief

if TYPE_CHECKING:
    from archc.runtime.executor import Device, Dtype, Executor
    from archc.runtime.module import Module
    from archc.runtime.weights import WeightsSource
    from archc.show.report import Report

__all__ = ["Network", "SpecNotFoundError", "load"]


class SpecNotFoundError(ArchcError):
    """There is no such file and no such bundled spec."""


class Network:
    """A checked network with its figures, for one sample, without auxiliary heads."""

    def __init__(self, graph: ir.Network, warnings: tuple[Diagnostic, ...] = ()) -> None:
        """Wrap a checked graph; use `load` instead."""
        self.graph = graph
        self._warnings = warnings

    def __repr__(self) -> str:
        rows = f"{len(self.graph.rows)} rows"
        return brief(
            self, self.name, rows, f"{self.params:,} params", f"{self.macs:,} multiply-adds"
        )

    def _repr_svg_(self) -> str | None:
        return network_svg(self.graph)

    def _repr_html_(self) -> str:
        return network_html(self.graph)

    @property
    def name(self) -> str:
        """The network's name."""
        return self.graph.name

    @property
    def input(self) -> Shape:
        """The input's shape, (C, H, W)."""
        return self.graph.input.shape

    @property
    def output(self) -> Shape:
        """The output's shape, (N,) for a classifier."""
        return self.graph.output.shape

    @cached_property
    def figures(self) -> Figures:
        """All figures."""
        return figures(self.graph)

    @property
    def params(self) -> int:
        """Learned weights and biases, and a norm's scale and shift."""
        return self.figures.total.params

    @property
    def weights(self) -> int:
        """Kernel weights of convolutions and linear layers."""
        return self.figures.total.weights

    @property
    def macs(self) -> int:
        """Multiply-adds of convolutions and linear layers, one operation each."""
        return self.figures.total.macs

    @property
    def depth(self) -> int:
        """The longest chain of convolution and linear layers."""
        return self.figures.depth

    @cached_property
    def rows(self) -> tuple[NetworkRow, ...]:
        """The rows in order, unlisted ones included."""
        found = self.figures.rows
        return tuple(NetworkRow(each.row, each.cost, self.graph) for each in found)

    @cached_property
    def heads(self) -> tuple[NetworkHead, ...]:
        """The auxiliary heads, which the totals leave out."""
        found = self.figures.heads
        return tuple(NetworkHead(each.head, each.cost, self.graph) for each in found)

    def __len__(self) -> int:
        """How many rows there are, unlisted ones included."""
        return len(self.graph.rows)

    def __iter__(self) -> Iterator[NetworkRow]:
        """The rows in order: those of `rows`."""
        return iter(self.rows)

    def __contains__(self, part: object) -> bool:
        """Whether it is a row or a head of this network, or the name of one."""
        if not isinstance(part, str):
            return any(part is each for each in (*self.rows, *self.heads))
        try:
            self[part]
        except KeyError:
            return False
        return True

    def __getitem__(self, name: str) -> NetworkRow | NetworkHead:
        """The row or the head that ``archc diagram`` draws by that name.

        ``inception_3a``, or as printed: ``inception (3a)``. Raises KeyError where there is none,
        and where several rows are printed so, TypeError for what is no name.
        """
        from archc.show.diagram.draw import UnknownPartError, find_part

        if not isinstance(name, str):
            kind = type(name).__name__
            raise TypeError(f"rows are found by name, not by {kind}: `rows` has them in order")
        try:
            part = find_part(self.graph, name)
        except UnknownPartError as error:
            raise KeyError(str(error)) from None
        return self._parts[part.name]

    @cached_property
    def _parts(self) -> dict[str, NetworkRow | NetworkHead]:
        """By name; of a row and a head of one name, the row, which `find_part` finds first."""
        parts: list[NetworkRow | NetworkHead] = [*self.heads, *self.rows]
        return {each.name: each for each in parts}

    @cached_property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is worth a look: what has no effect, and printed figures that are wrong."""
        from archc.show.report.figures import warn_of_errata

        errata = Diagnostics()
        warn_of_errata(self.report(), errata)
        return (*self._warnings, *errata.warnings)

    def report(self) -> Report:
        """The paper's table beside the printed figures."""
        from archc.show.report import make_report

        return make_report(self.graph)

    @overload
    def emit(self, target: Literal["torch"] = "torch") -> str: ...

    @overload
    def emit(self, target: str, weights: str | Path | None = None) -> str | bytes: ...

    def emit(self, target: str = "torch", weights: str | Path | None = None) -> str | bytes:
        """The network as source, or as a file's bytes. Raises `ArchcError` for an unknown target.

        ``weights`` is a safetensors file for targets that hold weights.
        """
        from archc.targets import emit

        return emit(self.graph, target, None if weights is None else Path(weights))

    def module(self, **arguments: Any) -> Module:
        """The emitted PyTorch class, instantiated with ``arguments``.

        It can be pickled, as ``torch.save`` and worker processes do; to read it takes archc and
        runs the source that it carries (``torch.load(..., weights_only=False)``). What is to be
        kept is its ``state_dict()``. Raises `ArchcError` where torch is not installed.
        """
        try:
            from archc.runtime.module import instantiate
        except ModuleNotFoundError as error:
            raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

        return instantiate(self.emit("torch"), self.graph.spec, self.graph.digest, arguments)

    def executor(
        self,
        device: Device = "auto",
        dtype: Dtype = "float32",
        batch: int = 1,
        weights: WeightsSource = None,
    ) -> Executor:
        """The graph ready to run on ``device`` (``cpu``, ``cuda``, or ``auto``: a GPU if any).

        ``dtype`` is ``float32``, ``bfloat16``, ``float16`` or ``float64``, or torch's own.
        ``weights`` are a state_dict of the emitted module, or a safetensors file of one; new
        ones if not given. Raises `ArchcError` where they do not fit, where there is no such
        device or dtype, and where torch is not installed.
        """
        try:
            from archc.runtime.executor import make_executor
        except ModuleNotFoundError as error:
            raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

        return make_executor(self.graph, device, dtype, batch, weights)


def load(
    spec: str | Path,
    limits: Limits = DEFAULT,
    /,
    *,
    variant: str | None = None,
    **settings: object,
) -> Network:
    """Read, check and infer a spec: a path, or the name of a bundled one.

    ``variant`` is one of the spec's variants (the first if not given). ``settings`` override
    its keys: ``classes=10``, ``input="256×256×3"``. ``limits`` is what a spec may ask for.
    Raises `archc.SpecError` with all diagnostics if the spec is wrong, `SpecNotFoundError` and
    `UnknownVariantError`.
    """
    return open_network(spec, settings, variant, limits)


def open_network(
    spec: str | Path, settings: Any, variant: str | None = None, limits: Limits = DEFAULT
) -> Network:
    """`load` with settings as a mapping or as ``key=value`` texts."""
    diagnostics = Diagnostics(limits.errors)
    try:
        graph = load_network(spec, settings, variant, diagnostics, limits)
    except FileNotFoundError:
        raise SpecNotFoundError(_not_found(spec)) from None
    diagnostics.raise_if_any()
    assert graph is not None
    return Network(graph, diagnostics.warnings)


def _not_found(spec: str | Path) -> str:
    if is_folder(Path(spec)):
        return f"`{spec}` is a folder: name the files in it, `{Path(spec) / '*.yaml'}`"
    hint = nearest(str(spec), spec_names())
    return f"there is no file and no bundled spec `{spec}`" + (f", {hint}" if hint else "")
