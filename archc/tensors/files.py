"""Safetensors files: names and arrays, nothing that runs."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc.diagnostics import ArchcError, safe

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray]

__all__ = [
    "StoredTensor",
    "no_safetensors",
    "read_safetensors",
    "read_stored",
    "safetensors_bytes",
    "stored_bytes",
]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor as a file has it: ``dtype`` in safetensors' words (``F32``, ``BF16``, ``I64``).

    Its bytes are never looked at, so that types which numpy lacks pass through unchanged.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes | bytearray | memoryview

    @property
    def is_floating(self) -> bool:
        """Whether it holds numbers that layers compute with; an 8-bit one needs a scale."""
        return self.dtype in ("F16", "BF16", "F32", "F64")

    def reshape(self, shape: tuple[int, ...]) -> StoredTensor:
        """The same numbers in another shape. Raises ValueError where their count differs."""
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"{self.shape} has not as many numbers as {shape}")
        return replace(self, shape=shape)


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
    except SafetensorError:
        raise ArchcError(no_safetensors(path)) from None
    except (KeyError, ValueError) as error:
        raise ArchcError(f"{path} is no safetensors file that can be read: {error}") from None


def no_safetensors(path: Path) -> str:
    """What to say of another file where weights for the emitted module are wanted."""
    shown = safe(str(path))
    if path.suffix == ".safetensors":
        return f"{shown} is no safetensors file, or is cut off"
    if _is_from_torch(path):
        return (
            f"{shown} is no safetensors file, but one that torch saved: "
            f"`archc weights SPEC {shown}` writes its weights as one"
        )
    return (
        f"{shown} is no safetensors file: weights are one for the emitted module, "
        "as `archc weights` makes of a checkpoint"
    )


def _is_from_torch(path: Path) -> bool:
    """Whether the file starts as torch's do: a zip archive, or, before torch 1.6, a pickle."""
    with path.open("rb") as file:
        return file.read(4).startswith((b"PK\x03\x04", b"\x80"))


def safetensors_bytes(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    """The content of a safetensors file. Raises `ArchcError` where it is not installed."""
    try:
        from safetensors.numpy import save
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None

    return save(dict(arrays), metadata=dict(metadata))


def read_stored(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a file, of whatever type, sorted by name: their order says nothing.

    Raises `ArchcError` for a file that cannot be read or is no safetensors file, and where
    safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError, deserialize
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None

    try:
        stored: list[tuple[str, dict[str, Any]]] = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ArchcError(f"cannot read {path}: {error.strerror}") from None
    except SafetensorError as error:
        raise ArchcError(f"{path} is no safetensors file that can be read: {error}") from None
    return {
        name: StoredTensor(content["dtype"], tuple(content["shape"]), content["data"])
        for name, content in sorted(stored, key=itemgetter(0))
    }


def stored_bytes(tensors: Mapping[str, StoredTensor], metadata: Mapping[str, str]) -> bytes:
    """The content of a safetensors file.

    Written by hand, as the library's writers take numpy's or torch's types only: the length of
    a JSON header, the header, and the bytes, those of wide types first for their alignment.
    """
    ordered = sorted(tensors.items(), key=lambda item: (-_width(item[1]), item[0]))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name, tensor in ordered:
        start, end = end, end + len(tensor.data)
        shape = list(tensor.shape)
        header[name] = {"dtype": tensor.dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((struct.pack("<Q", len(text)), text, *(tensor.data for _, tensor in ordered)))


def _width(tensor: StoredTensor) -> int:
    """Bytes of one number."""
    return len(tensor.data) // max(1, math.prod(tensor.shape))
