"""Bring a flat graph into one form, so that what can be written in several ways is comparable.

Layers that do nothing go, padding moves into the window that it is for, joins of joins become one
join. Nothing of this changes what a network computes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

from archc.ir.flat import FlatGraph, FlatLayer, ancestors
from archc.ops import Op

__all__ = ["simplify"]

_Simplification = Callable[[FlatLayer, tuple[FlatLayer, ...]], FlatLayer]
"""Maps a layer and its simplified inputs to the layer that stands for it."""


def simplify(graph: FlatGraph) -> FlatGraph:
    """Return the graph without layers that do nothing, with padding and joins in one form."""
    graph = _without_final_softmax(graph)
    graph = _rewrite(graph, _bare)
    return _rewrite(graph, _Joins(graph))


def _rewrite(graph: FlatGraph, simplified: _Simplification) -> FlatGraph:
    made = {graph.input: graph.input}
    for layer in ancestors(graph.outputs(), [graph.input]):
        made[layer] = simplified(layer, tuple(made[read] for read in layer.inputs))
    heads = tuple(replace(head, output=made[head.output]) for head in graph.heads)
    return FlatGraph(graph.input, made[graph.output], heads)


def _without_final_softmax(graph: FlatGraph) -> FlatGraph:
    """Drop a softmax at the end: modules give logits where papers end in one."""

    def logits(output: FlatLayer) -> FlatLayer:
        return output.inputs[0] if output.op.ends_in_probabilities else output

    heads = tuple(replace(head, output=logits(head.output)) for head in graph.heads)
    return FlatGraph(graph.input, logits(graph.output), heads)


def _bare(layer: FlatLayer, inputs: tuple[FlatLayer, ...]) -> FlatLayer:
    """Return the layer with a padding before it as its own, or its input if it gives that.

    A flatten gives its input: there is one order to flatten in, and what reads the vector says
    that it needs one. A dropout stays, as its rate is compared.
    """
    op = layer.op
    if op.is_noise:
        return layer.reading(inputs)
    shapes = [read.shape for read in layer.inputs]
    is_flatten = op.is_view and prod(layer.shape) == prod(layer.source)
    if is_flatten or op.is_inert(shapes):
        return inputs[0]
    before = inputs[0]
    absorbed = op.absorbing(before.op, layer.source) if before.inputs else None
    if absorbed is None:
        return layer.reading(inputs)
    own = replace(layer, op=absorbed, inputs=before.inputs)
    return own.inputs[0] if absorbed.is_inert([own.source]) else own


class _Joins:
    """Makes sums of sums one sum; concatenations share the beginning or end that they have.

    A dense block may be written as growing lists of all tensors so far, or as a tensor that
    each layer is joined to. ``readers`` counts what reads a layer. ``read`` are the layers that
    something other than a concatenation reads. ``parts`` has the tensors that a simplified
    concatenation joins, those of the concatenations in it included; ``shared`` is the reverse, of
    concatenations in ``read``.
    """

    def __init__(self, graph: FlatGraph) -> None:
        layers = ancestors(graph.outputs(), [graph.input])
        self.readers = Counter(read for layer in layers for read in layer.inputs)
        self.readers.update(graph.outputs())
        self.read = set(graph.outputs())
        for layer in layers:
            if not _is_concat(layer.op):
                self.read.update(layer.inputs)
        self.parts: dict[FlatLayer, tuple[FlatLayer, ...]] = {}
        self.shared: dict[tuple[FlatLayer, ...], FlatLayer] = {}

    def __call__(self, layer: FlatLayer, inputs: tuple[FlatLayer, ...]) -> FlatLayer:
        if not layer.op.is_associative:
            return layer.reading(inputs)
        if _is_concat(layer.op):
            return self._concat(layer, inputs)
        return layer.reading(self._terms(layer, inputs))

    def _terms(self, layer: FlatLayer, inputs: Sequence[FlatLayer]) -> list[FlatLayer]:
        """List what a sum adds, with the terms of sums that nothing else reads."""
        terms: list[FlatLayer] = []
        for old, new in zip(layer.inputs, inputs, strict=True):
            own = new.op == layer.op and self.readers[old] == 1
            terms.extend(new.inputs if own else (new,))
        return terms

    def _concat(self, layer: FlatLayer, inputs: Sequence[FlatLayer]) -> FlatLayer:
        """Let a concatenation read the one that it begins or ends with, and share equal ones."""
        parts = tuple(part for read in inputs for part in self.parts.get(read, (read,)))
        new = layer.reading(self._nested(parts))
        self.parts[new] = parts
        if layer in self.read:
            new = self.shared.setdefault(parts, new)
        return new

    def _nested(self, parts: tuple[FlatLayer, ...]) -> tuple[FlatLayer, ...]:
        """Replace the longest beginning or end that is a shared concatenation by that."""
        for length in range(len(parts) - 1, 1, -1):
            if first := self.shared.get(parts[:length]):
                return first, *parts[length:]
            if last := self.shared.get(parts[-length:]):
                return *parts[:-length], last
        return parts


def _is_concat(op: Op) -> bool:
    """Whether the operation joins tensors in an order that shows in the result."""
    return op.is_associative and op.order_matters
