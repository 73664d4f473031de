"""Drop the softmax at the end.

Before::

    linear -> softmax

After::

    linear

Emitted modules return logits, as losses want them; a head's softmax goes too.
"""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir import Network, Operation
from archc.ir.rewrite import Step, rewrite

__all__ = ["Logits"]


@dataclass(frozen=True)
class Logits:
    """See the module's docstring."""

    def __call__(self, network: Network) -> Network:
        """The network without its final softmax layers."""
        ends = {network.output, *(head.output for head in network.heads)}

        def rule(operation: Operation) -> list[Step] | None:
            final = operation.op.ends_in_probabilities and operation.output in ends
            return [] if final else None

        return rewrite(network, rule)
