"""How the documents' tools count, over archc's graphs."""

from __future__ import annotations

import math
from collections.abc import Iterable

import archc
from archc import ir
from archc.ops import Op
from archc.ops.activation import ReLU, Softmax
from archc.ops.arrangement import Add, Concat, Dropout, Flatten
from archc.ops.normalization import BatchNorm
from archc.ops.pooling import AdaptiveAvgPool, Pool

__all__ = [
    "MEGABYTE",
    "buffers",
    "building_blocks",
    "crossing",
    "googlenet_summary_elements",
    "listed_inputs",
    "summary_elements",
]

_FUNCTIONS = (Add, Concat, Flatten)
MEGABYTE = 2**20
_RUNNING = 2  # mean and variance


def crossing(spec: str, other: str, last: int = 256) -> int:
    """The first number of input channels from which ``spec`` has fewer params than ``other``."""

    def is_smaller(channels: int) -> bool:
        size = f"224×224×{channels}"
        return archc.load(spec, input=size).params < archc.load(other, input=size).params

    return next(channels for channels in range(1, last + 1) if is_smaller(channels))


def buffers(network: archc.Network) -> int:
    """The running means and variances of a network's batch norms, heads included."""
    graph = network.graph
    parts = [graph.operations(), *(head.operations() for head in graph.heads)]
    norms = (each for part in parts for each in part if isinstance(each.op, BatchNorm))
    return sum(_RUNNING * norm.output.channels for norm in norms)


def building_blocks(network: archc.Network) -> int:
    """All operations but ReLUs, heads included, which end in a softmax that archc leaves out."""
    graph = network.graph
    parts = [graph.operations(), *(head.operations() for head in graph.heads)]
    counted = sum(not isinstance(each.op, ReLU | Flatten) for part in parts for each in part)
    return counted + len(graph.heads)


def listed_inputs(network: archc.Network) -> list[int]:
    """The height of every printed row's input."""
    shapes = (row.input.shape for row in network.graph.rows if not row.unlisted)
    return [shape[1] if len(shape) == 3 else 1 for shape in shapes]


def summary_elements(network: archc.Network) -> int:
    """What torchsummary adds up: the outputs of all modules for one sample.

    It hooks modules alone, so that concatenation and flattening do not count.
    """
    operations = network.graph.operations()
    kept = (each for each in operations if not isinstance(each.op, _FUNCTIONS))
    return sum(math.prod(each.output.shape) for each in kept)


def googlenet_summary_elements(network: archc.Network) -> int:
    """The same for torchvision's GoogLeNet, in training mode and thus with its heads.

    There ReLU and a head's pool and dropout are functions, and there is no softmax; but the
    containers are hooked too: a convolution with its norm, a module and a head count once more.
    """
    graph = network.graph
    rows = _elements((node for row in graph.rows for node in row.nodes), (ReLU, Softmax))
    heads = (_elements(head.nodes, (ReLU, Pool, AdaptiveAvgPool, Dropout)) for head in graph.heads)
    return rows + sum(heads)


def _elements(nodes: Iterable[ir.Node], functions: tuple[type[Op], ...]) -> int:
    """The outputs of all modules and containers among the nodes."""
    total = 0
    for node in nodes:
        if isinstance(node, ir.Operation):
            is_module = not isinstance(node.op, (*_FUNCTIONS, *functions))
        else:
            total += _elements(node.children, functions)
            is_module = node.kind in ("unit", "module") and not node.opened
        total += math.prod(node.output.shape) * is_module
    return total
