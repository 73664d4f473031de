"""Map a checkpoint's tensors to the names of a spec's emitted module.

A layer's counterpart is found, in order of strength, by its name; by the checkpoint's order, which
is that of definition; by the one order of the names' tree that has the network's shapes. Where
that leaves more than one match, or evidence speaks against the only one, a person has to decide.
Auxiliary heads may be on one side only: the largest parts that fit are matched.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from archc.checkpoint.arrange import (
    Arranger,
    Precedes,
    TooManyOrders,
    by_numbers,
    by_position,
    make_tree,
)
from archc.checkpoint.layers import (
    COUNTER,
    NetworkLayer,
    TensorLayer,
    network_layers,
    stored_layers,
)
from archc.checkpoint.names import bare
from archc.checkpoint.problems import Problem, differences
from archc.checkpoint.settle import AmbiguousError, NoMatchError, Settling, choice, told_by_order
from archc.ir import Network
from archc.ops import Shape
from archc.plan.network import source_plan
from archc.tensors.files import StoredTensor

__all__ = ["LayerPair", "Match", "map_checkpoint"]


@dataclass(frozen=True, slots=True)
class LayerPair:
    """A layer and its counterpart. ``keys`` has (ours, theirs, shape of ours) by tensor."""

    ours: NetworkLayer
    theirs: TensorLayer
    keys: tuple[tuple[str, str, Shape], ...]

    @property
    def reshaped(self) -> bool:
        """Whether a convolution's weight becomes a linear layer's, or the reverse."""
        return self.ours.shapes.get("weight") != self.theirs.shapes.get("weight")


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a checkpoint: the layers in the network's order, or what does not fit.

    ``absent_heads`` are the network's that the checkpoint lacks, ``spare_heads`` the
    checkpoint's that the network lacks; both are left out. ``by_order`` has pairs of layers:
    branches that begin with them are told apart by their order alone. ``wanted`` counts the
    layers that were looked for. ``classes`` is the checkpoint's number of classes where nothing
    else differs.
    """

    layers: tuple[LayerPair, ...] = ()
    problems: tuple[Problem, ...] = ()
    absent_heads: tuple[str, ...] = ()
    spare_heads: tuple[str, ...] = ()
    by_order: tuple[tuple[str, str], ...] = ()
    wanted: int = 0
    classes: int | None = None

    def renamed(self, tensors: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
        """Return the checkpoint's tensors under the emitted module's names.

        Counters of norms that the checkpoint lacks are zero.
        """
        renamed: dict[str, StoredTensor] = {}
        for layer in self.layers:
            for ours, theirs, shape in layer.keys:
                renamed[ours] = tensors[theirs].reshape(shape)
            if COUNTER in layer.ours.shapes:
                renamed.setdefault(layer.ours.key(COUNTER), StoredTensor("I64", (), bytes(8)))
        return renamed


def map_checkpoint(
    network: Network, tensors: Mapping[str, StoredTensor], ordered: bool = True
) -> Match:
    """Match the tensors of a state_dict to a network's, by structure.

    ``ordered`` says whether they are in the order of definition, as torch saves them. The
    match has either layers or problems, never both.
    """
    layers = network_layers(source_plan(network))
    match = _Mapping(layers, tensors, ordered).match()
    return replace(match, classes=_other_classes(match.problems, network.classes))


def _other_classes(problems: Sequence[Problem], classes: int | None) -> int | None:
    """Return the checkpoint's number of classes, if that is all that differs."""
    numbers: set[int | None] = set()
    for problem in problems:
        ours, theirs = problem.expected or (), problem.found or ()
        only = problem.kind == "wrong shape" and ours[1:] == theirs[1:] and ours[:1] == (classes,)
        numbers.add(theirs[0] if only else None)
    return numbers.pop() if len(numbers) == 1 else None


# Parts of both sides


@dataclass(frozen=True, slots=True)
class _Parts:
    """Layers of both sides that are matched: all, or without some auxiliary heads."""

    ours: Sequence[NetworkLayer]
    theirs: Sequence[TensorLayer]
    absent: tuple[str, ...]
    spare: tuple[str, ...]

    def unmatched(self) -> int:
        """Count the layers that have no counterpart of their shape."""
        ours = Counter(layer.signature for layer in self.ours)
        theirs = Counter(layer.signature for layer in self.theirs)
        return (ours - theirs).total() + (theirs - ours).total()


@dataclass(slots=True)
class _Mapping:
    """The search for a match of a network's layers and a checkpoint's tensors."""

    ours: Sequence[NetworkLayer]
    tensors: Mapping[str, StoredTensor]
    ordered: bool
    raw: dict[TensorLayer, TensorLayer] = field(init=False)
    """The checkpoint's layers with weights in the network's form, and as they are."""
    tops: dict[TensorLayer, str] = field(init=False)
    """The modules right inside the network that the checkpoint's layers are in."""

    def __post_init__(self) -> None:
        stored = stored_layers({name: tensor.shape for name, tensor in self.tensors.items()})
        theirs = _in_form_of(self.ours, stored)
        self.raw = dict(zip(theirs, stored, strict=True))
        names = bare([layer.name for layer in theirs], {layer.name for layer in self.ours})
        tops = [name.partition(".")[0] for name in names]
        self.tops = dict(zip(theirs, tops, strict=True))

    def match(self) -> Match:
        """Match the largest parts that fit; else tell what does not of those that nearly do."""
        choices = list(self.parts())
        for parts in choices:
            if parts.unmatched():
                continue
            try:
                counterparts = _find_counterparts(parts.ours, parts.theirs, self.ordered)
            except AmbiguousError as error:
                return Match(problems=error.problems, wanted=len(parts.ours))
            except NoMatchError:
                continue
            return self.checked(parts, counterparts)
        nearest = min(choices, key=_Parts.unmatched)
        problems = differences(nearest.ours, nearest.theirs, self.ordered)
        if not (self.ordered or nearest.unmatched()):
            problems = list(_same_shapes(nearest.ours, nearest.theirs)) or problems
        return Match(problems=tuple(problems), wanted=len(nearest.ours))

    def parts(self) -> Iterator[_Parts]:
        """Yield the parts to compare, the largest first.

        Heads are often on one side only, as a whole; those on both sides must fit.
        """
        heads = list(dict.fromkeys(layer.head for layer in self.ours if layer.head))
        spares = list(dict.fromkeys(filter(_is_head, self.tops.values())))
        choices: list[tuple[tuple[str, ...], tuple[str, ...]]]
        choices = [(absent, ()) for absent in _subsets(heads)]
        choices += [((), spare) for spare in _subsets(spares) if spare]
        for absent, spare in choices:
            yield _Parts(
                [layer for layer in self.ours if layer.head not in absent],
                [layer for layer in self.raw if self.tops[layer] not in spare],
                absent,
                spare,
            )

    def checked(self, parts: _Parts, counterparts: _Counterparts) -> Match:
        """Make the match of these layers, after comparing every tensor of the checkpoint."""
        names = [layer.name for layer in parts.theirs]
        theirs = [self.raw[parts.theirs[at]] for at in counterparts.positions]
        pairs = list(zip(parts.ours, theirs, strict=True))
        problems = tuple(problem for pair in pairs for problem in self.misfits(*pair))
        if problems:
            return Match(problems=problems, wanted=len(pairs))
        layers = tuple(LayerPair(*pair, self.paired(*pair)) for pair in pairs)
        by_order = tuple((names[one], names[other]) for one, other in counterparts.by_order)
        return Match(layers, (), parts.absent, parts.spare, by_order, len(pairs))

    def paired(self, ours: NetworkLayer, theirs: TensorLayer) -> tuple[tuple[str, str, Shape], ...]:
        """Return the tensors' names on both sides; a counter of another size is left out."""
        return tuple(
            (ours.key(tensor), theirs.key(tensor), shape)
            for tensor, shape in ours.shapes.items()
            if math.prod(theirs.shapes.get(tensor, (0,))) == math.prod(shape)
        )

    def misfits(self, ours: NetworkLayer, theirs: TensorLayer) -> Iterator[Problem]:
        """Find what is wrong with single tensors of two layers whose main ones fit."""
        for tensor in dict.fromkeys((*ours.shapes, *theirs.shapes)):
            if tensor == COUNTER:
                continue
            expected, found = ours.shapes.get(tensor), theirs.shapes.get(tensor)
            name, names = ours.key(tensor), (theirs.key(tensor),)
            if found is None:
                yield Problem("missing", ours.row, name, expected=expected, layer=ours.name)
            elif expected is None:
                yield Problem("unexpected", ours.row, theirs=names, found=found)
            elif found not in (expected, *ours.accepts):
                yield Problem("wrong shape", ours.row, name, names, expected, found, ours.name)
            elif not (stored := self.tensors[names[0]]).is_floating:
                note = stored.dtype
                yield Problem("wrong type", ours.row, name, names, layer=ours.name, note=note)


def _is_head(name: str) -> bool:
    """Whether a module is named as auxiliary classifiers are: ``aux1``, ``AuxLogits``."""
    return name.casefold().startswith("aux")


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """List the ways to leave some names out; of many all or none."""
    if len(names) > 4:
        return [(), tuple(names)]
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _in_form_of(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> list[TensorLayer]:
    """Give the checkpoint's weights the form that the network has, where that is certain."""
    exact = {layer.signature for layer in ours}
    forms: dict[Shape, set[Shape]] = {}
    for layer in ours:
        for shape in layer.accepts:
            forms.setdefault(shape, set()).add(layer.shapes["weight"])

    def formed(layer: TensorLayer) -> TensorLayer:
        shapes = forms.get(layer.signature[1], set())
        if layer.kind != "weights" or layer.signature in exact or len(shapes) != 1:
            return layer
        return replace(layer, shapes={**layer.shapes, "weight": next(iter(shapes))})

    return [formed(layer) for layer in theirs]


# Counterparts


@dataclass(frozen=True, slots=True)
class _Counterparts:
    """For each layer of the network the position of its counterpart in the checkpoint.

    ``by_order`` has pairs of such positions: branches in parallel of the same shapes, of which
    only the order says which is which.
    """

    positions: list[int]
    by_order: tuple[tuple[int, int], ...] = ()


def _find_counterparts(
    ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer], ordered: bool
) -> _Counterparts:
    """Match the network's layers to as many of a checkpoint.

    ``ordered`` says whether the checkpoint's order is that of definition. Raises
    `AmbiguousError` and `NoMatchError`.
    """
    named = _by_names(ours, theirs)
    if named is not None:
        return _Counterparts(named)
    if ordered:
        positions, precedes = _by_definition(ours, theirs), by_position
    else:
        positions, precedes = _by_tree(ours, theirs, by_numbers), by_numbers
    return _Counterparts(positions, told_by_order(ours, theirs, positions, precedes))


def _by_names(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> list[int] | None:
    """Match layers by the emitted module's own names; None if there are others."""
    known = [layer.name for layer in ours]
    places = {name: at for at, name in enumerate(bare([layer.name for layer in theirs], known))}
    if places.keys() != set(known):
        return None
    positions = [places[name] for name in known]
    fit = all(
        theirs[at].signature == layer.signature for layer, at in zip(ours, positions, strict=True)
    )
    return positions if fit else None


def _by_definition(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> list[int]:
    """Match a checkpoint that is in the order of definition.

    Where the names' tree has an order that fits, both must agree.
    """
    in_order = _in_order(ours, theirs)
    try:
        by_tree = _by_tree(ours, theirs, by_position)
    except NoMatchError:
        return in_order or _by_tree(ours, theirs, by_numbers)
    except AmbiguousError:
        if in_order is None:
            raise
        return in_order
    if in_order not in (None, by_tree):
        raise AmbiguousError(_disagreements(ours, theirs, in_order, by_tree))
    return by_tree


def _disagreements(
    ours: Sequence[NetworkLayer],
    theirs: Sequence[TensorLayer],
    in_order: Sequence[int],
    by_tree: Sequence[int],
) -> Iterator[Problem]:
    """Tell of the layers that order and names match differently."""
    for layer, one, other in zip(ours, in_order, by_tree, strict=True):
        if one != other:
            both = [theirs[one], theirs[other]]
            yield choice(layer, both, "the first by order, the second by groups of names")


def _in_order(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> list[int] | None:
    """Match layers one by one; None if some shapes differ.

    Norms are matched apart from the others: some modules define them after all convolutions.
    """
    positions = [0] * len(ours)
    for norms in (False, True):
        left = [at for at, layer in enumerate(ours) if (layer.kind == "norm") is norms]
        right = [at for at, layer in enumerate(theirs) if (layer.kind == "norm") is norms]
        for one, other in zip(left, right, strict=True):
            if ours[one].signature != theirs[other].signature:
                return None
            positions[one] = other
    return positions


def _by_tree(
    ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer], precedes: Precedes
) -> list[int]:
    """Match by the one order of the names' tree that fits, with underscores as levels or not."""
    ambiguous: AmbiguousError | None = None
    for at_underscores in (True, False):
        tree = make_tree(theirs, at_underscores, ordered=precedes is by_position)
        try:
            return Settling(Arranger(ours, theirs, precedes)).run(tree)
        except NoMatchError:
            continue
        except AmbiguousError as error:
            ambiguous = ambiguous or error
        except TooManyOrders:
            ambiguous = ambiguous or AmbiguousError(_same_shapes(ours, theirs))
    raise ambiguous or NoMatchError


def _same_shapes(ours: Sequence[NetworkLayer], theirs: Sequence[TensorLayer]) -> Iterator[Problem]:
    """Tell of the layers for which the checkpoint has several of that shape."""
    for layer in ours:
        same = [stored for stored in theirs if stored.signature == layer.signature]
        if len(same) > 1 and layer.kind != "norm":
            yield choice(layer, same)
