"""Does a traced module implement a spec?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archc import ir
from archc.analysis.cost import total
from archc.ops import format_shape
from archc.verify.align import Aligner, Pair
from archc.verify.cost import gap, mismatch
from archc.verify.difference import Difference
from archc.verify.finding import Correspondence, Finding
from archc.verify.graph import Graph, Head, Layer, ancestors
from archc.verify.matched import compare_layers
from archc.verify.simplify import simplify
from archc.verify.spec_side import spec_graph
from archc.verify.structure import Chain, Keys, parse
from archc.verify.summary import summarize
from archc.verify.unmatched import extra, missing
from archc.verify.wiring import wiring

__all__ = ["compare"]

_WIRING = 10
"""What a layer that reads another tensor costs, when two alignments are weighed."""


def compare(network: ir.Network, traced: Graph) -> list[Difference]:
    """What the module does differently from the spec; nothing if it implements it.

    What cannot change the result on the spec's input is no difference: a global pool for a
    7×7 one on a 7×7 map, ceil mode or padding that no window reaches, a final softmax (modules
    give logits). Initial weights and the momentum of running statistics are not compared.
    """
    written = spec_graph(network)
    comparison = _Comparison(simplify(written), simplify(traced))
    found = comparison.differences()
    if any(not each.training for each in found):
        return found
    return [*_output(written, traced), *_shared(network, traced), *found]


def _output(written: Graph, traced: Graph) -> Iterator[Difference]:
    if written.output.shape != traced.output.shape:
        spec, module = (format_shape(each.output.shape) for each in (written, traced))
        yield Difference("the output", "", "output", spec, module, "")


def _shared(network: ir.Network, traced: Graph) -> Iterator[Difference]:
    """That a module with the spec's layers learns fewer numbers: some have the same weights."""
    wanted = total(network.operations()).params
    if traced.learned is not None and traced.learned < wanted:
        place = "the network, as layers share weights"
        yield Difference(
            place, "", "params", f"params {wanted:,}", f"params {traced.learned:,}", ""
        )


class _Comparison:
    def __init__(self, spec: Graph, module: Graph) -> None:
        self.spec = spec
        self.module = module
        self.keys = Keys()
        self.aligner = Aligner(self.keys)
        self.spec_main, self.module_main = spec.main(), module.main()

    def differences(self) -> list[Difference]:
        found = self.main()
        heads = self.heads(found)
        if found.missing and found.extra:
            found = min(found, found.reunited(self.keys.layers), key=_cost)
        in_heads = ancestors((each.output for each in self.spec.heads), self.spec_everywhere())
        findings = [*heads, *self.findings(found)]
        return summarize(findings, self.spec_main, in_heads)

    def spec_everywhere(self) -> list[Layer]:
        return [self.spec.input, *self.spec_main]

    def findings(self, found: Correspondence) -> list[Finding]:
        told = [each for pair in found.pairs() for each in compare_layers(*pair)]
        told += missing(found, ancestors(self.spec.outputs(), [self.spec.input]))
        told += extra(found, ancestors(self.module.outputs(), [self.module.input]))
        return [*told, *wiring(found)]

    def main(self) -> Correspondence:
        """The main paths aligned: by structure, or in order of reading where that fits better.

        A residual that only one side has takes a network apart in another way, but leaves its
        layers in order.
        """
        left = parse(self.spec_main, [self.spec.output], self.keys)
        right = parse(self.module_main, [self.module.output], self.keys)
        found = self.correspondence(self.aligner.pairs(left, right))
        if not (found.missing and found.extra):
            return found
        other = self.correspondence(self.aligner.in_order(left, right))
        return min(found, other, key=_cost)

    def correspondence(self, pairs: Sequence[Pair]) -> Correspondence:
        found = Correspondence(self.spec.input, self.module.input)
        found.add(pairs)
        return found

    def heads(self, found: Correspondence) -> list[Finding]:
        """Align the heads that both have; tell of those that one side lacks."""
        spec_heads = _by_place(self.spec, self.spec_main)
        module_heads = _by_place(self.module, self.module_main)
        left = [self.chain(head, self.spec_main) for head in spec_heads]
        right = [self.chain(head, self.module_main) for head in module_heads]
        partner = self.aligner.partners(left, right)
        for i, j in partner.items():
            found.add(self.aligner.pairs(left[i], right[j]))
        lacking = [head for i, head in enumerate(spec_heads) if i not in partner]
        surplus = [head for j, head in enumerate(module_heads) if j not in partner.values()]
        last = self.spec.output
        return [*_lacking(lacking, last), *_surplus(surplus, last)]

    def chain(self, head: Head, main: Sequence[Layer]) -> Chain:
        """A head's own layers."""
        inputs = (self.spec.input, self.module.input)
        return parse(ancestors([head.output], [*main, *inputs]), [head.output], self.keys)


def _by_place(graph: Graph, main: Sequence[Layer]) -> list[Head]:
    """The heads in the order of what they read: modules return them in any order."""
    place = {layer: index for index, layer in enumerate(main)}

    def first(head: Head) -> int:
        own = ancestors([head.output], [graph.input, *main])
        return max((place.get(each, -1) for layer in own for each in layer.inputs), default=-1)

    return sorted(graph.heads, key=first)


def _cost(found: Correspondence) -> int:
    pairs = sum(mismatch(*pair) or 0 for pair in found.pairs())
    alone = sum(map(gap, (*found.missing, *found.extra)))
    return pairs + alone + _WIRING * sum(1 for _ in wiring(found))


def _lacking(heads: Sequence[Head], last: Layer) -> Iterator[Finding]:
    if heads:
        place = _heads(heads)
        yield Finding(last, "head", "", None, "", place=place, count=len(heads), training=True)


def _surplus(heads: Sequence[Head], last: Layer) -> Iterator[Finding]:
    if heads:
        what = _heads(heads)
        place, count = "beside the output", len(heads)
        yield Finding(last, "head", None, what, "", place=place, count=count, training=True)


def _heads(heads: Sequence[Head]) -> str:
    names = " and ".join(head.name for head in heads)
    return f"auxiliary head{'s' if len(heads) > 1 else ''} {names}"
