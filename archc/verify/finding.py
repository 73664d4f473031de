"""What is found at one layer, before findings that are alike are told as one difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archc.verify.align import Pair
from archc.verify.cost import idle
from archc.verify.graph import Layer

__all__ = ["Correspondence", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference at a layer of the spec.

    ``general`` ones are of a kind that a network has at all its layers or none: a bias, a
    norm, an activation. ``place`` is where it is said to be, if not at the layer. What is
    ``training`` changes nothing in evaluation.
    """

    layer: Layer
    kind: str
    spec: str | None
    module: str | None
    path: str
    general: bool = False
    place: str | None = None
    count: int = 1
    training: bool = False


@dataclass(slots=True)
class Correspondence:
    """Which layer of the spec is which of the module, and what has no partner."""

    spec_input: Layer
    module_input: Layer
    module_of: dict[Layer, Layer] = field(default_factory=dict)
    spec_of: dict[Layer, Layer] = field(default_factory=dict)
    missing: list[Layer] = field(default_factory=list)
    extra: list[Layer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._join(self.spec_input, self.module_input)

    def add(self, pairs: Iterable[Pair]) -> None:
        """Take over what was aligned."""
        for left, right in pairs:
            if left is not None and right is not None:
                self._join(left, right)
            elif left is not None and not idle(left):
                self.missing.append(left)
            elif right is not None and not idle(right):
                self.extra.append(right)

    def _join(self, left: Layer, right: Layer) -> None:
        self.module_of[left] = right
        self.spec_of[right] = left

    def reunited(self, keys: Mapping[Layer, object]) -> Correspondence:
        """The same, but what has no partner has one of those left that do the same."""
        waiting: dict[object, list[Layer]] = {}
        for layer in reversed(self.extra):
            waiting.setdefault(keys[layer], []).append(layer)
        partners = {
            layer: waiting[keys[layer]].pop() for layer in self.missing if waiting.get(keys[layer])
        }
        found = Correspondence(self.spec_input, self.module_input)
        found.add(self.pairs())
        found.add(partners.items())
        taken = {*partners.values()}
        found.add((layer, None) for layer in self.missing if layer not in partners)
        found.add((None, layer) for layer in self.extra if layer not in taken)
        return found

    def pairs(self) -> Iterable[tuple[Layer, Layer]]:
        """The layers that stand for each other, the inputs left out."""
        return ((one, other) for one, other in self.module_of.items() if one.inputs)

    def before_missing(self, layer: Layer) -> Layer:
        """The nearest layer of the spec, itself or one before, that the module has."""
        while layer not in self.module_of:
            layer = layer.inputs[-1]
        return layer

    def before_extra(self, layer: Layer) -> Layer:
        """The nearest layer of the module, itself or one before, that the spec has."""
        while layer not in self.spec_of:
            layer = layer.inputs[-1]
        return layer
