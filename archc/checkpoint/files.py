"""Checkpoint files of either kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics import ArchcError
from archc.tensors.files import StoredTensor, read_stored

__all__ = ["Checkpoint", "read_checkpoint"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name. ``ordered`` says whether their order is the modules' definition's."""

    tensors: Mapping[str, StoredTensor]
    ordered: bool


def read_checkpoint(path: Path) -> Checkpoint:
    """The tensors in a safetensors file, or in one that torch saved.

    Raises `ArchcError` for anything else, and where the library it takes is not installed.
    """
    if path.suffix == ".safetensors" or _opens_with_header(path):
        return Checkpoint(read_stored(path), ordered=False)
    try:
        from archc.runtime.checkpoint import read_torch
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[torch]"`') from None

    tensors = read_torch(path)
    return Checkpoint(tensors, ordered=list(tensors) != sorted(tensors))


def _opens_with_header(path: Path) -> bool:
    """Whether the file starts as safetensors does: eight bytes of length, then JSON."""
    try:
        with path.open("rb") as file:
            return file.read(9)[8:] == b"{"
    except OSError as error:
        raise ArchcError(f"cannot read {path}: {error.strerror}") from None
