"""Safetensors files: names and arrays, nothing that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archc.diagnostics import ArchcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Arrays = Mapping[str, np.ndarray]

__all__ = ["read_safetensors", "safetensors_bytes"]


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name, in the file's order.

    Raises `ArchcError` for a file that cannot be read, is no safetensors file, or holds a type
    that numpy lacks; and where safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None

    try:
        return dict(load(path.read_bytes()))
    except OSError as error:
        raise ArchcError(f"cannot read {path}: {error.strerror}") from None
    except (SafetensorError, KeyError, ValueError) as error:
        raise ArchcError(f"{path} is no safetensors file that can be read: {error}") from None


def safetensors_bytes(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    """The content of a safetensors file. Raises `ArchcError` where it is not installed."""
    try:
        from safetensors.numpy import save
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None

    return save(dict(arrays), metadata=dict(metadata))
