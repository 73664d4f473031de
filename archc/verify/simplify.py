"""One form for what can be written in several: how the two sides are made comparable.

Nothing that this drops or folds changes what a network computes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from archc.ops import Shape
from archc.ops.activation import Softmax
from archc.ops.arrangement import Add, Concat, Flatten, Identity, Pad, Scale
from archc.ops.attributes import Pads
from archc.ops.convolution import Convolution
from archc.ops.pooling import AvgPool, MaxPool
from archc.ops.windowed import Windowed
from archc.verify.effect import places_nothing
from archc.verify.graph import Graph, Head, Layer, ancestors

__all__ = ["simplify"]

Rule = Callable[[Layer, tuple[Layer, ...]], Layer]
"""Maps a layer and its rewritten inputs to the layer that stands for it."""


def simplify(graph: Graph) -> Graph:
    """The network without layers that do nothing, with padding and joins in one form."""
    graph = _without_final_softmax(graph)
    graph = _rewrite(graph, _bare)
    return _rewrite(graph, _Joins(graph))


def _rewrite(graph: Graph, rule: Rule) -> Graph:
    made = {graph.input: graph.input}
    for layer in ancestors(graph.outputs(), [graph.input]):
        made[layer] = rule(layer, tuple(made[each] for each in layer.inputs))
    heads = tuple(replace(head, output=made[head.output]) for head in graph.heads)
    return Graph(graph.input, made[graph.output], heads)


def _without_final_softmax(graph: Graph) -> Graph:
    """Modules give logits where papers end in a softmax."""

    def logits(output: Layer) -> Layer:
        return output.inputs[0] if isinstance(output.op, Softmax) else output

    heads = tuple(Head(head.name, logits(head.output)) for head in graph.heads)
    return Graph(graph.input, logits(graph.output), heads)


def _bare(layer: Layer, inputs: tuple[Layer, ...]) -> Layer:
    """The layer with its padding folded in; its input, where it gives that.

    A flatten does: there is one order to flatten in, and what reads the vector says that it
    needs one.
    """
    match layer.op:
        case Identity() | Flatten():
            return inputs[0]
        case Scale(by=factor) if factor == 1:
            return inputs[0]
        case Pad(padding=cells) if not any(cells):
            return inputs[0]
        case Concat() | Add() if len(inputs) == 1:
            return inputs[0]
    new = _folded(layer.reading(inputs), layer.source)
    return new.inputs[0] if places_nothing(new) else new


def _folded(layer: Layer, source: Shape) -> Layer:
    """Padding in a layer of its own goes into the window that it is for."""
    pad = layer.inputs[0]
    if not (isinstance(layer.op, Windowed) and isinstance(pad.op, Pad)):
        return layer
    if not _absorbs(layer.op, pad.op.value):
        return layer
    total = _sum(layer.op.pads(*source[1:]), pad.op.padding)
    return replace(layer, op=layer.op.replace(padding=total), inputs=pad.inputs)


def _absorbs(op: Windowed, value: float) -> bool:
    """Whether the operation pads with that value itself."""
    match op:
        case Convolution():
            return value == 0
        case AvgPool():
            return value == 0 and op.count_include_pad
        case MaxPool():
            return value == -math.inf
    return False


def _sum(left: Pads, right: Pads) -> Pads:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3]


class _Joins:
    """Sums of sums are one sum; concatenations share the beginning or end that they have.

    A dense block may be written as growing lists of all tensors so far, or as a tensor that
    each layer is joined to.
    """

    def __init__(self, graph: Graph) -> None:
        layers = ancestors(graph.outputs(), [graph.input])
        self.readers = Counter(each for layer in layers for each in layer.inputs)
        self.readers.update(graph.outputs())
        self.read = set(graph.outputs())
        """What something else than a concatenation reads."""
        for layer in layers:
            if not isinstance(layer.op, Concat):
                self.read.update(layer.inputs)
        self.parts: dict[Layer, tuple[Layer, ...]] = {}
        self.shared: dict[tuple[Layer, ...], Layer] = {}

    def __call__(self, layer: Layer, inputs: tuple[Layer, ...]) -> Layer:
        match layer.op:
            case Add():
                return layer.reading(self._terms(layer, inputs))
            case Concat():
                return self._concat(layer, inputs)
        return layer.reading(inputs)

    def _terms(self, layer: Layer, inputs: Sequence[Layer]) -> list[Layer]:
        found: list[Layer] = []
        for old, new in zip(layer.inputs, inputs, strict=True):
            own = isinstance(new.op, Add) and self.readers[old] == 1
            found.extend(new.inputs if own else (new,))
        return found

    def _concat(self, layer: Layer, inputs: Sequence[Layer]) -> Layer:
        parts = tuple(part for each in inputs for part in self.parts.get(each, (each,)))
        new = layer.reading(self._nested(parts))
        self.parts[new] = parts
        if layer in self.read:
            new = self.shared.setdefault(parts, new)
        return new

    def _nested(self, parts: tuple[Layer, ...]) -> tuple[Layer, ...]:
        for length in range(len(parts) - 1, 1, -1):
            if first := self.shared.get(parts[:length]):
                return first, *parts[length:]
            if last := self.shared.get(parts[-length:]):
                return *parts[:-length], last
        return parts
