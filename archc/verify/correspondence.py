"""Which layer of the spec is which of the module, filled in as parts are aligned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archc.analysis.alignment import LayerMatch
from archc.ir.flat import FlatLayer
from archc.verify.likeness import is_idle

__all__ = ["Correspondence"]


@dataclass(slots=True)
class Correspondence:
    """Pairs of layers, and the layers that have no partner.

    Invariant: ``module_of`` and ``spec_of`` are each other's inverse and hold the two inputs.
    ``missing`` are layers of the spec alone, ``extra`` are layers of the module alone. Layers
    that do nothing are in neither.
    """

    spec_input: FlatLayer
    module_input: FlatLayer
    module_of: dict[FlatLayer, FlatLayer] = field(default_factory=dict)
    spec_of: dict[FlatLayer, FlatLayer] = field(default_factory=dict)
    missing: list[FlatLayer] = field(default_factory=list)
    extra: list[FlatLayer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._join(self.spec_input, self.module_input)

    def add(self, matches: Iterable[LayerMatch]) -> None:
        """Take over what an alignment found."""
        for spec, module in matches:
            if spec is not None and module is not None:
                self._join(spec, module)
            elif spec is not None and not is_idle(spec):
                self.missing.append(spec)
            elif module is not None and not is_idle(module):
                self.extra.append(module)

    def _join(self, spec: FlatLayer, module: FlatLayer) -> None:
        self.module_of[spec] = module
        self.spec_of[module] = spec

    def reunited(self, keys: Mapping[FlatLayer, object]) -> Correspondence:
        """Copy it, and pair the layers without a partner that have equal ``keys``, in order."""
        waiting: dict[object, list[FlatLayer]] = {}
        for layer in reversed(self.extra):
            waiting.setdefault(keys[layer], []).append(layer)
        partners = {
            layer: waiting[keys[layer]].pop() for layer in self.missing if waiting.get(keys[layer])
        }
        copy = Correspondence(self.spec_input, self.module_input)
        copy.add(self.pairs())
        copy.add(partners.items())
        taken = {*partners.values()}
        copy.add((layer, None) for layer in self.missing if layer not in partners)
        copy.add((None, layer) for layer in self.extra if layer not in taken)
        return copy

    def pairs(self) -> Iterable[tuple[FlatLayer, FlatLayer]]:
        """Yield the layers that stand for each other, but for the inputs."""
        return ((spec, module) for spec, module in self.module_of.items() if spec.inputs)

    def before_missing(self, layer: FlatLayer) -> FlatLayer:
        """Return the layer, or the nearest one before it, that has a partner in the module."""
        while layer not in self.module_of:
            layer = layer.inputs[-1]
        return layer

    def before_extra(self, layer: FlatLayer) -> FlatLayer:
        """Return the module's layer, or the nearest one before it, with a partner in the spec."""
        while layer not in self.spec_of:
            layer = layer.inputs[-1]
        return layer
