"""Let convolutions that pad nothing say what the network's other convolutions do.

Before::

    convolution 1×1, padding same -> convolution 3×3, padding valid

After::

    convolution 1×1, padding valid -> convolution 3×3, padding valid

So most functions need no argument for the padding.
"""

from __future__ import annotations

from dataclasses import dataclass

from archc.ir import Network, Operation
from archc.ir.rewrite import Step, rewrite
from archc.ops.convolution import Convolution
from archc.ops.windowed import Windowed
from archc.targets.keras.windows import is_same

__all__ = ["OneByOne"]


@dataclass(frozen=True)
class OneByOne:
    """See the module's docstring."""

    def __call__(self, network: Network) -> Network:
        """The network with one word for the padding of its 1×1 convolutions of stride 1."""
        others = {
            _padding_word(each)
            for each in network.operations(heads=True)
            if isinstance(each.op, Convolution) and not _pads_nothing(each.op)
        }
        usual = "same" if "same" in others and "valid" not in others else "valid"

        def rule(operation: Operation) -> list[Step] | None:
            op = operation.op
            if not (isinstance(op, Convolution) and _pads_nothing(op)) or op.padding == usual:
                return None
            changed = op.replace(padding=usual)
            return [Step(operation.name, changed, operation.expressions)]

        return rewrite(network, rule)


def _pads_nothing(op: Convolution) -> bool:
    unpadded = op.padding in ("same", "valid", (0, 0, 0, 0))
    return unpadded and op.extents == op.stride == (1, 1)


def _padding_word(operation: Operation) -> str | None:
    """``same`` or ``valid`` where a convolution is written with it; None with a padding layer."""
    op, (shape,) = operation.op, operation.input_shapes
    assert isinstance(op, Windowed)
    if is_same(op, shape, operation.expressions.keys()):
        return "same"
    return None if any(op.pads(*shape[1:])) else "valid"
