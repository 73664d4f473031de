"""What all workers are told: the same network, weights, images and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archc import ir
from archc.diagnostics import Diagnostics
from archc.limits import Limits
from archc.spec import load_network

__all__ = ["Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A spec and how it is run. Plain data, so that it can be sent as JSON.

    ``weights`` is a safetensors file of the emitted module, ``images`` a numpy file of a batch;
    ``reference`` one of what eager PyTorch makes of it in float32, once that is known. An
    ``exact`` float32 is not rounded to TF32 on the way, as GPUs do it.
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
        """The spec, read anew. Raises `archc.SpecError`."""
        numbers = {**self.limits, "folders": tuple(map(Path, self.limits.get("folders", ())))}
        limits = Limits(**numbers)
        diagnostics = Diagnostics(limits.errors)
        graph = load_network(self.spec, self.settings, self.variant, diagnostics, limits)
        diagnostics.raise_if_any()
        assert graph is not None
        return graph
