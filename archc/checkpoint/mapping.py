"""A checkpoint's tensors under the names of a spec's emitted module."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from archc import ir
from archc.checkpoint.difference import differences
from archc.checkpoint.layers import COUNTER, Layer, NetworkLayer, network_layers, stored_layers
from archc.checkpoint.match import Found, match, same_shapes
from archc.checkpoint.names import bare
from archc.checkpoint.problems import Problem
from archc.checkpoint.settle import AmbiguousError, NoMatchError
from archc.ops import Shape
from archc.plan.network import source_plan
from archc.tensors.files import StoredTensor

__all__ = ["LayerPair", "Match", "map_checkpoint"]


@dataclass(frozen=True, slots=True)
class LayerPair:
    """A layer and its counterpart. ``keys`` has (ours, theirs, shape of ours) by tensor."""

    ours: NetworkLayer
    theirs: Layer
    keys: tuple[tuple[str, str, Shape], ...]

    @property
    def reshaped(self) -> bool:
        """Whether a convolution's weight becomes a linear layer's, or the reverse."""
        return self.ours.shapes.get("weight") != self.theirs.shapes.get("weight")


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a checkpoint: the layers in the network's order, or what does not fit.

    ``absent_heads`` are the network's that the checkpoint lacks, ``spare_heads`` the
    checkpoint's that the network lacks; both are left out. ``by_order`` are pairs of layers
    with which branches begin that only their order tells apart. ``wanted`` counts the layers
    that were looked for. ``classes`` are the checkpoint's where no more than that differs.
    """

    layers: tuple[LayerPair, ...] = ()
    problems: tuple[Problem, ...] = ()
    absent_heads: tuple[str, ...] = ()
    spare_heads: tuple[str, ...] = ()
    by_order: tuple[tuple[str, str], ...] = ()
    wanted: int = 0
    classes: int | None = None

    def renamed(self, tensors: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
        """The checkpoint's tensors under the emitted module's names.

        Counters of norms that the checkpoint lacks are zero.
        """
        found: dict[str, StoredTensor] = {}
        for layer in self.layers:
            for ours, theirs, shape in layer.keys:
                found[ours] = tensors[theirs].reshape(shape)
            if COUNTER in layer.ours.shapes:
                found.setdefault(layer.ours.key(COUNTER), StoredTensor("I64", (), bytes(8)))
        return found


def map_checkpoint(
    network: ir.Network, tensors: Mapping[str, StoredTensor], ordered: bool = True
) -> Match:
    """Match the tensors of a state_dict to a network's, by structure.

    ``ordered`` says whether they are in the order of definition, as torch saves them. The
    match has either layers or problems, never both.
    """
    found = _Mapping(network_layers(source_plan(network)), tensors, ordered).match()
    return replace(found, classes=_other_classes(found.problems, network.classes))


def _other_classes(problems: Sequence[Problem], classes: int | None) -> int | None:
    """The number of classes that the checkpoint has, if all that differs is that."""
    found: set[int | None] = set()
    for problem in problems:
        mine, other = problem.expected or (), problem.found or ()
        only = problem.kind == "wrong shape" and mine[1:] == other[1:] and mine[:1] == (classes,)
        found.add(other[0] if only else None)
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _Side:
    """Some of the layers on both sides: all, or without auxiliary heads."""

    ours: Sequence[NetworkLayer]
    theirs: Sequence[Layer]
    absent: tuple[str, ...]
    spare: tuple[str, ...]

    def unmatched(self) -> int:
        """How many layers have no counterpart of their shape."""
        mine = Counter(layer.signature for layer in self.ours)
        other = Counter(layer.signature for layer in self.theirs)
        return (mine - other).total() + (other - mine).total()


@dataclass(slots=True)
class _Mapping:
    ours: Sequence[NetworkLayer]
    tensors: Mapping[str, StoredTensor]
    ordered: bool
    raw: dict[Layer, Layer] = field(init=False)
    """Their layers in our form of weights, and as they are."""
    tops: dict[Layer, str] = field(init=False)
    """The modules right inside the network that their layers are in."""

    def __post_init__(self) -> None:
        stored = stored_layers({name: tensor.shape for name, tensor in self.tensors.items()})
        theirs = _as_ours(self.ours, stored)
        self.raw = dict(zip(theirs, stored, strict=True))
        names = bare([layer.name for layer in theirs], {layer.name for layer in self.ours})
        tops = [name.partition(".")[0] for name in names]
        self.tops = dict(zip(theirs, tops, strict=True))

    def match(self) -> Match:
        """The match of the largest parts that fit, or what does not of those that nearly do."""
        sides = list(self.sides())
        for side in sides:
            if side.unmatched():
                continue
            try:
                found = match(side.ours, side.theirs, self.ordered)
            except AmbiguousError as error:
                return Match(problems=error.problems, wanted=len(side.ours))
            except NoMatchError:
                continue
            return self.checked(side, found)
        nearest = min(sides, key=_Side.unmatched)
        problems = differences(nearest.ours, nearest.theirs, self.ordered)
        if not (self.ordered or nearest.unmatched()):
            problems = list(same_shapes(nearest.ours, nearest.theirs)) or problems
        return Match(problems=tuple(problems), wanted=len(nearest.ours))

    def sides(self) -> Iterator[_Side]:
        """The parts to compare, the largest first.

        Heads are often on one side only, as a whole; those on both sides must fit.
        """
        heads = list(dict.fromkeys(layer.head for layer in self.ours if layer.head))
        spares = list(dict.fromkeys(filter(_is_head, self.tops.values())))
        choices: list[tuple[tuple[str, ...], tuple[str, ...]]]
        choices = [(absent, ()) for absent in _subsets(heads)]
        choices += [((), spare) for spare in _subsets(spares) if spare]
        for absent, spare in choices:
            yield _Side(
                [layer for layer in self.ours if layer.head not in absent],
                [layer for layer in self.raw if self.tops[layer] not in spare],
                absent,
                spare,
            )

    def checked(self, side: _Side, found: Found) -> Match:
        """The match of these layers, every tensor of theirs compared."""
        names = [layer.name for layer in side.theirs]
        theirs = [self.raw[side.theirs[at]] for at in found.positions]
        pairs = list(zip(side.ours, theirs, strict=True))
        problems = tuple(problem for pair in pairs for problem in self.misfits(*pair))
        if problems:
            return Match(problems=problems, wanted=len(pairs))
        layers = tuple(LayerPair(*pair, self.paired(*pair)) for pair in pairs)
        by_order = tuple((names[one], names[other]) for one, other in found.by_order)
        return Match(layers, (), side.absent, side.spare, by_order, len(pairs))

    def paired(self, ours: NetworkLayer, theirs: Layer) -> tuple[tuple[str, str, Shape], ...]:
        """The tensors' names on both sides; what is no counter is left out as if it were not."""
        return tuple(
            (ours.key(tensor), theirs.key(tensor), shape)
            for tensor, shape in ours.shapes.items()
            if math.prod(theirs.shapes.get(tensor, (0,))) == math.prod(shape)
        )

    def misfits(self, ours: NetworkLayer, theirs: Layer) -> Iterator[Problem]:
        """What is wrong with single tensors of two layers whose main ones fit."""
        for tensor in dict.fromkeys((*ours.shapes, *theirs.shapes)):
            if tensor == COUNTER:
                continue
            mine, other = ours.shapes.get(tensor), theirs.shapes.get(tensor)
            name, names = ours.key(tensor), (theirs.key(tensor),)
            if other is None:
                yield Problem("missing", ours.row, name, expected=mine, layer=ours.name)
            elif mine is None:
                yield Problem("unexpected", ours.row, theirs=names, found=other)
            elif other not in (mine, *ours.accepts):
                yield Problem("wrong shape", ours.row, name, names, mine, other, ours.name)
            elif not (found := self.tensors[names[0]]).is_floating:
                kind = found.dtype
                yield Problem("wrong type", ours.row, name, names, layer=ours.name, note=kind)


def _is_head(name: str) -> bool:
    """Whether a module is named as auxiliary classifiers are: ``aux1``, ``AuxLogits``."""
    return name.casefold().startswith("aux")


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The ways to leave some out; of many, all or none."""
    if len(names) > 4:
        return [(), tuple(names)]
    return [each for size in range(len(names) + 1) for each in combinations(names, size)]


def _as_ours(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> list[Layer]:
    """Their layers, with weights in the form that the network has if that is certain."""
    exact = {layer.signature for layer in ours}
    forms: dict[Shape, set[Shape]] = {}
    for layer in ours:
        for shape in layer.accepts:
            forms.setdefault(shape, set()).add(layer.shapes["weight"])

    def form(layer: Layer) -> Layer:
        found = forms.get(layer.signature[1], set())
        if layer.kind != "weights" or layer.signature in exact or len(found) != 1:
            return layer
        return replace(layer, shapes={**layer.shapes, "weight": next(iter(found))})

    return [form(layer) for layer in theirs]
