"""Targets: one package or file each, made of a table of operations and a small writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics import ArchcError, nearest, safe
from archc.ir import Network

__all__ = ["TARGETS", "Target", "emit"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a network can be written as. ``ending`` follows the spec's name in a file's name.

    ``write`` takes the network and a safetensors file of weights, which only targets that
    ``carries_weights`` can hold.
    """

    ending: str
    write: Callable[[Network, Path | None], str | bytes]
    carries_weights: bool = False


def _torch(network: Network, weights: Path | None) -> str:
    from archc.targets.torch.file import emit_torch

    return emit_torch(network)


def _keras(network: Network, weights: Path | None) -> str:
    from archc.targets.keras.file import emit_keras

    return emit_keras(network)


def _onnx(network: Network, weights: Path | None) -> bytes:
    try:
        from archc.targets.onnx.file import emit_onnx
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[onnx]"`') from None

    return emit_onnx(network, weights)


def _ir(network: Network, weights: Path | None) -> str:
    from archc.targets.ir import emit_ir

    return emit_ir(network)


TARGETS: dict[str, Target] = {
    "torch": Target(".py", _torch),
    "keras": Target("_keras.py", _keras),
    "onnx": Target(".onnx", _onnx, carries_weights=True),
    "ir": Target(".ir", _ir),
}
"""The targets by name."""


def emit(network: Network, target: str = "torch", weights: Path | None = None) -> str | bytes:
    """The network as a file's content for ``target``. Raises `ArchcError` for an unknown one."""
    found = TARGETS.get(target)
    if found is None:
        hint = nearest(target, TARGETS) or f"choose {', '.join(TARGETS)}"
        raise ArchcError(f"there is no target `{safe(target)}`: {hint}")
    return found.write(network, weights)
