"""Checkpoints that torch saved: ``.pth``, ``.pt``, ``.bin``."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from archc.diagnostics import ArchcError, safe
from archc.tensors.files import StoredTensor

__all__ = ["read_torch", "stored"]

WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "weights")
"""Where training scripts keep the state_dict among other things."""

_DTYPES = {
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
    torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64",
    torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip

_GLOBAL = re.compile(r"GLOBAL `?([\w.]+)")
"""Where torch's reader says what the file would have it import."""

_BROKEN = (
    RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError,
    AssertionError, OverflowError, MemoryError, UnicodeError, OSError,
)  # fmt: skip
"""What torch's reader raises for files that are cut off or no checkpoints at all."""


def read_torch(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a state_dict by name, in its order.

    Nothing in the file is executed: it may hold tensors, numbers, texts and containers only.
    Raises `ArchcError` for any other file, and for one without a state_dict.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of pickles in unusual protocols
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ArchcError(_refusal(path, str(error))) from None
    except _BROKEN as error:
        if "TorchScript" in str(error):
            raise ArchcError(
                f"{path} is a TorchScript program, not weights alone, and is not loaded: "
                "save its state_dict() instead"
            ) from None
        raise ArchcError(f"{path} is no checkpoint that torch can read, or is cut off") from None
    return stored(_state_dict(path, content))


def _refusal(path: Path, message: str) -> str:
    """Why torch would not unpickle the file."""
    named = _GLOBAL.search(message)
    if named is not None:
        return (
            f"{path} is not loaded: to unpickle it is to run code, {named[1]}; "
            "save the module's state_dict() instead"
        )
    return f"{path} is no checkpoint that torch can read, or needs code to be unpickled"


def _state_dict(path: Path, content: Any) -> Mapping[str, torch.Tensor]:
    """The tensors by name, taken out of what is around them."""
    seen = 0
    while isinstance(content, Mapping) and seen < len(WRAPPERS):
        found = {
            key: value
            for key, value in content.items()
            if isinstance(key, str) and isinstance(value, torch.Tensor)
        }
        wrapper = next((key for key in WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if wrapper is None and found:
            return found
        if wrapper is None:
            break
        content, seen = content[wrapper], seen + 1
    raise ArchcError(f"{path} holds no state_dict: {_summary(content)}")


def _summary(content: Any) -> str:
    if not isinstance(content, Mapping):
        return f"it is a {type(content).__name__}"
    keys = [safe(str(key)) for key in content]
    listed = ", ".join(keys[:5]) + (", …" if len(keys) > 5 else "")
    return f"its keys are {listed}" if keys else "it is empty"


def stored(tensors: Mapping[str, torch.Tensor]) -> dict[str, StoredTensor]:
    """The tensors of a state_dict as a file has them.

    Raises `ArchcError` for one that is sparse, quantized, or without values.
    """
    return {name: _stored(name, tensor) for name, tensor in tensors.items()}


def _stored(name: str, tensor: torch.Tensor) -> StoredTensor:
    dtype = _DTYPES.get(tensor.dtype)
    if dtype is None or tensor.layout != torch.strided or tensor.is_meta:
        kind = "without values" if tensor.is_meta else f"{tensor.layout}, {tensor.dtype}"
        raise ArchcError(f"{safe(name)} is no plain tensor ({kind})")
    plain = tensor.detach().cpu().contiguous()
    data = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return StoredTensor(dtype, tuple(plain.shape), data)
