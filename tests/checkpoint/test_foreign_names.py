"""Networks under made-up names, branches and heads in any order: never a wrong match."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import archc
from archc import ir
from archc.checkpoint import map_checkpoint
from archc.checkpoint.layers import NetworkLayer, network_layers
from archc.plan.network import source_plan
from tests.checkpoint.models import tensors
from tests.checkpoint.test_matching import MORE

SPECS = (
    "googlenet", "googlenet_bn", "bn_inception", "inception_v3", "inception_v4",
    MORE / "resnet50.yaml", MORE / "densenet121.yaml", MORE / "squeezenet1_1.yaml",
)  # fmt: skip


@dataclass
class Scope:
    """Layers with a row, head or block around them."""

    part: object = None
    inside: list[Scope | int] = field(default_factory=list)


def scopes(layers: Sequence[NetworkLayer]) -> Scope:
    """The layers' positions, nested as the network is."""
    root = Scope()
    for at, layer in enumerate(layers):
        scope = root
        for part in layer.place:
            last = scope.inside[-1] if scope.inside else None
            if not isinstance(last, Scope) or last.part is not part:
                last = Scope(part)
                scope.inside.append(last)
            scope = last
        scope.inside.append(at)
    return root


class Author:
    """Somebody who wrote the same network with names and an order of their own."""

    def __init__(self, layers: Sequence[NetworkLayer], seed: int) -> None:
        self.layers = layers
        self.random = random.Random(seed)
        self.shuffles = self.random.random() < 0.7
        self.numbers = self.random.random() < 0.5
        self.separator = self.random.choice("._")
        self.words: dict[object, str] = {}

    def names(self) -> dict[str, int]:
        """The layers' names in the order of definition, and which layers they are."""
        return {
            f"{self.separator.join(path[:-1])}.{path[-1]}": at
            for path, at in self.listed(scopes(self.layers), ())
        }

    def listed(self, scope: Scope, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
        found: list[tuple[tuple[str, ...], int]] = []
        for index, each in enumerate(self.ordered(scope.inside)):
            if isinstance(each, int):
                found.append(((*path, f"{self.layers[each].kind}{index}"), each))
            else:
                found += self.listed(each, (*path, self.label(each, index)))
        return found

    def ordered(self, inside: Sequence[Scope | int]) -> Sequence[Scope | int]:
        """Branches in any order, heads anywhere behind what they read; the rest as it is."""
        found = list(inside)
        if not self.shuffles:
            return found
        if all(_is_branch(each) for each in found):
            self.random.shuffle(found)
        for head in [each for each in found if isinstance(each, Scope)]:
            if isinstance(head.part, ir.Head):
                found.remove(head)
                after = next(at for at, each in enumerate(found) if _is_row(each, head.part.after))
                found.insert(self.random.randint(after + 1, len(found)), head)
        return found

    def label(self, scope: Scope, index: int) -> str:
        """A number, or a word: the same one for all parts of one name but rows."""
        if self.numbers:
            return str(index)
        part = scope.part
        key = part.name if isinstance(part, ir.Block) else part
        letters = "".join(self.random.choices(string.ascii_lowercase, k=5))
        return self.words.setdefault(key, letters)


def _is_branch(each: Scope | int) -> bool:
    part = each.part if isinstance(each, Scope) else None
    return isinstance(part, ir.Block) and part.kind == "branch"


def _is_row(each: Scope | int, name: str) -> bool:
    part = each.part if isinstance(each, Scope) else None
    return isinstance(part, ir.Row) and part.name == name


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: Path(spec).stem)
def test_never_wrong(spec: str, seed: int, ordered: bool) -> None:
    """Right, or for a person to decide, or said to be told by nothing but the order.

    In the network's own order it is right.
    """
    graph = archc.load(spec).graph
    layers = network_layers(source_plan(graph))
    author = Author(layers, seed)
    names = author.names()
    assert len(names) == len(layers)
    listed = names if ordered else sorted(names)
    found = {
        f"{name}.{tensor}": shape
        for name in listed
        for tensor, shape in layers[names[name]].shapes.items()
    }
    match = map_checkpoint(graph, tensors(found), ordered)
    assert all(problem.kind == "ambiguous" for problem in match.problems)
    assert match.problems or len(match.layers) == len(layers)
    wrong = [
        pair.theirs.name
        for pair in match.layers
        if layers[names[pair.theirs.name]].name != pair.ours.name
    ]
    assert not wrong or match.by_order
    if ordered and not author.shuffles:
        assert not match.problems
        assert not wrong
