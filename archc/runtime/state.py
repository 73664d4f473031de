"""The tensors that an executor starts from: a file's, a module's, or new ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from archc.diagnostics import ArchcError, nearest, safe
from archc.ops.tensor import LayerTensor
from archc.tensors.files import no_safetensors
from archc.tensors.initial import draw

__all__ = ["State", "load_state"]

State = Mapping[str, Tensor] | str | Path | None
"""A ``state_dict`` of the emitted module, a safetensors file of one, or None for new weights."""


def load_state(
    state: State, wanted: Mapping[str, LayerTensor], least: torch.dtype = torch.float32
) -> dict[str, Tensor]:
    """The tensors ``wanted``, by name, on the CPU, in ``least`` or what is more precise.

    They are copies: a module that is trained on, or a file that is written anew, changes none.

    Raises `ArchcError` for a file that cannot be read, and for tensors that are missing or of
    another shape, TypeError for what is neither a file nor tensors by name. What nobody wants
    (heads, counters) is passed over.
    """
    if state is None:
        return {name: _drawn(name, start).to(least) for name, start in wanted.items()}
    given = _given(state)
    missing = [name for name in wanted if name not in given]
    if missing:
        hint = nearest(missing[0], given) or "`archc weights` maps other names"
        raise ArchcError(
            f"the weights lack {len(missing)} of {len(wanted)} tensors, first {missing[0]}: {hint}"
        )
    for name, start in wanted.items():
        if not isinstance(given[name], Tensor):
            kind = type(given[name]).__name__
            raise TypeError(f"{name} is no tensor in the weights, but of type {kind}")
        if tuple(given[name].shape) != start.shape:
            raise ArchcError(
                f"{name} has the shape {tuple(given[name].shape)} in the weights, "
                f"{start.shape} in the network"
            )
    return {name: _copied(given[name], least) for name in wanted}


def _given(state: Mapping[str, Tensor] | str | Path) -> Mapping[str, Tensor]:
    if isinstance(state, Mapping):
        return state
    if isinstance(state, str | Path):
        return _read(Path(state))
    if isinstance(state, torch.nn.Module):
        raise TypeError("the weights are a module: pass its state_dict()")
    kind = type(state).__name__
    raise TypeError(f"weights are a state_dict() or the path of a safetensors file, not {kind}")


def _copied(tensor: Tensor, least: torch.dtype) -> Tensor:
    dtype = torch.promote_types(tensor.dtype, least)
    return tensor.detach().to("cpu", dtype, copy=True)


def _read(path: Path) -> dict[str, Tensor]:
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


def _drawn(name: str, start: LayerTensor) -> Tensor:
    """A new tensor, the same each time: see `archc.tensors.initial`."""
    return torch.from_numpy(draw(start, name))
