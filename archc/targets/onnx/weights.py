"""The numbers that go into an ONNX file: a file's, or those a network starts with."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archc.diagnostics import ArchcError
from archc.ir import Network, Operation
from archc.ops.tensor import LayerTensor
from archc.tensors.files import read_safetensors
from archc.tensors.initial import draw, starts

__all__ = ["MOST_BYTES", "weights_of"]

MOST_BYTES = 2**31 - 2**26
"""Protobuf's 2 GiB for a message, less 64 MiB for the graph beside the weights."""

_SHOWN = 5
_COUNTER = ".num_batches_tracked"


def weights_of(
    network: Network, paths: Mapping[Operation, str], file: Path | None
) -> dict[str, NDArray[np.float32]]:
    """The tensors of the main path by their names in the emitted module's ``state_dict``.

    From a safetensors ``file``, which may also have those of the heads and batch norm's
    counters; else as the network starts. Raises `ArchcError` for a file that does not fit,
    naming what is missing, unexpected or of another shape, and for weights that are too
    large for one ONNX file.
    """
    needed = starts(network.operations(), paths)
    size = sum(4 * math.prod(start.shape) for start in needed.values())
    if size > MOST_BYTES:
        raise ArchcError(
            f"{network.name} has {size / 1e9:.1f} GB of weights: one ONNX file holds 2 GB"
        )
    if file is None:
        return {key: draw(start, key) for key, start in needed.items()}
    found = read_safetensors(file)
    spare = starts(network.operations(heads=True), paths).keys()
    problems = list(_problems(found, needed, spare))
    if problems:
        raise ArchcError(f"{file} does not fit {network.name}: {'; '.join(problems)}")
    return {key: found[key].astype(np.float32, copy=False) for key in needed}


def _problems(
    found: Mapping[str, NDArray[Any]], needed: Mapping[str, LayerTensor], spare: Collection[str]
) -> Iterator[str]:
    """What keeps a file's tensors from being the network's."""
    yield from _listed("missing", [key for key in needed if key not in found])
    yield from _listed("unexpected", sorted(key for key in found if not _belongs(key, spare)))
    common = [(key, start, found[key]) for key, start in needed.items() if key in found]
    yield from _listed(
        "of another shape",
        [
            f"{key} {array.shape}, not {start.shape}"
            for key, start, array in common
            if array.shape != start.shape
        ],
    )
    yield from _listed(
        "not floating point",
        [f"{key} ({array.dtype})" for key, _, array in common if array.dtype.kind != "f"],
    )


def _belongs(key: str, spare: Collection[str]) -> bool:
    """Whether the emitted module has such a tensor."""
    if key.endswith(_COUNTER):
        return f"{key.removesuffix(_COUNTER)}.running_mean" in spare
    return key in spare


def _listed(what: str, which: list[str]) -> Iterator[str]:
    """``missing a, b and 7 more``; nothing where there is nothing."""
    if which:
        more = f" and {len(which) - _SHOWN} more" if len(which) > _SHOWN else ""
        yield f"{what} {', '.join(which[:_SHOWN])}{more}"
