"""Which layer of a checkpoint is which of the network's.

In order of strength: the names are the same; the checkpoint's order, which is that of
definition, has the network's shapes; one order of the names' tree has them. Where that leaves
more than one match, or evidence speaks against the only one, a person has to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archc.checkpoint.arrange import Arranger, TooManyOrders
from archc.checkpoint.layers import Layer, NetworkLayer
from archc.checkpoint.names import bare
from archc.checkpoint.problems import Problem
from archc.checkpoint.settle import AmbiguousError, NoMatchError, Settling, choice
from archc.checkpoint.tree import Precedes, by_numbers, by_position, make_tree
from archc.checkpoint.twins import told_by_order

__all__ = ["Found", "match", "same_shapes"]


@dataclass(frozen=True, slots=True)
class Found:
    """For each layer of the network the position of its counterpart in the checkpoint.

    ``by_order`` has pairs of such positions, branches in parallel of the same shapes, of which
    only the order says which is which.
    """

    positions: list[int]
    by_order: tuple[tuple[int, int], ...] = ()


def match(ours: Sequence[NetworkLayer], theirs: Sequence[Layer], ordered: bool) -> Found:
    """The counterparts of the network's layers, of which the checkpoint has as many.

    ``ordered`` says whether the checkpoint's order is that of definition. Raises
    `AmbiguousError` and `NoMatchError`.
    """
    named = _by_names(ours, theirs)
    if named is not None:
        return Found(named)
    if not ordered:
        found = _by_tree(ours, theirs, by_numbers)
        return Found(found, told_by_order(ours, theirs, found, by_numbers))
    found = _by_definition(ours, theirs)
    return Found(found, told_by_order(ours, theirs, found, by_position))


def _by_names(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> list[int] | None:
    """The emitted module's own names."""
    known = [layer.name for layer in ours]
    places = {name: at for at, name in enumerate(bare([layer.name for layer in theirs], known))}
    if places.keys() != set(known):
        return None
    found = [places[name] for name in known]
    same = all(
        theirs[at].signature == layer.signature for layer, at in zip(ours, found, strict=True)
    )
    return found if same else None


def _by_definition(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> list[int]:
    """The match of a checkpoint that is in the order of definition.

    Where the names' tree has its own way, both must agree.
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
    theirs: Sequence[Layer],
    in_order: Sequence[int],
    by_tree: Sequence[int],
) -> Iterator[Problem]:
    for layer, one, other in zip(ours, in_order, by_tree, strict=True):
        if one != other:
            both = [theirs[one], theirs[other]]
            yield choice(layer, both, "the first by order, the second by groups of names")


def _in_order(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> list[int] | None:
    """The order of definition, norms for themselves: some define them after all convolutions."""
    found = [0] * len(ours)
    for norms in (False, True):
        mine = [at for at, layer in enumerate(ours) if (layer.kind == "norm") is norms]
        other = [at for at, layer in enumerate(theirs) if (layer.kind == "norm") is norms]
        for left, right in zip(mine, other, strict=True):
            if ours[left].signature != theirs[right].signature:
                return None
            found[left] = right
    return found


def _by_tree(
    ours: Sequence[NetworkLayer], theirs: Sequence[Layer], precedes: Precedes
) -> list[int]:
    """The one order of the names' tree that fits, underscores as levels of it or not."""
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
            ambiguous = ambiguous or AmbiguousError(same_shapes(ours, theirs))
    raise ambiguous or NoMatchError


def same_shapes(ours: Sequence[NetworkLayer], theirs: Sequence[Layer]) -> Iterator[Problem]:
    """The layers of the network for which the checkpoint has several of that shape."""
    for layer in ours:
        same = [each for each in theirs if each.signature == layer.signature]
        if len(same) > 1 and layer.kind != "norm":
            yield choice(layer, same)
