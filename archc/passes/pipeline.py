"""Passes in order, the graph verified after each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from archc.ir import Network
from archc.ir.verify import verify
from archc.passes.explicit_padding import ExplicitPadding
from archc.passes.logits import Logits
from archc.passes.split_separable import SplitSeparable

__all__ = ["FOR_SOURCE", "Pass", "run"]


class Pass(Protocol):
    """A rewrite of a network; its fields are its options."""

    def __call__(self, network: Network) -> Network:
        """The rewritten network; the argument stays as it is."""


FOR_SOURCE: tuple[Pass, ...] = (Logits(), SplitSeparable(), ExplicitPadding())
"""What every target that prints source needs: only what a framework has layers for."""


def run(network: Network, passes: Sequence[Pass]) -> Network:
    """Apply ``passes`` in order. Raises `archc.ir.verify.InvalidGraphError` on a broken one."""
    for one in passes:
        network = one(network)
        verify(network)
    return network
