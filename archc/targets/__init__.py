"""Targets: one package or file each, made of a table of operations and a small writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics import ArchcError, nearest, safe
from archc.ir import Network

__all__ = ["TARGETS", "Target", "TargetWriter", "emit"]

Write = Callable[[Network, Path | None], str | bytes]
"""Of a network and a safetensors file of weights, a file's content."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a network can be written as. ``ending`` follows the spec's name in a file's name.

    ``load`` imports what writes it, which takes weights where it ``carries_weights``.
    """

    ending: str
    load: Callable[[], Write]
    carries_weights: bool = False


def _torch() -> Write:
    from archc.targets.torch.file import emit_torch

    return lambda network, weights: emit_torch(network)


def _keras() -> Write:
    from archc.targets.keras.file import emit_keras

    return lambda network, weights: emit_keras(network)


def _onnx() -> Write:
    try:
        from archc.targets.onnx.file import emit_onnx
    except ModuleNotFoundError as error:
        raise ArchcError(f'{error}: run `pip install "archc[onnx]"`') from None

    return emit_onnx


def _ir() -> Write:
    from archc.targets.ir import emit_ir

    return lambda network, weights: emit_ir(network)


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
    return found.load()(network, weights)


class TargetWriter:
    """All targets as one object, for rooms below this one: they are handed it."""

    def prepare(self, target: str) -> None:
        """Import what writes ``target``, so that writing it does not. Raises `ArchcError`."""
        TARGETS[target].load()

    def write(self, network: Network, target: str, weights: Path | None = None) -> str | bytes:
        """The network as a file's content for ``target``."""
        return emit(network, target, weights)
