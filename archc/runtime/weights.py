"""A module's tensors: given or drawn for the executor, read from torch's files, and folded.

- `load_weights` finds the tensors that a network starts from, by the names of the emitted
  module's ``state_dict``;
- `evaluate` computes what passes folded out of them (`archc.ir.weights`);
- `read_torch` reads the checkpoints of others, ``.pth``, ``.pt`` and ``.bin``, for
  `archc.checkpoint`.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from archc.diagnostics import ArchcError, nearest, safe
from archc.ir.weights import (
    ConstantWeight,
    InverseRoot,
    StoredWeight,
    WeightDifference,
    WeightProduct,
    Weights,
    WeightStack,
    WeightSum,
)
from archc.ops.tensor import LayerTensor
from archc.tensors.files import StoredTensor, no_safetensors
from archc.tensors.initial import draw

__all__ = ["WeightsSource", "evaluate", "load_weights", "read_torch", "stored"]

WeightsSource = Mapping[str, Tensor] | str | Path | None
"""A ``state_dict`` of the emitted module, a safetensors file of one, or None for new weights."""


# What the executor starts from


def load_weights(
    source: WeightsSource, wanted: Mapping[str, LayerTensor], least: torch.dtype = torch.float32
) -> dict[str, Tensor]:
    """Return the tensors ``wanted`` by name, on the CPU, in ``least`` or a more precise dtype.

    They are copies: training the module later, or writing the file anew, changes none of them.
    Tensors that are not wanted (of heads, counters) are ignored.

    Raises `ArchcError` for a file that cannot be read, and for tensors that are missing or of
    another shape; TypeError for what is neither a file nor tensors by name.
    """
    if source is None:
        return {name: _drawn(name, tensor).to(least) for name, tensor in wanted.items()}
    given = _given(source)
    missing = [name for name in wanted if name not in given]
    if missing:
        hint = nearest(missing[0], given) or "`archc weights` maps other names"
        raise ArchcError(
            f"the weights lack {len(missing)} of {len(wanted)} tensors, first {missing[0]}: {hint}"
        )
    for name, tensor in wanted.items():
        if not isinstance(given[name], Tensor):
            kind = type(given[name]).__name__
            raise TypeError(f"{name} is no tensor in the weights, but of type {kind}")
        if tuple(given[name].shape) != tensor.shape:
            raise ArchcError(
                f"{name} has the shape {tuple(given[name].shape)} in the weights, "
                f"{tensor.shape} in the network"
            )
    return {name: _copied(given[name], least) for name in wanted}


def _given(source: Mapping[str, Tensor] | str | Path) -> Mapping[str, Tensor]:
    if isinstance(source, Mapping):
        return source
    if isinstance(source, str | Path):
        return _read_safetensors(Path(source))
    if isinstance(source, torch.nn.Module):
        raise TypeError("the weights are a module: pass its state_dict()")
    kind = type(source).__name__
    raise TypeError(f"weights are a state_dict() or the path of a safetensors file, not {kind}")


def _copied(tensor: Tensor, least: torch.dtype) -> Tensor:
    dtype = torch.promote_types(tensor.dtype, least)
    return tensor.detach().to("cpu", dtype, copy=True)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[weights]"`') from None
    try:
        return load_file(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArchcError(f"cannot read {safe(str(path))}: {reason}") from None
    except SafetensorError:
        raise ArchcError(no_safetensors(path)) from None


def _drawn(name: str, tensor: LayerTensor) -> Tensor:
    """Draw a new tensor, the same each time for the same name."""
    return torch.from_numpy(draw(tensor, name))


# What passes folded


def evaluate(weights: Weights, stored: Mapping[str, Tensor]) -> Tensor:
    """Compute the tensor that ``weights`` stand for, from the stored ones by name.

    Vectors (a norm's statistics, biases) are computed in double precision, so that folding
    costs no accuracy; kernels keep their dtype.
    """
    match weights:
        case StoredWeight(name, _):
            tensor = stored[name]
            return tensor.double() if tensor.dim() == 1 else tensor
        case ConstantWeight(shape, value):
            return torch.full(shape, value, dtype=torch.float64, device="cpu")
        case InverseRoot(of, eps):
            return (evaluate(of, stored) + eps).rsqrt()
        case WeightProduct(left, right):
            return _scaled(evaluate(left, stored), evaluate(right, stored))
        case WeightSum(left, right):
            return evaluate(left, stored) + evaluate(right, stored)
        case WeightDifference(left, right):
            return evaluate(left, stored) - evaluate(right, stored)
        case WeightStack(parts):
            return torch.cat([evaluate(part, stored) for part in parts])


def _scaled(tensor: Tensor, factors: Tensor) -> Tensor:
    """Multiply, in the tensor's dtype: elementwise, or each filter (first dimension) by its own."""
    missing = tensor.dim() - factors.dim()
    return tensor * factors.to(tensor.dtype).reshape(factors.shape + (1,) * missing)


# Checkpoints that torch saved

WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "weights")
"""The keys under which training scripts keep the state_dict among other things."""

_DTYPES = {
    torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64",
    torch.int8: "I8", torch.int16: "I16", torch.int32: "I32", torch.int64: "I64",
    torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip
"""torch's dtypes by safetensors' names."""

_GLOBAL = re.compile(r"GLOBAL `?([\w.]+)")
"""Where torch's reader says what the file would have it import."""

_BROKEN = (
    RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError,
    AssertionError, OverflowError, MemoryError, UnicodeError, OSError,
)  # fmt: skip
"""What torch's reader raises for files that are cut off or no checkpoints at all."""


def read_torch(path: Path) -> dict[str, StoredTensor]:
    """Read the tensors of a state_dict by name, in its order.

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
    """Explain why torch would not unpickle the file."""
    imported = _GLOBAL.search(message)
    if imported is not None:
        return (
            f"{path} is not loaded: to unpickle it is to run code, {imported[1]}; "
            "save the module's state_dict() instead"
        )
    return f"{path} is no checkpoint that torch can read, or needs code to be unpickled"


def _state_dict(path: Path, content: Any) -> Mapping[str, Tensor]:
    """Take the tensors by name out of what wraps them."""
    opened = 0
    while isinstance(content, Mapping) and opened < len(WRAPPERS):
        tensors = {
            key: value
            for key, value in content.items()
            if isinstance(key, str) and isinstance(value, Tensor)
        }
        wrapper = next((key for key in WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if wrapper is None and tensors:
            return tensors
        if wrapper is None:
            break
        content, opened = content[wrapper], opened + 1
    raise ArchcError(f"{path} holds no state_dict: {_summary(content)}")


def _summary(content: Any) -> str:
    if not isinstance(content, Mapping):
        return f"it is a {type(content).__name__}"
    keys = [safe(str(key)) for key in content]
    listed = ", ".join(keys[:5]) + (", …" if len(keys) > 5 else "")
    return f"its keys are {listed}" if keys else "it is empty"


def stored(tensors: Mapping[str, Tensor]) -> dict[str, StoredTensor]:
    """Convert the tensors of a state_dict to what a file holds.

    Raises `ArchcError` for one that is sparse, quantized, or without values.
    """
    return {name: _stored(name, tensor) for name, tensor in tensors.items()}


def _stored(name: str, tensor: Tensor) -> StoredTensor:
    dtype = _DTYPES.get(tensor.dtype)
    if dtype is None or tensor.layout != torch.strided or tensor.is_meta:
        kind = "without values" if tensor.is_meta else f"{tensor.layout}, {tensor.dtype}"
        raise ArchcError(f"{safe(name)} is no plain tensor ({kind})")
    plain = tensor.detach().cpu().contiguous()
    data = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    return StoredTensor(dtype, tuple(plain.shape), data)
