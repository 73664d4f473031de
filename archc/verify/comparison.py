"""Compare a spec's network with a traced module.

Both are written as flat graphs in one form, and their main paths are aligned, then their heads.
What differs between layers that stand for each other, and what has no partner, are the findings;
they are summarized into deviations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc.analysis.alignment import GraphAligner, LayerMatch
from archc.analysis.cost import total
from archc.analysis.structure import Chain, LayerKeys, parse
from archc.ir import Network
from archc.ir.flat import FlatGraph, FlatHead, FlatLayer, ancestors
from archc.ops import format_shape
from archc.verify.correspondence import Correspondence
from archc.verify.deviation import Deviation, Finding, summarize
from archc.verify.findings import differing, extra, missing, miswired
from archc.verify.likeness import COSTS, effect_of
from archc.verify.simplify import simplify
from archc.verify.spec_side import spec_graph

__all__ = ["compare"]

_WIRING = 10
"""What a layer that reads another tensor costs, when two alignments are weighed."""


def compare(network: Network, traced: FlatGraph) -> list[Deviation]:
    """Return what a traced module does differently from the spec; nothing if it implements it.

    What cannot change the result on the spec's input is no deviation: a global pool for a 7×7
    one on a 7×7 map, ceil mode or padding that no window reaches, a final softmax (modules give
    logits). Initial weights and the momentum of running statistics are not compared.
    """
    written = spec_graph(network)
    deviations = _GraphComparison(simplify(written), simplify(traced)).deviations()
    if any(not deviation.training for deviation in deviations):
        return deviations
    return [*_output(written, traced), *_shared(network, traced), *deviations]


def _output(written: FlatGraph, traced: FlatGraph) -> Iterator[Deviation]:
    """Find an output of another shape where all layers agree."""
    if written.output.shape != traced.output.shape:
        spec, module = (format_shape(graph.output.shape) for graph in (written, traced))
        yield Deviation("the output", "", "output", spec, module, "")


def _shared(network: Network, traced: FlatGraph) -> Iterator[Deviation]:
    """Find that a module with the spec's layers learns fewer numbers, as some share weights."""
    wanted = total(network.operations()).params
    if traced.learned is not None and traced.learned < wanted:
        place = "the network, as layers share weights"
        spec, module = f"params {wanted:,}", f"params {traced.learned:,}"
        yield Deviation(place, "", "params", spec, module, "")


class _GraphComparison:
    """The comparison of two flat graphs in one form."""

    def __init__(self, spec: FlatGraph, module: FlatGraph) -> None:
        self.spec = spec
        self.module = module
        self.keys = LayerKeys(effect_of)
        self.aligner = GraphAligner(self.keys, COSTS)
        self.spec_main, self.module_main = spec.main(), module.main()

    def deviations(self) -> list[Deviation]:
        """Align the main paths, then the heads, and tell what differs."""
        layers = self.main()
        head_findings = self.heads(layers)
        if layers.missing and layers.extra:
            layers = min(layers, layers.reunited(self.keys.layers), key=_cost)
        in_heads = ancestors(
            (head.output for head in self.spec.heads), [self.spec.input, *self.spec_main]
        )
        findings = [*head_findings, *self.findings(layers)]
        return summarize(findings, self.spec_main, in_heads)

    def findings(self, layers: Correspondence) -> list[Finding]:
        """Find what differs between the layers of the two sides."""
        findings = [found for pair in layers.pairs() for found in differing(*pair)]
        findings += missing(layers, ancestors(self.spec.outputs(), [self.spec.input]))
        findings += extra(layers, ancestors(self.module.outputs(), [self.module.input]))
        return [*findings, *miswired(layers)]

    def main(self) -> Correspondence:
        """Align the main paths: by structure, or in order of reading where that fits better.

        A residual that only one side has takes a network apart in another way, but leaves its
        layers in order.
        """
        left = parse(self.spec_main, [self.spec.output], self.keys)
        right = parse(self.module_main, [self.module.output], self.keys)
        by_structure = self.correspondence(self.aligner.matches(left, right))
        if not (by_structure.missing and by_structure.extra):
            return by_structure
        in_order = self.correspondence(self.aligner.matches_in_order(left, right))
        return min(by_structure, in_order, key=_cost)

    def correspondence(self, matches: Sequence[LayerMatch]) -> Correspondence:
        """Make a correspondence of an alignment."""
        layers = Correspondence(self.spec.input, self.module.input)
        layers.add(matches)
        return layers

    def heads(self, layers: Correspondence) -> list[Finding]:
        """Align the heads that both sides have; find those that one side lacks."""
        spec_heads = _by_place(self.spec, self.spec_main)
        module_heads = _by_place(self.module, self.module_main)
        left = [self.head_chain(head, self.spec_main) for head in spec_heads]
        right = [self.head_chain(head, self.module_main) for head in module_heads]
        partners = self.aligner.partners(left, right)
        for i, j in partners.items():
            layers.add(self.aligner.matches(left[i], right[j]))
        lacking = [head for i, head in enumerate(spec_heads) if i not in partners]
        surplus = [head for j, head in enumerate(module_heads) if j not in partners.values()]
        return [*self.lacking(lacking), *self.surplus(surplus)]

    def head_chain(self, head: FlatHead, main: Sequence[FlatLayer]) -> Chain:
        """Return the structure of a head's own layers."""
        outside = (*main, self.spec.input, self.module.input)
        return parse(ancestors([head.output], outside), [head.output], self.keys)

    def lacking(self, heads: Sequence[FlatHead]) -> Iterator[Finding]:
        """Find the spec's heads that the module lacks."""
        if heads:
            last, place, count = self.spec.output, _names(heads), len(heads)
            yield Finding(last, "head", "", None, "", place=place, count=count, training=True)

    def surplus(self, heads: Sequence[FlatHead]) -> Iterator[Finding]:
        """Find the module's heads that the spec lacks."""
        if heads:
            last, what, count = self.spec.output, _names(heads), len(heads)
            place = "beside the output"
            yield Finding(last, "head", None, what, "", place=place, count=count, training=True)


def _by_place(graph: FlatGraph, main: Sequence[FlatLayer]) -> list[FlatHead]:
    """Sort heads by where they leave the main path: modules return them in any order."""
    place = {layer: index for index, layer in enumerate(main)}

    def leaves(head: FlatHead) -> int:
        own = ancestors([head.output], [graph.input, *main])
        return max((place.get(read, -1) for layer in own for read in layer.inputs), default=-1)

    return sorted(graph.heads, key=leaves)


def _cost(layers: Correspondence) -> int:
    """Weigh an alignment: pairs that differ, layers left alone, tensors read from elsewhere."""
    pairs = sum(COSTS.pair(*pair) or 0 for pair in layers.pairs())
    alone = sum(map(COSTS.alone, (*layers.missing, *layers.extra)))
    return pairs + alone + _WIRING * sum(1 for _ in miswired(layers))


def _names(heads: Sequence[FlatHead]) -> str:
    names = " and ".join(head.name for head in heads)
    return f"auxiliary head{'s' if len(heads) > 1 else ''} {names}"
