"""Targets: one package or file each, made of a table of operations and a small writer."""

from __future__ import annotations

from collections.abc import Callable

from archc.ir import Network

__all__ = ["TARGETS", "emit"]


def _torch(network: Network) -> str:
    from archc.emit.torch.file import emit_torch

    return emit_torch(network)


TARGETS: dict[str, Callable[[Network], str]] = {"torch": _torch}
"""The targets by name: each turns a network into a file's text."""


def emit(network: Network, target: str = "torch") -> str:
    """The network as source for ``target``. Raises KeyError for an unknown target."""
    return TARGETS[target](network)
