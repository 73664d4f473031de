"""What classes are called."""

from __future__ import annotations

from archc.ir import Block
from archc.ops import Op
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.targets.python import camel

__all__ = ["class_name", "distinct_name", "layer_names"]

_SHORT = {"bn": "BN", "relu": "ReLU", "relu6": "ReLU6", "prelu": "PReLU", "gelu": "GELU",
          "silu": "SiLU", "elu": "ELU"}  # fmt: skip


def class_name(block: Block) -> str:
    """A class's name: the table's word for a module, or a unit's layers."""
    if block.module is not None:
        return camel(block.called or block.module.name)
    shorts = (short for short, _ in _layers(block))
    return "".join(_SHORT.get(short, camel(short)) for short in shorts)


def layer_names(block: Block) -> list[str]:
    """A unit's layers in words: ``separable convolution``, ``batch norm``."""
    return [name for _, name in _layers(block)]


def _layers(block: Block) -> list[tuple[str, str]]:
    """A unit's layers, each in short and in words.

    A unit has one convolution: two are what `archc.passes.split_separable` made of it.
    """
    found: list[tuple[str, str]] = []
    before: type[Op] | None = None
    for each in block.operations():
        if before is type(each.op) is Convolution:
            found[-1] = ("separable conv", SeparableConvolution.names[0])
        else:
            found.append((each.op.short or each.op.names[0], each.op.names[0]))
        before = type(each.op)
    return found


def distinct_name(name: str, block: Block, other: Block) -> str:
    """``name`` with what the block has and ``other``, which is called so, has not."""
    for parts in (_children, _operations):
        known = parts(other)
        own = [each for each in dict.fromkeys(parts(block)) if each not in known]
        if own:
            return f"{name}With{camel(' '.join(own))}"
    return name


def _children(block: Block) -> list[str]:
    return [node.name for node in block.children]


def _operations(block: Block) -> list[str]:
    return [each.op.names[0] for each in block.operations()]
